package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Office is an A4 printer that others made: ippeveprinter, of CUPS. It would announce
// itself by DNS-SD and does not start without the message bus for that, so it gets one
// of its own, on which nobody answers.
type Office struct {
	dir  string
	port string
}

// prints is what the printer does with a document: it writes down that it has begun,
// gives up, waits for paper, or takes its time, as files beside it say. Without its
// printer it ends.
const prints = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo begun >>begun
if [ -e broken ]; then exit 1; fi
if [ -e empty ]; then
	echo "STATE: +media-empty-error" >&2
	while [ -e empty ] && kill -0 $PPID; do sleep 0.1; done
	echo "STATE: -media-empty-error" >&2
fi
while [ -e slow ] && kill -0 $PPID; do sleep 0.1; done
`

const messageBus = `<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`

// nowhere is the address of an A4 printer that nobody has.
const nowhere = "ipp://127.0.0.1:9/ipp/print"

// startOffice starts the A4 printer, if there is to be one.
func (s *Stack) startOffice(ctx context.Context) error {
	if !s.o.Office {
		return nil
	}
	o := &Office{dir: s.path("office")}
	if err := o.furnish(); err != nil {
		return err
	}
	if err := s.startBus(ctx, o); err != nil {
		return err
	}
	s.office = o
	return s.startSheets(ctx, o)
}

// OpenOffice starts the A4 printer alone, without a terminal.
func OpenOffice(ctx context.Context) (o *Office, end func() error, err error) {
	dir, err := os.MkdirTemp("", "pue-")
	if err != nil {
		return nil, nil, err
	}
	s := &Stack{o: Options{Office: true}, dir: dir}
	if err := s.startOffice(ctx); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("starting an A4 printer of others: %w", err), s.Close())
	}
	return s.office, s.Close, nil
}

// furnish writes what the programs of the office need.
func (o *Office) furnish() error {
	if err := os.MkdirAll(o.Path("spool"), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(o.Path("bus.conf"), fmt.Appendf(nil, messageBus, o.Path("bus")), 0o600); err != nil {
		return err
	}
	return os.WriteFile(o.Path("prints"), []byte(prints), 0o700)
}

func (s *Stack) startBus(ctx context.Context, o *Office) error {
	path, err := program("dbus-daemon", "dbus-daemon")
	if err != nil {
		return err
	}
	p, err := s.launch("bus", nil, path, "--config-file="+o.Path("bus.conf"), "--nofork", "--nopidfile")
	if err != nil {
		return err
	}
	return s.exists(ctx, p, o.Path("bus"))
}

// startSheets starts the printer itself and waits until it answers. Another program may
// take the port before it does: then it tries another one.
func (s *Stack) startSheets(ctx context.Context, o *Office) error {
	path, err := program("ippeveprinter", "cups-ipp-utils")
	if err != nil {
		return err
	}
	var ended error
	for range 5 {
		if o.port, err = freePort(); err != nil {
			return err
		}
		p, err := s.launch("sheets", []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + o.Path("bus")}, path,
			"-p", o.port, "-n", "localhost", "-f", "application/pdf", "-d", o.Path("spool"), "-k", "-K", o.Path("spool"),
			"-r", "off", "-c", o.Path("prints"), "PUE")
		if err != nil {
			return err
		}
		if ended = o.answers(ctx, p); ended == nil || ctx.Err() != nil {
			return ended
		}
	}
	return ended
}

// answers waits until the printer p answers; nil then.
func (o *Office) answers(ctx context.Context, p *Process) error {
	for o.Ask(ctx, "get-printer-attributes.test") != nil {
		select {
		case <-p.Ended():
			return fmt.Errorf("the A4 printer ended; last words: %s", p.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("waiting for the A4 printer: %w; last words: %s", context.Cause(ctx), p.lastWords())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// URL is where the printer is, with the given scheme: "ipp" or "ipps".
func (o *Office) URL(scheme string) string { return scheme + "://localhost:" + o.port + "/ipp/print" }

// Path is a file of the office.
func (o *Office) Path(name string) string { return filepath.Join(o.dir, filepath.FromSlash(name)) }

// inSeconds bounds one question of ipptool.
const inSeconds = "60"

// Ask lets ipptool, which comes with the printer, ask it something: a test of its own,
// or a file.
func (o *Office) Ask(ctx context.Context, test string) error {
	return exec.CommandContext(ctx, "ipptool", "-q", "-T", inSeconds, o.URL("ipp"), test).Run()
}

func (s *Stack) sheetsAddress() string {
	if s.office == nil {
		return nowhere
	}
	return s.office.URL("ipp")
}

// Office is the A4 printer, nil without one.
func (s *Stack) Office() *Office { return s.office }

// Turn switches one of its troubles, "empty", "broken" or "slow", on or off.
func (o *Office) Turn(trouble string, on bool) error {
	file := o.Path(trouble)
	if on {
		return os.WriteFile(file, nil, 0o600)
	}
	if err := os.Remove(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Begun is how many documents it has begun to print, and when the last one.
func (o *Office) Begun() (n int, last time.Time, err error) {
	file := o.Path("begun")
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return 0, last, nil
	}
	if err != nil {
		return 0, last, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, last, err
	}
	return strings.Count(string(text), "\n"), info.ModTime(), nil
}

// Waiting is how many jobs are there that have not ended, as ipptool has it.
func (o *Office) Waiting(ctx context.Context) (int, error) {
	out, err := exec.CommandContext(ctx, "ipptool", "-tv", "-T", inSeconds, o.URL("ipp"), "get-jobs.test").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("asking for jobs: %w\n%s", err, out)
	}
	return strings.Count(string(out), "job-id (integer)"), nil
}

// Documents are what it was given to print so far.
func (o *Office) Documents() (all [][]byte, err error) {
	files, err := filepath.Glob(o.Path("spool/*.pdf"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		document, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all = append(all, document)
	}
	return all, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
