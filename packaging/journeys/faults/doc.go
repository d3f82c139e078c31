// Package faults breaks the terminal's disk, line and power under its queue, and
// looks at what is left. The queue is the true one (store, audit, outbox, and
// upstream over TLS), in a process of its own that can be killed.
//
// Each proof is a command, run in this module's folder, packaging/journeys. All
// of them print their seed and how often their fault was hit, and fail when it
// never was:
//
//	go test -v -run Killed ./faults         kill -9, 1,000 times in each way of working
//	go test -v -run PowerCut ./faults       power cuts on a disk that forgets what had no barrier
//	go test -v -run Failing ./faults        each of the first 200 barriers and writes fails; a disk that
//	                                        forgets what it failed to write; a disk full for a while
//	go test -v -run ExactlyOnce ./faults    10,000 submissions over a bad line, killed at every step
//	go test -v -run 'Searched|Daemon' ./faults   what such a run left behind is searched for what was in it
//
// The ways of working are putting, putting and sending, and having the file made
// small. PUE_FAULTS_SEED gives a run the seed of another one, PUE_FAULTS_KILLS and
// PUE_FAULTS_SUBMISSIONS make it longer:
//
//	PUE_FAULTS_KILLS=10000 go test -v -timeout 1h -run Killed ./faults
//	PUE_FAULTS_SUBMISSIONS=100000 go test -v -timeout 1h -run ExactlyOnce ./faults
//
// What must turn a test red, and does, is in packaging/mutations:
//
//	packaging/mutate
package faults
