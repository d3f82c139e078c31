package printer_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/ippsim"
)

// sheet is a small PDF, whole enough to be printed.
var sheet = []byte("%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n")

// a4 is a printer of the network, and the client of it.
func a4(t *testing.T, sim http.Handler) *printer.IPP {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	p, err := printer.NewIPP(printer.IPPOptions{
		URL: strings.Replace(server.URL, "http", "ipp", 1) + "/ipp/print", Owner: "pue-0421", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPDFReachesTheA4PrinterAsItWas(t *testing.T) {
	sim := &ippsim.Printer{Pace: -1}
	r := a4(t, sim).PrintWitnessed(t.Context(), sheet, unseen{})
	if r.Outcome != printer.Delivered || r.Bytes != len(sheet) {
		t.Errorf("the result is %+v", r)
	}
	if diff := cmp.Diff([][]byte{sheet}, sim.Printed()); diff != "" {
		t.Errorf("what was printed (-sent +printed):\n%s", diff)
	}
}

func TestAnEmptyTrayIsSaidAndNothingIsSent(t *testing.T) {
	sim := &ippsim.Printer{Pace: -1}
	sim.Trouble("media-empty-error")
	r := a4(t, sim).PrintWitnessed(t.Context(), sheet, unseen{})
	if r.Outcome != printer.NotPrinted || r.Reason != "paper-out" || sim.Waiting() != 0 {
		t.Errorf("the result is %+v, with %d documents at the printer", r, sim.Waiting())
	}
}

func TestADocumentThatIsGivenUpLeavesNothingAtThePrinter(t *testing.T) {
	for name, c := range map[string]struct {
		stop   func(*ippsim.Printer, context.CancelFunc)
		reason string
	}{
		"nobody waits for it any more": {func(_ *ippsim.Printer, cancel context.CancelFunc) { cancel() }, "stopped"},
		"the printer gives it up":      {func(p *ippsim.Printer, _ context.CancelFunc) { p.Break(true) }, "aborted"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			sim := &ippsim.Printer{Pace: 1 << 40}
			accepted := make(chan struct{}, 1)
			p := a4(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sim.ServeHTTP(w, r)
				if sim.Waiting() == 1 {
					select {
					case accepted <- struct{}{}:
					default:
					}
				}
			}))
			go func() {
				<-accepted
				c.stop(sim, cancel)
			}()
			r := p.PrintWitnessed(ctx, sheet, unseen{})
			if r.Outcome != printer.NotPrinted || r.Reason != c.reason {
				t.Errorf("the result is %+v", r)
			}
			if sim.Waiting() != 0 || len(sim.Printed()) != 0 {
				t.Errorf("%d documents wait, %d came out", sim.Waiting(), len(sim.Printed()))
			}
		})
	}
}

func TestADocumentWhoseAnswerIsLostIsTakenBack(t *testing.T) {
	sim := &ippsim.Printer{Pace: 1 << 40}
	p := a4(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := sim.Waiting()
		answer := httptest.NewRecorder()
		sim.ServeHTTP(answer, r)
		if sim.Waiting() > before {
			panic(http.ErrAbortHandler) // the line breaks before the answer
		}
		w.Header().Set("Content-Type", "application/ipp")
		w.Write(answer.Body.Bytes())
	}))
	r := p.PrintWitnessed(t.Context(), sheet, unseen{})
	if r.Outcome != printer.NotPrinted || sim.Waiting() != 0 {
		t.Errorf("the result is %+v, and %d documents wait", r, sim.Waiting())
	}
}

func TestWhatAnEarlierRunLeftAtThePrinterNeverComesOut(t *testing.T) {
	sim := &ippsim.Printer{Pace: 1 << 40}
	leave(t, sim, "pue-0421")
	leave(t, sim, "somebody else")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready := make(chan devices.Status, 10)
	p := a4(t, sim)
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx, func(s devices.Status) { ready <- s }) }()
	if s := <-ready; s.State != devices.Ready {
		t.Errorf("the printer is %+v", s)
	}
	if sim.Waiting() != 1 {
		t.Errorf("%d documents wait; want that of somebody else alone", sim.Waiting())
	}
	cancel()
	<-done
}

// leave has a client of that name hand in a document and vanish.
func leave(t *testing.T, sim *ippsim.Printer, owner string) {
	t.Helper()
	var b bytes.Buffer
	b.Write([]byte{1, 1, 0, 2, 0, 0, 0, 1, 0x01})
	attribute := func(tag byte, name, value string) {
		b.Write([]byte{tag, 0, byte(len(name))})
		b.WriteString(name)
		b.Write([]byte{0, byte(len(value))})
		b.WriteString(value)
	}
	attribute(0x42, "requesting-user-name", owner)
	b.WriteByte(0x03)
	b.Write(sheet)
	r := httptest.NewRequest(http.MethodPost, "/ipp/print", &b)
	r.Header.Set("Content-Type", "application/ipp")
	sim.ServeHTTP(httptest.NewRecorder(), r)
}

func TestAPrinterIsBelievedOnlyWhereItsCertificateIs(t *testing.T) {
	sim := &ippsim.Printer{Pace: -1}
	server := httptest.NewTLSServer(sim)
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	o := printer.IPPOptions{URL: strings.Replace(server.URL, "https", "ipps", 1), CA: ca, Owner: "pue-0421", Log: slog.New(slog.DiscardHandler)}
	p, err := printer.NewIPP(o)
	if err != nil {
		t.Fatal(err)
	}
	if r := p.PrintWitnessed(t.Context(), sheet, unseen{}); r.Outcome != printer.Delivered {
		t.Errorf("with its certificate: %+v", r)
	}
	o.CA = nil
	if p, err = printer.NewIPP(o); err != nil {
		t.Fatal(err)
	}
	if r := p.PrintWitnessed(t.Context(), sheet, unseen{}); r.Outcome != printer.NotPrinted || r.Reason != "not-trusted" || len(sim.Printed()) != 1 {
		t.Errorf("without its certificate: %+v, and %d documents came out", r, len(sim.Printed()))
	}
}

func TestWhatIsNoA4PrinterIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		answers http.HandlerFunc
		reason  string
	}{
		"a web site":       {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, "wrong-device"},
		"another place":    {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "wrong-device"},
		"a broken answer":  {ippBytes(2, 0, 0, 0, 0, 0, 0, 1, 4, 0x23, 0, 200), "wrong-device"},
		"an endless one":   {ippBytes(append([]byte{2, 0, 0, 0, 0, 0, 0, 1}, make([]byte, 300<<10)...)...), "wrong-device"},
		"nothing at all":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "absent"},
		"a foreign answer": {ippBytes(2, 0, 0, 0, 0, 0, 0, 99, 4, 3), "wrong-device"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := a4(t, c.answers).PrintWitnessed(t.Context(), sheet, unseen{}); r.Outcome != printer.NotPrinted || r.Reason != c.reason {
				t.Errorf("the result is %+v; want the reason %q", r, c.reason)
			}
		})
	}
}

func ippBytes(b ...byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/ipp")
		w.Write(b)
	}
}

func TestAnAddressThatIsNoPrintersIsRefused(t *testing.T) {
	for _, url := range []string{"", "ftp://host/x", "ipp:///ipp/print", "ipp://user:pin@host/", "ipp://host/?job=1", "ipp://ho st/"} {
		if _, err := printer.NewIPP(printer.IPPOptions{URL: url, Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%q is taken", url)
		}
	}
}

// secretary is a Witness that notes how many documents the printer had when it was called.
type secretary struct {
	sim    *ippsim.Printer
	refuse error
	at     map[string]int
}

func (s secretary) had() int { return s.sim.Waiting() + len(s.sim.Printed()) }

func (s secretary) Sending(string) error { s.at["sending"] = s.had(); return s.refuse }
func (s secretary) Sent()                { s.at["sent"] = s.had() }

func TestAWitnessIsToldBeforeADocumentLeavesAndWhenItHasLeft(t *testing.T) {
	sim := &ippsim.Printer{Pace: -1}
	s := secretary{sim: sim, at: map[string]int{}}
	if r := a4(t, sim).PrintWitnessed(t.Context(), sheet, s); r.Outcome != printer.Delivered {
		t.Fatalf("%+v", r)
	}
	if diff := cmp.Diff(map[string]int{"sending": 0, "sent": 1}, s.at); diff != "" {
		t.Errorf("documents at the printer when it was told (-want +got):\n%s", diff)
	}
	s.refuse = errors.New("disk gone")
	if r := a4(t, sim).PrintWitnessed(t.Context(), sheet, s); r.Outcome != printer.NotPrinted || r.Reason != "failed" || s.had() != 1 {
		t.Errorf("what could not be noted: %+v, and the printer had %d documents", r, s.had())
	}
}
