package printer_test

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
)

// certificate is a PDF of some pages, with a stream of chance bytes.
func certificate(t *testing.T) []byte {
	t.Helper()
	noise := make([]byte, 200<<10)
	for i := range noise {
		noise[i] = byte(rand.IntN(256))
	}
	return fmt.Appendf(nil, "%%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\n2 0 obj <</Length %d>>\nstream\n%s\nendstream endobj\ntrailer <</Root 1 0 R>>\n%%%%EOF\n", len(noise), noise)
}

func TestAnA4PrinterGetsThePDFByteByByte(t *testing.T) {
	o, pdf := openOffice(t), certificate(t)
	o.awaitStatus(t, devices.Ready, "")
	if r := o.Print(t.Context(), pdf); r.Outcome != printer.Delivered || r.Bytes != len(pdf) {
		t.Errorf("the result is %+v", r)
	}
	if got := o.spooled(t); len(got) != 1 || !bytes.Equal(got[0], pdf) {
		t.Errorf("the printer got %d documents, and not the one that was sent byte by byte", len(got))
	}
}

func TestAPrinterWithACertificateOfItsOwnIsBelievedByThat(t *testing.T) {
	o, pdf := openOffice(t), certificate(t)
	secret := printer.IPPOptions{URL: "ipps://localhost:" + o.port + "/ipp/print", Owner: "pue-0421", Log: slog.New(slog.DiscardHandler)}
	stranger, err := printer.NewIPP(secret)
	if err != nil {
		t.Fatal(err)
	}
	if r := stranger.Print(t.Context(), pdf); r.Reason != "not-trusted" || len(o.spooled(t)) != 0 {
		t.Errorf("a printer that nobody vouches for: %+v", r)
	}
	if secret.CA, err = os.ReadFile(o.path("spool/localhost.crt")); err != nil {
		t.Fatal(err)
	}
	known, err := printer.NewIPP(secret)
	if err != nil {
		t.Fatal(err)
	}
	if r := known.Print(t.Context(), pdf); r.Outcome != printer.Delivered {
		t.Errorf("a printer that is known: %+v", r)
	}
}

func TestAnEmptyTrayIsSaidWhileADocumentWaitsForPaper(t *testing.T) {
	o := openOffice(t)
	o.awaitStatus(t, devices.Ready, "")
	o.write(t, "empty", "", 0o600)
	result := make(chan printer.Result, 1)
	go func() { result <- o.Print(t.Context(), certificate(t)) }()
	o.until(t, "the printer has begun", func() bool { return o.has("begun") })
	began := time.Now()
	o.awaitStatus(t, devices.Attention, "paper-out")
	t.Logf("said %d ms after the printer began", time.Since(began).Milliseconds())
	o.remove(t, "empty")
	o.awaitStatus(t, devices.Ready, "")
	if r := <-result; r.Outcome != printer.Delivered {
		t.Errorf("with paper again: %+v", r)
	}
}

func TestAPrinterThatGivesUpLeavesNothingBehind(t *testing.T) {
	o := openOffice(t)
	o.write(t, "broken", "", 0o600)
	if r := o.Print(t.Context(), certificate(t)); r.Outcome != printer.NotPrinted || r.Reason != "aborted" {
		t.Errorf("the result is %+v", r)
	}
	if n := o.waiting(t); n != 0 {
		t.Errorf("%d jobs wait at the printer", n)
	}
}

func TestADocumentThatNobodyWaitsForIsTakenBack(t *testing.T) {
	o := openOffice(t)
	o.write(t, "slow", "", 0o600)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan printer.Result, 1)
	go func() { result <- o.Print(ctx, certificate(t)) }()
	o.until(t, "the printer has begun", func() bool { return o.has("begun") })
	cancel()
	o.remove(t, "slow") // it stops where it can, which is when its command ends
	if r := <-result; r.Outcome != printer.NotPrinted || r.Reason != "stopped" {
		t.Errorf("the result is %+v", r)
	}
	if n := o.waiting(t); n != 0 {
		t.Errorf("%d jobs wait at the printer", n)
	}
}

func TestADocumentWaitsForThatOfSomebodyElse(t *testing.T) {
	o, pdf := openOffice(t), certificate(t)
	o.write(t, "slow", "", 0o600)
	o.occupy(t)
	result := make(chan printer.Result, 1)
	go func() { result <- o.Print(t.Context(), pdf) }()
	o.awaitStatus(t, devices.Ready, "")
	select {
	case r := <-result:
		t.Errorf("it did not wait: %+v", r)
	case <-time.After(2 * time.Second):
	}
	o.remove(t, "slow")
	if r := <-result; r.Outcome != printer.Delivered {
		t.Errorf("the result is %+v", r)
	}
	if got := o.spooled(t); len(got) != 2 || !slices.ContainsFunc(got, func(b []byte) bool { return bytes.Equal(b, pdf) }) {
		t.Errorf("the printer got %d documents", len(got))
	}
}

// occupy has somebody else print something that takes its time.
func (o *office) occupy(t *testing.T) {
	t.Helper()
	o.write(t, "other.pdf", "%PDF-1.4\n%%EOF\n", 0o600)
	o.write(t, "other.test", strings.ReplaceAll(`{
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
`, "{dir}", o.dir), 0o600)
	if err := o.asked(t, o.path("other.test")); err != nil {
		t.Fatalf("printing for somebody else: %v", err)
	}
	o.until(t, "the other has begun", func() bool { return o.has("begun") })
}
