package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"pue/kiosk/control"
)

func queueList(ctx context.Context, args []string, out io.Writer) error {
	f := flags("queue list")
	socket := f.String("socket", defaultSocket, "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	items, err := control.Dial(*socket).Queue(ctx)
	if err != nil {
		return err
	}
	if *asJSON {
		return print(out, map[string]any{"items": items})
	}
	if len(items) == 0 {
		fmt.Fprintln(out, "the queue is empty")
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CLAIM\tCLASS\tSTATE\tTO\tSINCE\tATTEMPTS\tNEXT TRY\tWHY\tACT BY\tALARM")
	for _, it := range items {
		fmt.Fprintln(table, row(it))
	}
	return table.Flush()
}

// row is one line of the table, a dash where there is nothing to say.
func row(it control.Item) string {
	why := it.Reason
	if it.Protocol != "" {
		why = it.Protocol
	}
	cells := []string{
		it.Claim, string(it.Class), string(it.State), it.Destination, moment(it.CapturedAt), fmt.Sprint(it.Attempts),
		moment(it.NextTry), why, day(it.By), string(it.Alarm),
	}
	for i, cell := range cells {
		if cell == "" {
			cells[i] = "-"
		}
	}
	return strings.Join(cells, "\t")
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}

// day is a day in Italy, whatever clock this machine has.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// queueProof prints nothing but what INPS has signed, for a file or a pipe.
func queueProof(ctx context.Context, args []string, out io.Writer) error {
	f := flags("queue proof")
	socket := f.String("socket", defaultSocket, "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	p, err := control.Dial(*socket).Proof(ctx, f.Arg(0))
	switch {
	case err != nil:
		return err
	case *asJSON:
		return print(out, p)
	}
	_, err = fmt.Fprintln(out, p.Confirmation)
	return err
}

func queueRetry(ctx context.Context, args []string, out io.Writer) error {
	f := flags("queue retry")
	socket := f.String("socket", defaultSocket, "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	it, err := control.Dial(*socket).Retry(ctx, f.Arg(0))
	switch {
	case err != nil:
		return err
	case *asJSON:
		return print(out, it)
	}
	fmt.Fprintf(out, "%s: is tried again, see: puectl queue list\n", it.Claim)
	return nil
}

// errNotConfirmed: nobody said yes.
var errNotConfirmed = errors.New("nothing was closed")

func queueClose(ctx context.Context, args []string, out io.Writer) error {
	f := flags("queue close")
	socket := f.String("socket", defaultSocket, "")
	asJSON := f.Bool("json", false, "")
	yes := f.Bool("yes", false, "")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	client := control.Dial(*socket)
	it, err := client.Submission(ctx, f.Arg(0))
	if err != nil {
		return err
	}
	if !*yes {
		if err := confirm(it); err != nil {
			return err
		}
	}
	if it, err = client.CloseSubmission(ctx, it.ID); err != nil {
		return err
	}
	if *asJSON {
		return print(out, it)
	}
	fmt.Fprintf(out, "%s: closed by a technician; its content is wiped\n", it.Claim)
	return nil
}

// confirm asks the person at the terminal, if there is one.
func confirm(it control.Item) error {
	if _, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS); err != nil {
		return fmt.Errorf("%w: there is nobody to ask; give --yes if you are sure", errNotConfirmed)
	}
	fmt.Fprintf(os.Stderr, "%s is %s since %s", it.Claim, it.State, moment(it.CapturedAt))
	if by := day(it.By); by != "" {
		fmt.Fprintf(os.Stderr, ", to be dealt with by %s", by)
	}
	fmt.Fprintf(os.Stderr, ".\nClosing it wipes what the citizen sent. INPS will not get it from here.\nHas somebody seen to it that the citizen's matter goes another way? [yes/no] ")
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if strings.TrimSpace(answer) == "yes" {
		return nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", errNotConfirmed, err)
	}
	return errNotConfirmed
}
