package sheets

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/packaging/journeys/stack"
)

// client is the terminal's way to an A4 printer, without the terminal.
type client struct {
	*printer.IPP
	office *stack.Office
	status chan devices.Status
}

func connect(t *testing.T) *client {
	t.Helper()
	starting, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	office, end, err := stack.OpenOffice(starting)
	must(t, err)
	t.Cleanup(func() { must(t, end()) })
	c := &client{office: office, status: make(chan devices.Status, 100)}
	c.IPP, err = printer.NewIPP(c.options("ipp"))
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx, func(s devices.Status) { c.status <- s }) }()
	t.Cleanup(func() { stop(); <-done })
	return c
}

func (c *client) options(scheme string) printer.IPPOptions {
	return printer.IPPOptions{URL: c.office.URL(scheme), Owner: "pue-0421", Log: slog.New(slog.DiscardHandler)}
}

// awaitStatus waits until the client says so of the printer.
func (c *client) awaitStatus(t *testing.T, state devices.State, reason string) {
	t.Helper()
	for late := time.After(patience); ; {
		select {
		case s := <-c.status:
			if s.State == state && s.Reason == reason {
				return
			}
		case <-late:
			t.Fatalf("the printer is %+v, and never %s %q", c.Status(), state, reason)
		}
	}
}

// beginning waits until the printer has begun its first document.
func (c *client) beginning(t *testing.T) {
	t.Helper()
	until(t, "the printer has begun", func() bool {
		n, _, err := c.office.Begun()
		must(t, err)
		return n > 0
	})
}

// wantNothingWaiting demands that no job is left at the printer.
func (c *client) wantNothingWaiting(t *testing.T) {
	t.Helper()
	n, err := c.office.Waiting(t.Context())
	must(t, err)
	if n != 0 {
		t.Errorf("%d jobs wait at the printer", n)
	}
}

func (c *client) documents(t *testing.T) [][]byte {
	t.Helper()
	all, err := c.office.Documents()
	must(t, err)
	return all
}

// certificate is a PDF of some pages, with a stream of chance bytes.
func certificate(t *testing.T) []byte {
	t.Helper()
	noise := make([]byte, 200<<10)
	for i := range noise {
		noise[i] = byte(rand.IntN(256))
	}
	return fmt.Appendf(nil, "%%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\n2 0 obj <</Length %d>>\nstream\n%s\nendstream endobj\ntrailer <</Root 1 0 R>>\n%%%%EOF\n", len(noise), noise)
}

// unseen is a Witness for tests that ask nothing of one.
type unseen struct{}

func (unseen) Sending(string) error { return nil }
func (unseen) Sent()                {}

func TestAnA4PrinterGetsThePDFByteByByte(t *testing.T) {
	c, pdf := connect(t), certificate(t)
	c.awaitStatus(t, devices.Ready, "")
	if r := c.PrintWitnessed(t.Context(), pdf, unseen{}); r.Outcome != printer.Delivered || r.Bytes != len(pdf) {
		t.Errorf("the result is %+v", r)
	}
	if got := c.documents(t); len(got) != 1 || !bytes.Equal(got[0], pdf) {
		t.Errorf("the printer got %d documents, and not the one that was sent byte by byte", len(got))
	}
}

func TestAPrinterWithACertificateOfItsOwnIsBelievedByThat(t *testing.T) {
	c, pdf := connect(t), certificate(t)
	secret := c.options("ipps")
	stranger, err := printer.NewIPP(secret)
	must(t, err)
	if r := stranger.PrintWitnessed(t.Context(), pdf, unseen{}); r.Reason != "not-trusted" || len(c.documents(t)) != 0 {
		t.Errorf("a printer that nobody vouches for: %+v", r)
	}
	secret.CA, err = os.ReadFile(c.office.Path("spool/localhost.crt"))
	must(t, err)
	known, err := printer.NewIPP(secret)
	must(t, err)
	if r := known.PrintWitnessed(t.Context(), pdf, unseen{}); r.Outcome != printer.Delivered {
		t.Errorf("a printer that is known: %+v", r)
	}
}

func TestAnEmptyTrayIsSaidWhileADocumentWaitsForPaper(t *testing.T) {
	c := connect(t)
	c.awaitStatus(t, devices.Ready, "")
	must(t, c.office.Turn("empty", true))
	result := make(chan printer.Result, 1)
	go func() { result <- c.PrintWitnessed(t.Context(), certificate(t), unseen{}) }()
	c.beginning(t)
	began := time.Now()
	c.awaitStatus(t, devices.Attention, "paper-out")
	t.Logf("said %d ms after the printer began", time.Since(began).Milliseconds())
	must(t, c.office.Turn("empty", false))
	c.awaitStatus(t, devices.Ready, "")
	if r := <-result; r.Outcome != printer.Delivered {
		t.Errorf("with paper again: %+v", r)
	}
}

func TestAPrinterThatGivesUpLeavesNothingBehind(t *testing.T) {
	c := connect(t)
	must(t, c.office.Turn("broken", true))
	if r := c.PrintWitnessed(t.Context(), certificate(t), unseen{}); r.Outcome != printer.NotPrinted || r.Reason != "aborted" {
		t.Errorf("the result is %+v", r)
	}
	c.wantNothingWaiting(t)
}

func TestADocumentThatNobodyWaitsForIsTakenBack(t *testing.T) {
	c := connect(t)
	must(t, c.office.Turn("slow", true))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan printer.Result, 1)
	go func() { result <- c.PrintWitnessed(ctx, certificate(t), unseen{}) }()
	c.beginning(t)
	cancel()
	must(t, c.office.Turn("slow", false)) // it stops where it can, which is when its command ends
	if r := <-result; r.Outcome != printer.NotPrinted || r.Reason != "stopped" {
		t.Errorf("the result is %+v", r)
	}
	c.wantNothingWaiting(t)
}

func TestADocumentWaitsForThatOfSomebodyElse(t *testing.T) {
	c, pdf := connect(t), certificate(t)
	must(t, c.office.Turn("slow", true))
	c.occupy(t)
	result := make(chan printer.Result, 1)
	go func() { result <- c.PrintWitnessed(t.Context(), pdf, unseen{}) }()
	c.awaitStatus(t, devices.Ready, "")
	select {
	case r := <-result:
		t.Errorf("it did not wait: %+v", r)
	case <-time.After(2 * time.Second):
	}
	must(t, c.office.Turn("slow", false))
	if r := <-result; r.Outcome != printer.Delivered {
		t.Errorf("the result is %+v", r)
	}
	if got := c.documents(t); len(got) != 2 || !slices.ContainsFunc(got, func(b []byte) bool { return bytes.Equal(b, pdf) }) {
		t.Errorf("the printer got %d documents", len(got))
	}
}

// occupy has somebody else print something that takes its time.
func (c *client) occupy(t *testing.T) {
	t.Helper()
	must(t, os.WriteFile(c.office.Path("other.pdf"), []byte("%PDF-1.4\n%%EOF\n"), 0o600))
	must(t, os.WriteFile(c.office.Path("other.test"), []byte(strings.ReplaceAll(`{
	OPERATION Print-Job
	GROUP operation-attributes-tag
	ATTR charset attributes-charset utf-8
	ATTR language attributes-natural-language en
	ATTR uri printer-uri $uri
	ATTR name requesting-user-name anna
	ATTR mimeMediaType document-format application/pdf
	FILE {dir}/other.pdf
	STATUS successful-ok
}
`, "{dir}", c.office.Path(""))), 0o600))
	if err := c.office.Ask(t.Context(), c.office.Path("other.test")); err != nil {
		t.Fatalf("printing for somebody else: %v", err)
	}
	c.beginning(t)
}
