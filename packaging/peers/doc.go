// Package peers measures the outbox beside what else could have kept the
// submissions, on one machine in one run: the disk's own limit (append and
// fdatasync, message by message and grouped, into a growing and into a prepared
// file), bare bbolt, the persistent queue of the OpenTelemetry collector, pebble
// and SQLite. All rows promise the same: what Put has returned survives a power
// cut.
//
//	go test -bench .          rates and their ratios to the limit and to OpenTelemetry
//	go run ./report           one table of everything: rounds in turns, barriers
//	                          counted, and once more with barriers of 5 ms (strace)
//
// Ratios of one run are the result. Rates depend on the machine and on its other
// work; a directory in memory, where a barrier costs nothing, is refused.
package peers
