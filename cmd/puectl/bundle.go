package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"pue/kiosk/control"
	"pue/kiosk/outbox"
)

// carried is a bundle on a medium, read back from it.
type carried struct {
	File string `json:"file"`
	outbox.Exported
}

func queueExport(ctx context.Context, args []string, out io.Writer) error {
	f := flags("queue export")
	destination := f.String("to", "inps", "")
	socket := f.String("socket", defaultSocket, "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	c, err := carry(ctx, control.Dial(*socket), *destination, f.Arg(0))
	nothing := errors.Is(err, outbox.ErrNothingToExport)
	switch {
	case err != nil && !nothing:
		return fmt.Errorf("exporting to %s: %w", f.Arg(0), err)
	case *asJSON:
		return print(out, c)
	case nothing:
		fmt.Fprintln(out, "nothing to export: all submissions are there, or were refused")
		return nil
	}
	fmt.Fprintf(out, "%s: %d submissions, %d bytes, written and read back\n", c.File, c.Items, c.Bytes)
	if c.Left > 0 {
		fmt.Fprintf(out, "%d more could not be taken along, see: puectl queue list\n", c.Left)
	}
	whose := "INPS"
	if *destination != "inps" {
		whose = *destination
	}
	fmt.Fprintf(out, "Only the office of %s can read it. Bring it there. They give back a file of confirmations; then: puectl queue import FILE\n", whose)
	fmt.Fprintln(out, "The terminal goes on trying to send. Each submission is filed once, whichever way it comes first.")
	return nil
}

// carry has the daemon write a bundle to a file that does not exist yet, or to a
// new one in a folder. The name appears once all of it is on the medium and has
// been read back from there.
func carry(ctx context.Context, daemon *control.Client, destination, to string) (carried, error) {
	info, err := os.Stat(to)
	isDir := err == nil && info.IsDir()
	if err == nil && !isDir {
		return carried{}, fmt.Errorf("%w: give another name, or remove it", fs.ErrExist)
	}
	part := to + ".part"
	if isDir {
		part = filepath.Join(to, "pue-bundle.part")
	}
	x, m, err := write(ctx, daemon, destination, part)
	if err != nil {
		return carried{}, errors.Join(err, remove(part))
	}
	if isDir {
		name := "pue-bundle-"
		if destination != "inps" {
			name += destination + "-"
		}
		to = filepath.Join(to, name+m.Terminal+"-"+m.MadeAt.UTC().Format("20060102T150405Z")+".zip")
	}
	if err := os.Rename(part, to); err != nil {
		return carried{}, errors.Join(err, remove(part))
	}
	return carried{to, x}, syncDir(filepath.Dir(to))
}

// write fills the file and reads it back.
func write(ctx context.Context, daemon *control.Client, destination, path string) (x outbox.Exported, m outbox.Manifest, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return x, m, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if x, err = daemon.Export(ctx, destination, f); err != nil {
		return x, m, err
	}
	if err := f.Sync(); err != nil {
		return x, m, err
	}
	// What the kernel remembers says nothing about the medium.
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return x, m, fmt.Errorf("dropping the page cache: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return x, m, err
	}
	if m, err = outbox.CheckBundle(f, info.Size()); err != nil {
		return x, m, fmt.Errorf("reading it back: %w; use another stick", err)
	}
	if len(m.Items) != x.Items {
		return x, m, fmt.Errorf("reading it back: %d submissions of %d: %w", len(m.Items), x.Items, outbox.ErrBundle)
	}
	return x, m, nil
}

// remove takes away what nobody could use.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes a new name survive the pulling of the stick. Some file systems
// of sticks cannot do that by folder, and do it by themselves.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

func queueImport(ctx context.Context, args []string, out io.Writer) error {
	f := flags("queue import")
	socket := f.String("socket", defaultSocket, "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	taken, err := handIn(ctx, control.Dial(*socket), f.Arg(0))
	if err != nil {
		return fmt.Errorf("importing %s: %w", f.Arg(0), err)
	}
	if *asJSON {
		err = print(out, map[string]any{"lines": taken})
	} else {
		err = tell(out, taken)
	}
	for _, t := range taken {
		if err == nil && !t.Outcome.Good() {
			return errProblems
		}
	}
	return err
}

func handIn(ctx context.Context, daemon *control.Client, path string) ([]control.Taken, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, control.ConfirmationsLargest+1))
	if err == nil && len(text) > control.ConfirmationsLargest {
		err = fmt.Errorf("more than %d MiB: split it between two lines", control.ConfirmationsLargest>>20)
	}
	if err != nil {
		return nil, err
	}
	return daemon.Import(ctx, bytes.NewReader(text))
}

// inWordsOf says what an outcome means, and what to do about it.
var inWordsOf = map[control.Outcome]string{
	control.Confirmed:   "INPS has it",
	control.KnownBefore: "INPS has it, which was known",
	control.NotBelieved: "not believed: ask INPS for the file again",
	control.NotHere:     "not a submission of this terminal, or settled long ago: is it another terminal's file?",
	control.NotStored:   "could not be stored: import the file again",
}

func tell(out io.Writer, taken []control.Taken) error {
	good := 0
	for _, t := range taken {
		fmt.Fprintf(out, "line %d: ", t.Line)
		if t.Claim != "" {
			fmt.Fprintf(out, "%s ", t.Claim)
		}
		fmt.Fprint(out, inWordsOf[t.Outcome])
		if t.Protocol != "" {
			fmt.Fprintf(out, ", protocol %s", t.Protocol)
		}
		if t.Why != "" {
			fmt.Fprintf(out, " (%s)", t.Why)
		}
		fmt.Fprintln(out)
		if t.Outcome.Good() {
			good++
		}
	}
	_, err := fmt.Fprintf(out, "%d of %d confirmations taken at %s\n", good, len(taken), time.Now().Format(time.DateTime))
	return err
}
