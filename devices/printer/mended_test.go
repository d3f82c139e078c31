package printer_test

import (
	"context"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// onceSent does something when the last byte of a document has left.
type onceSent func()

func (onceSent) Sending(string) error { return nil }
func (f onceSent) Sent()              { f() }

// crawl has the paper of sim creep until trouble comes, so that on no machine it is out
// before the last byte has left, and print on in its stride from then.
func crawl(sim *printersim.Sim, trouble func(*printersim.Sim)) onceSent {
	sim.SetSpeed(5)
	return func() { trouble(sim); sim.SetSpeed(100) }
}

// TestTroubleInMidReceiptThatAPersonMendsEndsInOneReceipt has each trouble on a real
// serial line: it is told, and once mended the receipt is there, once and whole.
func TestTroubleInMidReceiptThatAPersonMendsEndsInOneReceipt(t *testing.T) {
	t.Parallel()
	const patience = 2 * time.Minute
	for reason, trouble := range map[string]struct{ cause, mend func(*printersim.Sim) }{
		"paper-out": {
			func(s *printersim.Sim) { s.SetPaperLeft(20) },
			func(s *printersim.Sim) { s.SetPaper(true) },
		},
		"cover-open": {
			func(s *printersim.Sim) { s.SetCover(true) },
			func(s *printersim.Sim) { s.SetCover(false) },
		},
		"printer-hot": {
			func(s *printersim.Sim) { s.SetHot(true) },
			func(s *printersim.Sim) { s.SetHot(false) },
		},
		"cutter-jam": {
			func(s *printersim.Sim) { s.SetCutterJam(true) },
			func(s *printersim.Sim) { s.SetCover(true); s.SetCutterJam(false); s.SetCover(false) },
		},
		"printer-jam": {
			func(s *printersim.Sim) { s.SetJam(true) },
			func(s *printersim.Sim) { s.SetCover(true); s.SetJam(false); s.SetCover(false) },
		},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			sim := printersim.New("epson")
			b := startOn(t, sim, serialOpener(servePTY(t, sim), printer.FlowNone), profile(t, "epson"))
			b.await(t, ctx, devices.Ready, "")
			result, caused := make(chan printer.Result, 1), make(chan time.Time, 1)
			sent := crawl(sim, func(s *printersim.Sim) { caused <- time.Now(); trouble.cause(s) })
			go func() { result <- b.PrintWitnessed(ctx, sample(), sent) }()
			told := b.awaitReport(t, ctx, devices.Attention, reason).Since
			// That it is one second is shown where time stands still; here the machine may be
			// busy. The roll ends, and the blade is used, later than the cause.
			t.Logf("told after %s", told.Sub(<-caused).Round(time.Millisecond))
			trouble.mend(sim)
			if r := <-result; r.Outcome != printer.Printed {
				t.Errorf("%+v, want printed", r)
			}
			receipts := sim.Receipts()
			if want := onPaper(t, sample(), profile(t, "epson")); len(receipts) != 1 || receipts[0].Text != want {
				t.Errorf("%d receipts; the first\n%s\nwant\n%s", len(receipts), receipts[0].Text, want)
			}
		})
	}
}
