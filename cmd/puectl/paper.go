package main

import (
	"cmp"
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

// testPatience covers finding the speed, a slow one, and the cut.
const testPatience = time.Minute

// untoldBaud is that of a printer that answers nothing, unless --baud says it: what
// the config says without printer.baud.
const untoldBaud = 19200

func printTest(ctx context.Context, args []string, out io.Writer) error {
	f := flags("print-test")
	which := takeBenchFlags(f)
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	b, err := which.bench(f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	result := b.try(ctx)
	if *asJSON {
		err = print(out, result)
	} else {
		_, err = fmt.Fprintf(out, "%s: %s\n", b.device, result)
	}
	if hint := result.hint(); hint != "" {
		fmt.Fprintf(os.Stderr, "puectl: hint: %s\n", hint)
	}
	if err == nil && result.Outcome != printer.Printed {
		return result
	}
	return err
}

// paperBench is a printer that a technician tries out.
type paperBench struct {
	device  string
	profile printer.Profile
	baud    int // 0: whichever it answers at
	flow    printer.Flow
	logo    *printer.Picture // for the printer to keep, nil for one that is none of ours
	held    atomic.Bool      // by another program
}

// printed is what became of the test page, and what was found on the line.
type printed struct {
	printer.Result
	Detail string `json:"detail,omitempty"` // what the device said
	Baud   int    `json:"baud,omitempty"`
	printer.Identity
}

// reasonInUse: another program has the device.
const reasonInUse = "in-use"

// try finds the speed, asks the printer who it is, and prints the page.
func (b *paperBench) try(ctx context.Context) printed {
	result := printed{Result: printer.Result{Outcome: printer.NotPrinted}, Baud: b.baud}
	if b.baud == 0 && b.profile.Dialect == printer.StatusNone {
		result.Baud = untoldBaud
	}
	open := b.opener(&result.Baud)
	if b.profile.Dialect != printer.StatusNone {
		id, err := printer.Identify(ctx, open)
		if err != nil {
			return b.refused(result, err)
		}
		result.Identity = id
	}
	page := testPage(b.device, b.profile, result.Baud, result.Identity)
	result.Result, result.Detail = b.print(ctx, page, open)
	if result.Outcome != printer.Printed && b.held.Load() {
		result.Reason = reasonInUse
	}
	return result
}

// opener opens the device at *baud, and sets it once it is found.
func (b *paperBench) opener(baud *int) func(context.Context) (printer.Line, error) {
	open := func(baud int) (printer.Line, error) {
		line, err := printer.OpenSerial(b.device, baud, b.flow)
		b.held.Store(errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EWOULDBLOCK))
		return line, err
	}
	finder := printer.NewSpeedFinder(open)
	return func(ctx context.Context) (printer.Line, error) {
		if *baud != 0 {
			return open(*baud)
		}
		line, err := finder.Open(ctx)
		*baud = finder.Baud()
		return line, err
	}
}

// refused is the result of a line that could not be opened.
func (b *paperBench) refused(result printed, err error) printed {
	result.Detail, result.Reason = err.Error(), "failed"
	var r devices.Reason
	switch {
	case b.held.Load():
		result.Reason = reasonInUse
	case errors.Is(err, devices.ErrAbsent):
		result.Reason = "absent"
	case errors.As(err, &r):
		result.Reason = r.Reason()
	}
	return result
}

// print prints the page on a line of its own. The terminal's own logo is stored anew,
// where its printer keeps one: pued, which stored it once, cannot know that the printer
// is another now. To any other printer a picture is only sent.
func (b *paperBench) print(ctx context.Context, page printer.Document, open func(context.Context) (printer.Line, error)) (printer.Result, string) {
	p, logo := b.profile, b.logo
	if logo == nil {
		p.Storage, logo = printer.NotStored, printer.Wordmark(printer.DefaultMark)
	}
	pr := printer.New(open, p, slog.New(slog.DiscardHandler))
	pr.UseLogo(logo, nil)
	pr.RetractAfter(0) // the technician stands before it
	running, stop := context.WithCancel(ctx)
	ready, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		pr.Run(running, func(devices.Status) {
			select {
			case ready <- struct{}{}:
			default:
			}
		})
	}()
	defer func() { stop(); <-ended }()
	select {
	case <-ready:
	case <-ctx.Done():
	}
	result := pr.Print(ctx, page)
	if result.Outcome == printer.Printed {
		return result, ""
	}
	return result, pr.Status().Detail
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
	s = fmt.Sprintf("%s (%d bytes in %d ms", s, p.Bytes, p.Millis)
	if p.Baud != 0 {
		s += fmt.Sprintf(", %d baud", p.Baud)
	}
	if name := cmp.Or(p.Model, p.Maker); name != "" {
		s += ", " + name
	}
	if p.ClearToSend != nil && !*p.ClearToSend {
		s += ", CTS down"
	}
	return s + ")"
}

// Error makes an end without paper an exit code; what there is to say was said.
func (p printed) Error() string { return p.String() }

// exitCode is that of sysexits(3) which fits best.
func (p printed) exitCode() int {
	switch p.Reason {
	case "absent", "wrong-device":
		return exitNoInput
	case reasonInUse, "paper-out", "cover-open", "paper-in-mouth", "printer-hot", "cutter-jam", "printer-jam":
		return exitTemporary
	case "no-answer", "stalled", "unplugged", "printer-error", "printer-offline":
		if p.Outcome == printer.NotPrinted {
			return exitIO
		}
	}
	return 1
}

// hint is what to do about it.
func (p printed) hint() string {
	switch p.Reason {
	case "":
		return ""
	case reasonInUse:
		return "another program has the printer; if it is pued: systemctl stop pued, and start it again afterwards"
	case "absent":
		return "is it switched on and plugged in? ls -l /dev/serial/by-id shows what there is"
	case "wrong-device":
		return "this is not a printer's serial line; ls -l /dev/serial/by-id shows what there is"
	case "line-errors":
		return "lines may be missing on the paper: the printer was switched off and on meanwhile, or the cable or its speed loses bytes"
	case "no-answer", "stalled":
		if p.Outcome == printer.Uncertain {
			return "look at the paper: if the page came out whole, the printer does not answer, and another --profile or --flow may fit better"
		}
		return "compare speed (--baud), --flow and --profile with the printer's own test print; the cable must bring the printer's DTR to CTS"
	case "paper-out", "cover-open":
		return "put paper in and close the cover, then try again"
	case "paper-in-mouth":
		return "take the paper out of the mouth, then try again"
	}
	return "look at the printer: its lamp and its manual say more"
}
