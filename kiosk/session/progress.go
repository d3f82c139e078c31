package session

// Progress is how far a paper has come, as the printer's line tells it; empty while
// the printer is asked how it is.
type Progress string

const (
	SendingPaper  Progress = "sending"  // its bytes are leaving
	PrintingPaper Progress = "printing" // all of it is with the printer, which has not confirmed it
)

// PrintGoesOn says how far the paper of an order has come.
type PrintGoesOn struct {
	Visit    uint64
	Number   uint64
	Progress Progress
}

func (PrintGoesOn) event() {}

// printGoesOn shows what happens now; what comes of an earlier order is dropped.
func (t *turn) printGoesOn(e PrintGoesOn) {
	if p := &t.s.Print; e.Number == p.Number && p.Open {
		p.Progress = e.Progress
	}
}

// goesOn: the order ends by itself once somebody has mended the printer.
func (p printing) goesOn(ready bool) bool {
	return p.Open || !ready && !p.Uncertain && !p.Again
}
