package printer_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
)

// officePatience bounds every wait.
const officePatience = 30 * time.Second

// office is ippeveprinter, a driverless printer by the makers of CUPS who share no line
// with this program, and the client of it. It announces itself by DNS-SD and cannot be
// kept from it, so it gets a message bus and an avahi-daemon of its own, which speak on
// the loopback interface alone.
type office struct {
	*printer.IPP
	dir    string
	port   string
	status chan devices.Status
}

// prints is what the printer does with a document: it takes it, or runs out of paper
// until there is some, or gives up.
const prints = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
: >begun
if [ -e broken ]; then exit 1; fi
if [ -e empty ]; then
	echo "STATE: +media-empty-error" >&2
	while [ -e empty ]; do sleep 0.1; done
	echo "STATE: -media-empty-error" >&2
fi
while [ -e slow ]; do sleep 0.1; done
`

// Debian keeps them where only root looks.
const (
	avahiDaemon   = "/usr/sbin/avahi-daemon"
	ippevePrinter = "/usr/sbin/ippeveprinter"
)

const bus = `<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`

const avahi = `[server]
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
enable-dbus=yes
[publish]
publish-workstation=no
[wide-area]
enable-wide-area=no
`

func openOffice(t *testing.T) *office {
	t.Helper()
	for _, program := range []string{"dbus-daemon", avahiDaemon, ippevePrinter, "ipptool"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s", program)
		}
	}
	dir, err := os.MkdirTemp("", "a4") // short: a socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := &office{dir: dir, port: freePort(t), status: make(chan devices.Status, 100)}
	socket := o.path("bus")
	o.write(t, "bus.conf", fmt.Sprintf(bus, socket), 0o600)
	o.write(t, "avahi.conf", avahi, 0o600)
	o.write(t, "prints", prints, 0o700)
	if err := os.Mkdir(o.path("spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	o.start(t, "dbus-daemon", "--config-file="+o.path("bus.conf"), "--nofork", "--nopidfile")
	o.until(t, "the message bus is there", func() bool { _, err := os.Stat(socket); return err == nil })
	o.start(t, avahiDaemon, "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", o.path("avahi.conf"))
	o.openPrinter(t)
	o.IPP, err = printer.NewIPP(printer.IPPOptions{
		URL: "ipp://localhost:" + o.port + "/ipp/print", Owner: "pue-0421", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); o.Run(ctx, func(s devices.Status) { o.status <- s }) }()
	t.Cleanup(func() { cancel(); <-done })
	return o
}

// openPrinter starts the printer, once avahi-daemon listens to it.
func (o *office) openPrinter(t *testing.T) {
	t.Helper()
	for began := time.Now(); ; {
		ended := o.start(t, ippevePrinter, "-p", o.port, "-n", "localhost", "-f", "application/pdf",
			"-d", o.path("spool"), "-k", "-K", o.path("spool"), "-r", "off", "-c", o.path("prints"), "PUE")
		for {
			if o.asked(t, "get-printer-attributes.test") == nil {
				return
			}
			if time.Since(began) > officePatience {
				t.Fatal("the printer does not answer")
			}
			select {
			case <-ended: // too early for avahi-daemon
			case <-time.After(100 * time.Millisecond):
				continue
			}
			break
		}
	}
}

// asked lets ipptool, which comes with the printer, ask it something.
func (o *office) asked(t *testing.T, test string) error {
	t.Helper()
	return exec.CommandContext(t.Context(), "ipptool", "-q", "-T", "5", "ipp://localhost:"+o.port+"/ipp/print", test).Run()
}

// start runs a program of the office until the test ends.
func (o *office) start(t *testing.T, name string, args ...string) <-chan struct{} {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = o.dir
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+o.path("bus"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); cmd.Wait() }()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	})
	return ended
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(o.path(name), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func (o *office) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(o.path(name)); err != nil {
		t.Fatal(err)
	}
}

func (o *office) has(name string) bool {
	_, err := os.Stat(o.path(name))
	return err == nil
}

// until waits for something to be so.
func (o *office) until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for began := time.Now(); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > officePatience {
			t.Fatalf("not so after %v: %s", officePatience, what)
		}
	}
}

// awaitStatus waits until the client says so of the printer.
func (o *office) awaitStatus(t *testing.T, state devices.State, reason string) {
	t.Helper()
	for late := time.After(officePatience); ; {
		select {
		case s := <-o.status:
			if s.State == state && s.Reason == reason {
				return
			}
		case <-late:
			t.Fatalf("the printer is %+v, and never %s %q", o.Status(), state, reason)
		}
	}
}

// spooled are the documents that the printer has kept.
func (o *office) spooled(t *testing.T) [][]byte {
	t.Helper()
	files, err := filepath.Glob(o.path("spool/*.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// waiting is how many jobs ipptool finds that have not ended.
func (o *office) waiting(t *testing.T) int {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ipptool", "-tv", "-T", "5", "ipp://localhost:"+o.port+"/ipp/print", "get-jobs.test").CombinedOutput()
	if err != nil {
		t.Fatalf("asking for jobs: %v\n%s", err, out)
	}
	return strings.Count(string(out), "job-id (integer)")
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
