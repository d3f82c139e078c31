package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"pue/devices"
	"pue/devices/printer"
)

// testPatience covers opening the line, a slow baud rate and the cut.
const testPatience = 30 * time.Second

func printTest(ctx context.Context, args []string, out io.Writer) error {
	f := flags("print-test")
	device := f.String("device", "", "")
	profile := f.String("profile", "", "")
	baud := f.Int("baud", 38400, "")
	flow := f.String("flow", "rts", "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	if *device == "" || *profile == "" {
		return errUsage
	}
	p, err := printer.LookUp(*profile)
	if err != nil {
		return err
	}
	page := testPage(*device, *profile, *baud)
	result := printOn(ctx, p, page, func() (printer.Line, error) {
		return printer.OpenSerial(*device, *baud, printer.Flow(*flow))
	})
	if *asJSON {
		err = print(out, result)
	} else {
		_, err = fmt.Fprintf(out, "%s: %s\n", *device, result)
	}
	if result.held {
		fmt.Fprintln(os.Stderr, "puectl: hint: another program has the printer; if it is pued: systemctl stop pued, and start it again afterwards")
	}
	if err == nil && result.Outcome != printer.Printed {
		return errProblems
	}
	return err
}

// printed is what became of the test page, with the words for it.
type printed struct {
	printer.Result
	Detail string `json:"detail,omitempty"` // what the device said
	held   bool   // by another program
}

// String tells a technician how far it came, and why no further.
func (p printed) String() string {
	s := string(p.Outcome)
	if p.Reason != "" && p.Reason != s {
		s += ", " + p.Reason
	}
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	return fmt.Sprintf("%s (%d bytes in %d ms)", s, p.Bytes, p.Millis)
}

func printOn(ctx context.Context, p printer.Profile, page printer.Document, open func() (printer.Line, error)) (result printed) {
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	var held atomic.Bool
	pr := printer.New(func(context.Context) (printer.Line, error) {
		line, err := open()
		held.Store(errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EWOULDBLOCK))
		return line, err
	}, p, slog.New(slog.DiscardHandler))
	ready := make(chan struct{}, 1)
	go pr.Run(ctx, func(s devices.Status) {
		select {
		case ready <- struct{}{}:
		default:
		}
	})
	select {
	case <-ready:
	case <-ctx.Done():
	}
	result.Result = pr.Print(ctx, page)
	if result.Outcome != printer.Printed {
		result.Detail, result.held = pr.Status().Detail, held.Load()
	}
	return result
}

// testPage shows what a technician looks for: the letters of four languages, the
// widths, a code to scan, and where it was printed.
func testPage(device, profile string, baud int) printer.Document {
	return printer.Document{Blocks: []printer.Block{
		printer.Heading{Text: "PUE", Big: true},
		printer.Heading{Text: "Prova di stampa"},
		printer.Rule{},
		printer.Row{Label: "Stampante", Value: device},
		printer.Row{Label: "Profilo", Value: profile},
		printer.Row{Label: "Velocità", Value: fmt.Sprint(baud)},
		printer.Row{Label: "Ora", Value: time.Now().Format("02/01/2006 15:04")},
		printer.Rule{},
		printer.Text{Text: "Lettere: àèìòù ÀÈÌÒÙ äöüß ÄÖÜ éêç čšž €"},
		printer.Text{Text: "Se legge bene questa riga e il codice si inquadra, la stampante è a posto."},
		printer.QR{Data: "PUE-PROVA"},
	}}
}
