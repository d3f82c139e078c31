package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

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
	result := printOn(ctx, p, *device, *baud, printer.Flow(*flow), *profile)
	if *asJSON {
		err = print(out, result)
	} else {
		_, err = fmt.Fprintf(out, "%s: %s %s, %d bytes in %d ms\n", *device, result.Outcome, result.Reason, result.Bytes, result.Millis)
	}
	if err == nil && result.Outcome != printer.Printed {
		return errProblems
	}
	return err
}

func printOn(ctx context.Context, p printer.Profile, device string, baud int, flow printer.Flow, profile string) printer.Result {
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	pr := printer.New(func(context.Context) (printer.Line, error) {
		return printer.OpenSerial(device, baud, flow)
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
	return pr.Print(ctx, testPage(device, profile, baud))
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
