package printer

import "context"

// Witness keeps the record of one document on its way, so that after a power cut
// somebody knows how far it had come. The goroutine that owns the line calls it and
// waits: what a Witness has to store is stored before the printer goes on.
type Witness interface {
	// Sending: the first byte is about to leave. processID is the number under which
	// the printer will confirm, empty where it confirms without one. An error keeps
	// every byte back, and the document ends NotPrinted with the reason "failed".
	Sending(processID string) error
	// Sent: the last byte has left.
	Sent()
}

// PrintWitnessed is Print with a record of how far d has come.
func (p *Printer) PrintWitnessed(ctx context.Context, d Document, w Witness) Result {
	return p.timed(ctx, d, w)
}

// NumberFrom has the process ids of the documents follow the one that n makes. It
// is for a program that remembers, over its restarts, which numbers it has used: an
// answer that the printer still owes to an earlier run then confirms nothing. It
// must come before [Printer.Run].
func (p *Printer) NumberFrom(n uint32) { p.ids = processIDs(n) }

// unwitnessed is the Witness of a document that nobody has to find again.
type unwitnessed struct{}

func (unwitnessed) Sending(string) error { return nil }
func (unwitnessed) Sent()                {}
