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
//	go test -v -run Failing ./faults        each of the first 200 barriers and writes fails
//	go test -v -run ExactlyOnce ./faults    10,000 submissions over a bad line, killed at every step
//	go test -v -run Searched ./faults       what such a run left behind is searched for what was in it
//
// PUE_FAULTS_SEED repeats a run. PUE_FAULTS_KILLS is how many kills there are in
// each way of working:
//
//	PUE_FAULTS_KILLS=10000 go test -v -timeout 1h -run Killed ./faults
//
// What must turn a test red, and does, is in packaging/mutations:
//
//	packaging/mutate
package faults
