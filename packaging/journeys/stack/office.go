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

// Office is an A4 printer that others made: ippeveprinter, of CUPS. It announces
// itself by DNS-SD and cannot be kept from it, so it gets a message bus and an
// avahi-daemon of its own, which speak on the loopback interface alone.
type Office struct {
	dir string
	uri string
}

// prints is what the printer does with a document: it writes down that it has begun,
// gives up, waits for paper, or takes its time, as files beside it say.
const prints = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo begun >>begun
if [ -e broken ]; then exit 1; fi
if [ -e empty ]; then
	echo "STATE: +media-empty-error" >&2
	while [ -e empty ]; do sleep 0.1; done
	echo "STATE: -media-empty-error" >&2
fi
while [ -e slow ]; do sleep 0.1; done
`

const messageBus = `<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`

const announcer = `[server]
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
enable-dbus=yes
[publish]
publish-workstation=no
[wide-area]
enable-wide-area=no
`

// nowhere is the address of an A4 printer that nobody has.
const nowhere = "ipp://127.0.0.1:9/ipp/print"

// startOffice starts the A4 printer, if there is to be one.
func (s *Stack) startOffice(ctx context.Context) error {
	if !s.o.Office {
		return nil
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	o := &Office{dir: s.path("office"), uri: "ipp://localhost:" + port + "/ipp/print"}
	bus := s.path("office", "bus")
	if err := o.furnish(bus); err != nil {
		return err
	}
	busDaemon, err := program("dbus-daemon", "dbus")
	if err != nil {
		return err
	}
	p, err := s.launch("dbus", nil, busDaemon, "--config-file="+s.path("office", "bus.conf"), "--nofork", "--nopidfile")
	if err != nil {
		return err
	}
	if err := s.exists(ctx, p, bus); err != nil {
		return err
	}
	avahi, err := program("avahi-daemon", "avahi-daemon")
	if err != nil {
		return err
	}
	onBus := []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + bus}
	if _, err := s.launch("avahi", onBus, avahi, "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", s.path("office", "avahi.conf")); err != nil {
		return err
	}
	s.office = o
	return s.startSheets(ctx, port, onBus)
}

// furnish writes what the programs of the office need.
func (o *Office) furnish(bus string) error {
	if err := os.MkdirAll(filepath.Join(o.dir, "spool"), 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{"bus.conf": fmt.Sprintf(messageBus, bus), "avahi.conf": announcer} {
		if err := os.WriteFile(filepath.Join(o.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(o.dir, "prints"), []byte(prints), 0o700)
}

// startSheets starts the printer itself, again until avahi-daemon listens to it.
func (s *Stack) startSheets(ctx context.Context, port string, env []string) error {
	path, err := program("ippeveprinter", "cups-ipp-utils")
	if err != nil {
		return err
	}
	for {
		p, err := s.launch("sheets", env, path, "-p", port, "-n", "localhost", "-f", "application/pdf",
			"-d", s.path("office", "spool"), "-k", "-r", "off", "-c", s.path("office", "prints"), "PUE")
		if err != nil {
			return err
		}
		for ended := false; !ended; {
			if s.office.asked(ctx, "get-printer-attributes.test") == nil {
				return nil
			}
			select {
			case <-p.Ended():
				ended = true
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return fmt.Errorf("waiting for the A4 printer: %w; last words: %s", context.Cause(ctx), p.lastWords())
			}
		}
	}
}

// asked lets ipptool, which comes with the printer, ask it something.
func (o *Office) asked(ctx context.Context, test string) error {
	return exec.CommandContext(ctx, "ipptool", "-q", "-T", "5", o.uri, test).Run()
}

func (s *Stack) sheetsAddress() string {
	if s.office == nil {
		return nowhere
	}
	return s.office.uri
}

// Office is the A4 printer, nil without one.
func (s *Stack) Office() *Office { return s.office }

// Turn switches one of its troubles, "empty", "broken" or "slow", on or off.
func (o *Office) Turn(trouble string, on bool) error {
	file := filepath.Join(o.dir, trouble)
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
	file := filepath.Join(o.dir, "begun")
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
	out, err := exec.CommandContext(ctx, "ipptool", "-tv", "-T", "5", o.uri, "get-jobs.test").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("asking for jobs: %w\n%s", err, out)
	}
	return strings.Count(string(out), "job-id (integer)"), nil
}

// Documents are what it was given to print so far.
func (o *Office) Documents() (all [][]byte, err error) {
	files, err := filepath.Glob(filepath.Join(o.dir, "spool", "*.pdf"))
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
