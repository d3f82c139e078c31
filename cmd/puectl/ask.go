package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/control"
)

const defaultSocket = "/run/pue/control.sock"

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
