package printer_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

func TestReceiptIsPrintedWhenThePrinterSaysSo(t *testing.T) {
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			sim.SetSpeed(150)
			b := start(t, sim, profile(t, name), nil)
			r := b.Print(t.Context(), sample())
			if r.Outcome != printer.Printed || r.Reason != "" || profile(t, name).QR == printer.QRNative && r.Bytes > 1024 {
				t.Fatalf("%s: result %+v, want printed in at most 1024 bytes", name, r)
			}
			if got := len(sim.Receipts()); got != 1 {
				t.Fatalf("%s: confirmed with %d receipts cut", name, got)
			}
			if got, want := sim.Receipts()[0].Text, onPaper(t, sample(), profile(t, name)); got != want {
				t.Errorf("%s: on paper\n%s\nwant\n%s", name, got, want)
			}
		})
	}
}

func TestPaperOutInMidReceiptIsReportedAndTheReceiptEndsAfterTheRefill(t *testing.T) {
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			sim.SetPaperLeft(40)
			b := start(t, sim, profile(t, name), nil)
			result := b.printing(t.Context(), sample())
			b.await(t, t.Context(), devices.Attention, "paper-out")

			time.Sleep(10 * time.Minute)
			synctest.Wait()
			select {
			case r := <-result:
				t.Fatalf("%s: ended without paper: %+v", name, r)
			default:
			}
			if r := b.Print(t.Context(), note("meanwhile")); r.Outcome != printer.NotPrinted || r.Reason != "paper-out" {
				t.Errorf("%s: a second document ended in %+v, want failed for paper-out", name, r)
			}

			sim.SetPaper(true)
			if r := <-result; r.Outcome != printer.Printed {
				t.Fatalf("%s: after the refill %+v, want printed", name, r)
			}
			b.await(t, t.Context(), devices.Ready, "")
			receipts := sim.Receipts()
			if len(receipts) != 1 || receipts[0].Text != onPaper(t, sample(), profile(t, name)) {
				t.Errorf("%s: want the whole receipt once, got %d", name, len(receipts))
			}
		})
	}
}

func TestMutePrinterNeverPrints(t *testing.T) {
	tests := []struct {
		name, profile string
		mute          func(sim *printersim.Sim) // called before the document
		want          printer.Outcome
		receipts      int
	}{
		{"silent from the start", "epson", func(s *printersim.Sim) { s.SetMute(true) }, printer.NotPrinted, 0},
		{"silent from the start, may be", "generic", func(s *printersim.Sim) { s.SetMute(true) }, printer.Uncertain, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := printersim.New(tt.profile)
				tt.mute(sim)
				b := start(t, sim, profile(t, tt.profile), nil)
				r := b.Print(t.Context(), sample())
				if r.Outcome != tt.want || r.Reason != "no-answer" {
					t.Errorf("result %+v, want %s for no-answer", r, tt.want)
				}
				if got := len(sim.Receipts()); got != tt.receipts {
					t.Errorf("%d receipts, want %d", got, tt.receipts)
				}
			})
		})
	}
}

func TestPrinterThatFallsSilentInMidReceiptIsUncertain(t *testing.T) {
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			sim.SetSpeed(60)
			b := start(t, sim, profile(t, name), nil)
			b.await(t, t.Context(), devices.Ready, "")
			result := b.printing(t.Context(), sample())
			time.Sleep(500 * time.Millisecond)
			sim.SetMute(true)
			if r := <-result; r.Outcome != printer.Uncertain || r.Reason != "no-answer" {
				t.Errorf("%s: %+v, want uncertain for no-answer", name, r)
			}
			b.await(t, t.Context(), devices.Failed, "no-answer")
			sim.SetMute(false)
			b.await(t, t.Context(), devices.Ready, "")
			if r := b.Print(t.Context(), note("later")); r.Outcome != printer.Printed {
				t.Errorf("%s: once it answers again: %+v", name, r)
			}
		})
	}
}

func TestDocumentGivenUpLeavesNothingForTheNext(t *testing.T) {
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			sim.SetSpeed(60)
			sim.SetPaperLeft(40)
			b := start(t, sim, profile(t, name), nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if r := b.Print(ctx, sample()); r.Outcome != printer.Uncertain || r.Reason != "paper-out" {
				t.Fatalf("%s: %+v, want uncertain for paper-out", name, r)
			}
			b.await(t, t.Context(), devices.Attention, "paper-out")
			sim.SetPaper(true)
			b.await(t, t.Context(), devices.Ready, "")
			if r := b.Print(t.Context(), sample()); r.Outcome != printer.Printed {
				t.Fatalf("%s: %+v, want printed", name, r)
			}
			receipts := sim.Receipts()
			last := receipts[len(receipts)-1].Text
			if last != onPaper(t, sample(), profile(t, name)) {
				t.Errorf("%s: the next receipt is not alone on its paper:\n%s", name, last)
			}
			if name == "epson" && strings.Contains(receipts[0].Text, "803 164") {
				t.Errorf("the end of the abandoned receipt came out after the refill:\n%s", receipts[0].Text)
			}
		})
	}
}

func TestAnswerOwedToAnAbandonedDocumentConfirmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("generic")
		sim.SetPaperLeft(40)
		b := start(t, sim, profile(t, "generic"), nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if r := b.Print(ctx, sample()); r.Outcome != printer.Uncertain {
			t.Fatalf("%+v, want uncertain", r)
		}
		b.await(t, t.Context(), devices.Attention, "paper-out")
		sim.SetSpeed(20) // so slow that the old answer comes while the new document waits
		sim.SetPaperLeft(190)
		b.await(t, t.Context(), devices.Ready, "")
		ctx, cancel = context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		// The roll holds the rest of the first document and half of the second.
		if r := b.Print(ctx, sample()); r.Outcome != printer.Uncertain || r.Reason != "paper-out" {
			t.Errorf("%+v, want uncertain for paper-out", r)
		}
	})
}

func TestUnpluggedPrinterIsUncertainAndWorksAgainWhenPluggedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		sim.SetSpeed(60)
		b := start(t, sim, profile(t, "epson"), nil)
		b.await(t, t.Context(), devices.Ready, "")
		result := b.printing(t.Context(), sample())
		time.Sleep(500 * time.Millisecond)
		sim.Unplug()
		if r := <-result; r.Outcome != printer.Uncertain || r.Reason != "unplugged" {
			t.Errorf("%+v, want uncertain for unplugged", r)
		}
		b.await(t, t.Context(), devices.Absent, "absent")
		if r := b.Print(t.Context(), sample()); r.Outcome != printer.NotPrinted || r.Reason != "absent" {
			t.Errorf("without a cable %+v, want failed for absent", r)
		}
		time.Sleep(time.Hour)
		plugged := time.Now()
		sim.Plug()
		b.await(t, t.Context(), devices.Ready, "")
		if took := time.Since(plugged); took > 2*time.Second {
			t.Errorf("ready %s after the cable came back, want 2 s", took)
		}
		if r := b.Print(t.Context(), note("again")); r.Outcome != printer.Printed {
			t.Errorf("%+v, want printed", r)
		}
		receipts := sim.Receipts()
		if last := receipts[len(receipts)-1].Text; last != "again\n" {
			t.Errorf("the last receipt is %q", last)
		}
	})
}

// TestLeftoversOfAKilledProgramAreCutOff leaves a QR code in the middle of its
// data, the worst place: the printer takes what follows for more of it.
func TestLeftoversOfAKilledProgramAreCutOff(t *testing.T) {
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			p := profile(t, name)
			b := afterKill(t, sim, p, sample().Blocks...)
			if r := b.Print(t.Context(), sample()); r.Outcome != printer.Printed {
				t.Fatalf("%s: %+v, want printed", name, r)
			}
			receipts := sim.Receipts()
			if len(receipts) != 2 || receipts[1].Text != onPaper(t, sample(), p) {
				t.Errorf("%s: %d receipts, want the leftovers and then ours alone", name, len(receipts))
			}
		})
	}
}

// afterKill starts on a printer into which a killed program wrote the blocks and the
// first half of a QR code.
func afterKill(t *testing.T, sim *printersim.Sim, p printer.Profile, blocks ...printer.Block) bench {
	t.Helper()
	code := printer.QR{Data: strings.Repeat("K7M2", 100)}
	e, err := printer.Setup{Profile: p}.Encode(printer.Document{Blocks: append(blocks, code)})
	if err != nil {
		t.Fatal(err)
	}
	killed, err := sim.Line()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := killed.Write(e.Data[:insideQR(e.Data)]); err != nil {
		t.Fatal(err)
	}
	b := prepare(sim, func(context.Context) (printer.Line, error) { return sim.Line() }, p)
	b.AssumeLeftovers()
	b.run(t)
	return b
}

// TestAPrinterReportsUnaskedThoughLeftoversSwallowedTheRequest leaves half a code again:
// what asks the printer to report is taken for more of it.
func TestAPrinterReportsUnaskedThoughLeftoversSwallowedTheRequest(t *testing.T) {
	for _, name := range printer.Profiles() {
		p := profile(t, name)
		if p.Dialect == printer.StatusRealtime || name == "epson" { // which drops the leftovers
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			b := afterKill(t, sim, p)
			b.await(t, t.Context(), devices.Ready, "")
			time.Sleep(time.Minute + time.Second/2) // between two questions
			began := time.Now()
			sim.SetCover(true)
			b.await(t, t.Context(), devices.Attention, "cover-open")
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("%s: told after %s, when it was asked", name, took)
			}
		})
	}
}

// insideQR is a place between the first bytes of a QR code, or of its picture.
func insideQR(data []byte) int {
	if at := bytes.Index(data, []byte("1P0K7M2K7M2")); at > 0 {
		return at + 4
	}
	return bytes.LastIndex(data, []byte("\x1dv0")) + 12
}

func TestOpenCoverIsReportedAndStopsNothingForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		sim.SetSpeed(60)
		b := start(t, sim, profile(t, "epson"), nil)
		b.await(t, t.Context(), devices.Ready, "")
		result := b.printing(t.Context(), sample())
		time.Sleep(500 * time.Millisecond)
		sim.SetCover(true)
		b.await(t, t.Context(), devices.Attention, "cover-open")
		sim.SetCover(false)
		if r := <-result; r.Outcome != printer.Printed {
			t.Errorf("%+v, want printed", r)
		}
	})
}

func TestPaperLowStillPrints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		sim.SetPaperLow(true)
		b := start(t, sim, profile(t, "epson"), nil)
		b.await(t, t.Context(), devices.Ready, "")
		if s := b.Status(); !s.Low || !strings.Contains(s.Detail, "near its end") {
			t.Errorf("%+v does not mention the end of the roll", s)
		}
		if r := b.Print(t.Context(), sample()); r.Outcome != printer.Printed {
			t.Errorf("%+v, want printed", r)
		}
	})
}

func TestDocumentsDoNotMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		sim.SetSpeed(150)
		b := start(t, sim, profile(t, "epson"), nil)
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if r := b.Print(t.Context(), sample()); r.Outcome != printer.Printed {
					t.Errorf("%+v, want printed", r)
				}
			})
		}
		all.Wait()
		want := onPaper(t, sample(), profile(t, "epson"))
		for _, r := range sim.Receipts() {
			if r.Text != want {
				t.Errorf("receipt %d is\n%s", r.Number, r.Text)
			}
		}
		if n := len(sim.Receipts()); n != 5 {
			t.Errorf("%d receipts, want 5", n)
		}
	})
}

// narrowLine takes so many bytes and then none until it is widened.
type narrowLine struct {
	printer.Line
	mu      sync.Mutex
	room    int
	widened chan struct{} // closed by widen
}

func (l *narrowLine) Write(b []byte) (int, error) {
	n, err := l.put(b)
	if err != nil || n == len(b) {
		return n, err
	}
	select {
	case <-l.widened:
		rest, err := l.put(b[n:])
		return n + rest, err
	case <-time.After(3 * time.Second):
		return n, printer.ErrStalled
	}
}

func (l *narrowLine) put(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.Line.Write(b[:min(len(b), l.room)])
	l.room -= n
	return n, err
}

// widen ends what holds the line, at once, as a printer does that is no longer busy.
func (l *narrowLine) widen() {
	l.mu.Lock()
	l.room = 1 << 20
	l.mu.Unlock()
	close(l.widened)
}

func TestStalledLineIsUncertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		b := start(t, sim, profile(t, "epson"), func(l printer.Line) printer.Line {
			return &narrowLine{Line: l, room: 300}
		})
		r := b.Print(t.Context(), sample())
		if r.Outcome != printer.Uncertain || r.Reason != "stalled" || r.Bytes == 0 {
			t.Errorf("%+v, want uncertain for stalled", r)
		}
		b.await(t, t.Context(), devices.Failed, "stalled")
	})
}

// TestFlowControlHoldsTheRestUntilTheRefill has a printer that takes no more
// bytes while its paper is out, as one with a small buffer does.
func TestFlowControlHoldsTheRestUntilTheRefill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		sim.SetPaperLeft(20)
		line := &narrowLine{room: 400, widened: make(chan struct{})}
		b := start(t, sim, profile(t, "epson"), func(l printer.Line) printer.Line {
			line.Line = l
			return line
		})
		result := b.printing(t.Context(), sample())
		b.await(t, t.Context(), devices.Attention, "paper-out")
		time.Sleep(10 * time.Minute)
		line.widen()
		sim.SetPaper(true)
		if r := <-result; r.Outcome != printer.Printed {
			t.Fatalf("%+v, want printed", r)
		}
		if r := sim.Receipts(); len(r) != 1 || r[0].Text != onPaper(t, sample(), profile(t, "epson")) {
			t.Errorf("%d receipts, want the whole one once", len(r))
		}
	})
}

func TestNothingIsSentForACallerWhoHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		b := printer.New(func(context.Context) (printer.Line, error) { return sim.Line() }, profile(t, "epson"), slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if r := b.Print(ctx, sample()); r.Outcome != printer.NotPrinted || r.Reason != "no-answer" || r.Bytes != 0 {
			t.Errorf("%+v, want failed for no-answer", r)
		}
	})
}

// babble is a printer that takes everything and answers only what it is told to.
type babble struct {
	answers *bytes.Reader
	written chan struct{}
	closed  chan struct{}
	once    sync.Once
}

func (l *babble) Read(b []byte) (int, error) {
	select {
	case <-l.written: // one more answer for each write
		if n, _ := l.answers.Read(b[:min(len(b), 7)]); n > 0 {
			return n, nil
		}
	case <-l.closed:
	}
	<-l.closed
	return 0, devices.ErrAbsent
}

func (l *babble) Write(b []byte) (int, error) {
	select {
	case l.written <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (l *babble) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}
