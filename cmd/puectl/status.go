package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"pue/devices"
	"pue/kiosk/catalog"
	"pue/kiosk/control"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
)

// standing is what the daemon says of the terminal.
type standing struct {
	Terminal, Version, Screen string
	Open                      bool
	Officer                   bool `json:"officer_present"`
	Started                   time.Time
	Reader, Printer, Line     device
	LineComune                *device `json:"line_comune"`
	Queue                     outbox.Counts
	Papers                    int `json:"papers_open"`
	authority
	Comune    *authority
	Catalogue catalog.ShelfStatus
	Carried   struct{ Today, Cap int64 } // bytes
	Upkeep    struct {
		Full     bool
		Sick     bool
		Clock    string
		Recovery *store.Recovery
	}
}

// authority is how the terminal stands with one whom submissions go to.
type authority struct {
	Trouble string
	Sealing struct {
		KeyID string `json:"key_id"`
		Until time.Time
		Warn  bool
	}
}

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
	var s standing
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("reading the daemon's answer: %w", err)
	}
	s.tell(out)
	return nil
}

func (s standing) tell(out io.Writer) {
	fmt.Fprintf(out, "terminal  %s, version %s, up %s\n", s.Terminal, s.Version, time.Since(s.Started).Round(time.Second))
	fmt.Fprintf(out, "point     %s, screen %s, officer present: %s\n", word(s.Open, "open", "closed"), s.Screen, word(s.Officer, "yes", "no"))
	fmt.Fprintf(out, "reader    %s\nprinter   %s\nline      %s\n", s.Reader, s.Printer, s.Line)
	if s.LineComune != nil {
		fmt.Fprintf(out, "comune    %s\n", s.LineComune)
	}
	s.tellCarried(out)
	q := s.Queue
	fmt.Fprintf(out, "queue     %d waiting, %d unknown, %d refused, %d stuck, %d filed", q.Waiting, q.Unknown, q.Refused, q.Stuck, q.Filed)
	if !q.Oldest.IsZero() {
		fmt.Fprintf(out, ", the oldest waits since %s", moment(q.Oldest))
	}
	fmt.Fprintln(out)
	if s.Trouble != "" {
		fmt.Fprintf(out, "sending   held up: %s\n", s.Trouble)
	}
	if s.Comune != nil && s.Comune.Trouble != "" {
		fmt.Fprintf(out, "sending   to the Comune held up: %s\n", s.Comune.Trouble)
	}
	if q.Alarms > 0 {
		fmt.Fprintf(out, "alarm     %d need a person, see: puectl queue list\n", q.Alarms)
	}
	if s.Papers > 0 {
		fmt.Fprintf(out, "papers    %d wait for an officer's word, at the board under the papers\n", s.Papers)
	}
	s.tellKey(out, "", "inps")
	if s.Comune != nil {
		s.Comune.tellKey(out, "of the Comune: ", "comune")
	}
	s.tellClock(out)
	s.tellCatalogue(out)
	s.tellDisk(out)
}

func (s standing) tellCarried(out io.Writer) {
	const megabyte = 1e6
	fmt.Fprintf(out, "carried   %.1f MB today", float64(s.Carried.Today)/megabyte)
	switch c := s.Carried.Cap; {
	case c > 0 && s.Carried.Today >= c:
		fmt.Fprintf(out, " of %.0f: what can wait waits", float64(c)/megabyte)
	case c > 0:
		fmt.Fprintf(out, " of %.0f", float64(c)/megabyte)
	}
	fmt.Fprintln(out)
}

func (s standing) tellCatalogue(out io.Writer) {
	c := s.Catalogue
	if c.Bundle {
		fmt.Fprintf(out, "services  version %d, signed %s\n", c.Version, moment(c.At))
	} else {
		fmt.Fprintf(out, "services  version %d, of the program\n", c.Version)
	}
	if c.Problem != "" {
		fmt.Fprintf(out, "services  the last bundle was refused: %s\n", c.Problem)
	}
}

func (a authority) tellKey(out io.Writer, whose, section string) {
	switch k := a.Sealing; {
	case k.KeyID == "":
		fmt.Fprintf(out, "key       %snone is valid, no application can be begun: put new ones into %s.sealing_keys\n", whose, section)
	case k.Warn:
		fmt.Fprintf(out, "key       %s%s; the last one ends on %s: put new ones into %s.sealing_keys\n", whose, k.KeyID, day(k.Until), section)
	default:
		fmt.Fprintf(out, "key       %s%s; the last one ends on %s\n", whose, k.KeyID, day(k.Until))
	}
}

func (s standing) tellClock(out io.Writer) {
	switch s.Upkeep.Clock {
	case "wrong":
		fmt.Fprintln(out, "clock     shows a time before this version was made: it decides about no certificate, but for those that ended before; set it, and see the time service")
	case "unsure":
		fmt.Fprintln(out, "clock     no time service keeps it: no card is refused for its age, unless it ended before this version was made; see chronyc or timedatectl")
	}
}

func (s standing) tellDisk(out io.Writer) {
	if s.Upkeep.Full {
		fmt.Fprintln(out, "disk      no room for a submission, no application can be begun: make room below data.directory")
	}
	if s.Upkeep.Sick {
		fmt.Fprintln(out, "disk      answers with errors, no application can be begun: see the log, and check the disk below data.directory")
	}
	if r := s.Upkeep.Recovery; r != nil {
		fmt.Fprintf(out, "recovery  %s, %s: %d records carried over, %d lost; the damaged file is %s; an officer has to take note of it at the board\n",
			moment(r.At), r.How, r.Records, r.Lost, r.Aside)
		for _, secret := range r.Secrets {
			fmt.Fprintf(out, "          the key %q was lost with it and made anew: %s\n", secret, withoutSecret[secret])
		}
	}
}

// withoutSecret is what no longer works for submissions of before, by the secret
// that was lost.
var withoutSecret = map[string]string{
	"claim": "the codes on slips of before are not found any more, look in queue list by date",
	"owner": "citizens no longer find by their card what they asked for before",
	"label": "citizens no longer see the names of what they asked for before",
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
