package paper

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// margin is what a receipt may take above what the line and the paper take.
const margin = 150 * time.Millisecond

// manner is a way to bring a receipt to paper.
type manner struct {
	name    string
	profile func(*printer.Profile)
	change  func(printer.Document) printer.Document
}

var manners = []manner{
	{"native", func(*printer.Profile) {}, asItIs},
	{"mixed raster", func(p *printer.Profile) { p.QR, p.Storage = printer.QRRaster, printer.NotStored }, asItIs},
	{"all raster", func(p *printer.Profile) {
		p.QR, p.Storage, p.OwnLetters, p.Pages = printer.QRRaster, printer.NotStored, false, p.Pages[:1]
	}, inLettersOfNoPage},
}

func asItIs(d printer.Document) printer.Document { return d }

// inLettersOfNoPage has a letter in every line that has to be drawn.
func inLettersOfNoPage(d printer.Document) printer.Document {
	drawn := strings.NewReplacer("a", "č", "e", "š", "i", "ž", "o", "č", "A", "Č", "E", "Š", "0", "Ž", "1", "Č", "6", "Ž")
	for i, b := range d.Blocks {
		switch b := b.(type) {
		case printer.Heading:
			b.Text = drawn.Replace(b.Text)
			d.Blocks[i] = b
		case printer.Text:
			b.Text = drawn.Replace(b.Text)
			d.Blocks[i] = b
		case printer.Row:
			b.Label, b.Value = drawn.Replace(b.Label), drawn.Replace(b.Value)
			d.Blocks[i] = b
		}
	}
	return d
}

// TestReceiptsTakeHardlyLongerThanTheLineAndThePaper prints, in the time of a bubble
// and not of this machine, the receipts at each speed and in each manner as a table:
// bytes, start to confirmation, what the slower of line and paper takes alone, and
// what both take together when nobody asks or waits: the paper cannot move before the
// dots have come, nor be cut before the last of them. On a TM-T88III: 150 mm/s, 0.3 s
// for the cut. From 19200 baud receipts in their own manner must be within 150 ms of
// the slower one, and pictures within 150 ms of both.
func TestReceiptsTakeHardlyLongerThanTheLineAndThePaper(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "%-10s %-13s %7s %6s %10s %10s %10s %6s\n", "receipt", "manner", "bytes", "baud", "confirmed", "slower", "together", "ratio")
	for _, receipt := range []string{"local-it", "final-it"} {
		for _, m := range manners {
			for _, baud := range []int{9600, 19200, 38400, 57600, 115200} {
				synctest.Test(t, func(t *testing.T) {
					r, took, slower, together := m.time(t, receipt, baud)
					fmt.Fprintf(&table, "%-10s %-13s %7d %6d %7d ms %7d ms %7d ms %6.2f\n", receipt, m.name, r.Bytes, baud,
						took.Milliseconds(), slower.Milliseconds(), together.Milliseconds(), float64(took)/float64(together))
					if r.Outcome != printer.Printed {
						t.Errorf("%s, %s at %d baud: %+v", receipt, m.name, baud, r)
					}
					bound := together
					if m.name == "native" {
						bound = slower
					}
					if baud >= 19200 && took > bound+margin {
						t.Errorf("%s, %s at %d baud takes %v, and line and paper %v", receipt, m.name, baud, took, bound)
					}
				})
			}
		}
	}
	t.Logf("\n%s", table.String())
}

// time prints one receipt and returns what it took, the longer of what the line needs
// for the bytes and the paper for its way, and what both need in step.
func (m manner) time(t *testing.T, receipt string, baud int) (r printer.Result, took, slower, together time.Duration) {
	t.Helper()
	p, err := printer.LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	m.profile(&p)
	sim := printersim.New("epson")
	sim.SetSpeed(150)
	sim.SetBaud(baud)
	pr := printer.New(func(context.Context) (printer.Line, error) { return sim.Line() }, p, slog.New(slog.DiscardHandler))
	pr.UseLogo(printer.Wordmark("PUE"), nil)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer func() { stop(); running.Wait() }()
	running.Go(func() { pr.Run(ctx, func(devices.Status) {}) })
	doc := m.change(all(t)[receipt])
	if r = pr.Print(ctx, doc); r.Outcome != printer.Printed { // stores the picture
		return r, 0, 0, 1
	}
	time.Sleep(time.Minute)
	began := time.Now()
	r = pr.Print(ctx, doc)
	took = time.Since(began)
	e, err := printer.Setup{Profile: p, Logo: printer.Wordmark("PUE"), LogoStored: p.Storage != printer.NotStored}.Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	wire := time.Duration(r.Bytes) * 10 * time.Second / time.Duration(baud)
	return r, took, max(wire, mechanics(t, e.Data, 0)), mechanics(t, e.Data, baud)
}

// mechanics is what the paper takes when all bytes are there at once, or come in one
// stream at a speed of the line.
func mechanics(t *testing.T, receipt []byte, baud int) time.Duration {
	t.Helper()
	sim := printersim.New("epson")
	sim.SetSpeed(150)
	if baud > 0 {
		sim.SetBaud(baud)
	}
	line, err := sim.Line()
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	began := time.Now()
	for piece := range slices.Chunk(append(receipt, "\x1D(H\x06\x00\x30\x30tick"...), 8) { // a write arrives as a whole
		if _, err := line.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	var heard []byte
	for b := make([]byte, 64); !bytes.Contains(heard, []byte("tick")); { // the answer comes after the cut
		n, err := line.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, b[:n]...)
	}
	return time.Since(began)
}
