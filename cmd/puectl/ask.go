package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"pue/devices"
	"pue/kiosk/audit"
	"pue/kiosk/control"
)

const defaultSocket = "/run/pue/control.sock"

func status(ctx context.Context, args []string, out io.Writer) error {
	f := flags("status")
	socket := f.String("socket", defaultSocket, "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	raw, err := control.Dial(*socket).Status(ctx)
	if err != nil {
		return err
	}
	if *asJSON {
		return print(out, raw)
	}
	var s struct {
		Terminal, Version, Screen string
		Open                      bool
		Officer                   bool `json:"officer_present"`
		Started                   time.Time
		Reader, Printer, Line     device
		Queue                     struct {
			Waiting, Unknown, Refused, Filed int
			Oldest                           time.Time
		}
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("reading the daemon's answer: %w", err)
	}
	fmt.Fprintf(out, "terminal  %s, version %s, up %s\n", s.Terminal, s.Version, time.Since(s.Started).Round(time.Second))
	fmt.Fprintf(out, "point     %s, screen %s, officer present: %s\n", word(s.Open, "open", "closed"), s.Screen, word(s.Officer, "yes", "no"))
	fmt.Fprintf(out, "reader    %s\nprinter   %s\nline      %s\n", s.Reader, s.Printer, s.Line)
	fmt.Fprintf(out, "queue     %d waiting, %d unknown, %d refused, %d filed", s.Queue.Waiting, s.Queue.Unknown, s.Queue.Refused, s.Queue.Filed)
	if !s.Queue.Oldest.IsZero() {
		fmt.Fprintf(out, ", the oldest waits since %s", s.Queue.Oldest.Local().Format(time.DateTime))
	}
	fmt.Fprintln(out)
	return nil
}

// device is a devices.Status as it travels, its state a word.
type device struct{ State, Reason, Detail string }

func (d device) String() string {
	s := d.State
	if d.Reason != "" && d.State != devices.Ready.String() {
		s += " (" + d.Reason + ")"
	}
	if d.Detail != "" {
		s += ": " + d.Detail
	}
	return s
}

func word(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func auditVerify(ctx context.Context, args []string, out io.Writer) error {
	f := flags("audit verify")
	socket := f.String("socket", defaultSocket, "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	r, err := control.Dial(*socket).VerifyAudit(ctx)
	if err != nil {
		return err
	}
	if *asJSON {
		err = print(out, r)
	} else {
		_, err = fmt.Fprint(out, inWords(r))
	}
	if err == nil && !r.OK() {
		return errProblems
	}
	return err
}

func inWords(r audit.Report) string {
	var s strings.Builder
	fmt.Fprintf(&s, "events  %d hold", r.Events)
	if r.Events > 0 {
		fmt.Fprintf(&s, ", %s to %s", r.From.Local().Format(time.DateTime), r.To.Local().Format(time.DateTime))
	}
	fmt.Fprintf(&s, "\nhead    %s\n", r.Head)
	if r.OK() {
		return s.String() + "chain   whole; compare the head with the one noted elsewhere\n"
	}
	return s.String() + fmt.Sprintf("chain   broken at event %d: %s\n", r.BrokenAt, r.Why)
}

// print writes one JSON object.
func print(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
