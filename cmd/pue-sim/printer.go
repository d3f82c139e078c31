package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"pue/devices/printer/printersim"
)

// paperSpeed is that of a common 80 mm receipt printer, in mm/s: slow enough to
// see a receipt come.
const paperSpeed = 150

// printerFlags are the switches on the underside of a simulated printer.
type printerFlags struct {
	link, profile, flow, busy, out, control, decode string
	speed                                           float64
	baud, buffer                                    int
}

func runPrinter(ctx context.Context, args []string, log *slog.Logger) error {
	var o printerFlags
	f := flag.NewFlagSet("printer", flag.ContinueOnError)
	f.StringVar(&o.link, "link", "", "where the device appears")
	f.StringVar(&o.profile, "profile", "epson", "which printer: "+strings.Join(printersim.Names(), ", "))
	f.Float64Var(&o.speed, "speed", paperSpeed, "paper speed in mm/s, 0 for no waiting")
	f.Float64Var(&o.speed, "speed-mm", paperSpeed, "the same")
	f.IntVar(&o.baud, "baud", 0, "speed of the line; 0 carries everything at once, at any speed")
	f.StringVar(&o.flow, "flow", "none", "how the printer asks the line to wait: rts, xon or none")
	f.IntVar(&o.buffer, "buffer", 0, "bytes of its receive buffer, 45 and 4096 on real ones; 0 for no end")
	f.StringVar(&o.busy, "busy", "full", "when it asks the line to wait: full, or offline as well")
	f.StringVar(&o.out, "out", "", "folder for text, items, picture and bytes of each receipt, and the events")
	f.StringVar(&o.control, "control", "", "control socket")
	f.StringVar(&o.decode, "decode", "", "print the bytes of this file at once, and end; - reads standard input")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if !slices.Contains(printersim.Names(), o.profile) {
		return fmt.Errorf("no simulated printer %q; there are %s", o.profile, strings.Join(printersim.Names(), ", "))
	}
	if o.decode != "" {
		return decode(o, os.Stdout)
	}
	if o.link == "" || !slices.Contains([]string{"rts", "xon", "none"}, o.flow) || !slices.Contains([]string{"full", "offline"}, o.busy) {
		return errUsage
	}
	return o.serve(ctx, log)
}

func (o printerFlags) serve(ctx context.Context, log *slog.Logger) error {
	sim := printersim.New(o.profile)
	sim.SetSpeed(o.speed)
	sim.SetBaud(o.baud)
	sim.SetFlow(printersim.Flow(o.flow))
	sim.SetBuffer(o.buffer)
	sim.SetBusyOffline(o.busy == "offline")
	if o.control == "" {
		sim.OnReceipt(func(r printersim.Receipt) { fmt.Printf("--- receipt %d\n%s\n", r.Number, r.Text) })
	}
	if o.out != "" {
		if err := os.MkdirAll(o.out, 0o700); err != nil {
			return err
		}
		sim.OnReceipt(func(r printersim.Receipt) { warn(log, writeReceipt(o.out, r)) })
		sim.OnEvent(func(e printersim.Event) { warn(log, appendEvent(o.out, e)) })
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return printersim.ServePTY(ctx, sim, o.link) })
	g.Go(func() error { return serveKnobs(ctx, o.control, printerKnobs(sim)) })
	return g.Wait()
}

// warn tells of paper that came out and could not be kept.
func warn(log *slog.Logger, err error) {
	if err != nil {
		log.Warn("keeping what was printed", "error", err)
	}
}

// decode prints a file and ends in an error when the bytes were not faultless.
func decode(o printerFlags, to io.Writer) error {
	data, err := readAll(o.decode)
	if err != nil {
		return err
	}
	sim := printersim.Decode(o.profile, data)
	for _, r := range sim.Receipts() {
		fmt.Fprintf(to, "--- receipt %d\n%s", r.Number, r.Text)
		if o.out != "" {
			if err := writeReceipt(o.out, r); err != nil {
				return err
			}
		}
	}
	if sim.Count() == (printersim.Count{}) {
		return nil
	}
	for _, f := range sim.Faults() {
		fmt.Fprintf(to, "fault: %s\n", f)
	}
	return fmt.Errorf("not what a %s understands: %+v", o.profile, sim.Count())
}

func readAll(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

// writeReceipt keeps one receipt in four forms: 0001.txt, .json, .png and .bin.
func writeReceipt(dir string, r printersim.Receipt) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	items, err := json.MarshalIndent(r.Items, "", " ")
	if err != nil {
		return err
	}
	for ending, content := range map[string][]byte{"txt": []byte(r.Text), "json": items, "png": r.PNG(), "bin": r.Bytes} {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.%s", r.Number, ending)), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// appendEvent keeps what became of the paper, one JSON object per line.
func appendEvent(dir string, e printersim.Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, "events.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(append(line, '\n'))
	return err
}
