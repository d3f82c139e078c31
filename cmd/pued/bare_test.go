package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pue/devices/smartcard/cardsim"
)

// patience bounds every wait; nothing is asserted about how long one took.
const patience = 2 * time.Minute

// programs is the folder of what build has made, empty before.
var programs string

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(programs)
	os.Exit(code)
}

// build makes the programs once, as they are shipped.
func build(t *testing.T) string {
	t.Helper()
	if programs != "" {
		return programs
	}
	dir, err := os.MkdirTemp("", "pued")
	if err != nil {
		t.Fatal(err)
	}
	programs = dir
	out, err := exec.Command("go", "build", "-o", dir+"/", "pue/cmd/pued", "pue/cmd/puectl", "pue/cmd/pue-sim").CombinedOutput()
	if err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return dir
}

// program is a running process whose words can be waited for.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
	said  []string
}

func launch(t *testing.T, name string, env []string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(name, args...), lines: make(chan string, 1000)}
	p.cmd.Env = append(os.Environ(), env...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go func() {
		defer close(p.lines)
		defer r.Close()
		for s := bufio.NewScanner(r); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	return p
}

// says waits for a line that holds all words.
func (p *program) says(words ...string) string {
	p.t.Helper()
	late := time.After(patience)
next:
	for {
		select {
		case line, open := <-p.lines:
			if !open {
				p.t.Fatalf("%s ended without saying %q, but:\n%s", p.cmd.Path, words, strings.Join(p.said, "\n"))
			}
			p.said = append(p.said, line)
			for _, w := range words {
				if !strings.Contains(line, w) {
					continue next
				}
			}
			return line
		case <-late:
			p.t.Fatalf("%s did not say %q, but:\n%s", p.cmd.Path, words, strings.Join(p.said, "\n"))
		}
	}
}

func (p *program) stop(sig os.Signal) error {
	p.cmd.Process.Signal(sig)
	return p.cmd.Wait()
}

// reserve returns an address at which nobody answers, and which nobody is given who
// asks for any: a socket is bound to it and does not listen. Whoever asks for this one
// may listen there all the same (socket(7), SO_REUSEADDR).
func reserve(t *testing.T) string {
	t.Helper()
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(s) })
	if err := unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(s, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(s)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", bound.(*unix.SockaddrInet4).Port)
}

// status is what puectl says of the terminal.
type status struct {
	Screen                string
	Reader, Printer, Line struct{ State string }
}

func TestATerminalWithNothingAttachedRunsSaysSoAndTakesUpWhatAppears(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	ask := func() (s status) {
		t.Helper()
		out, err := exec.Command(filepath.Join(bin, "puectl"), "status", "--json", "--socket", filepath.Join(dir, "control.sock")).Output()
		if err != nil {
			t.Fatalf("puectl status: %v", err)
		}
		if err := json.Unmarshal(out, &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	// The INPS side runs once to hand out keys, and goes away again.
	inps := launch(t, filepath.Join(bin, "pue-sim"), nil, "inps", "--dir", filepath.Join(dir, "keys"))
	inps.says("https://")
	inps.stop(syscall.SIGTERM)
	addr := reserve(t)
	config := writeConfig(t, dir, "https://"+addr)

	env := []string{"PCSCLITE_CSOCK_NAME=" + filepath.Join(dir, "no-pcscd")}
	pued := launch(t, filepath.Join(bin, "pued"), env, "--config", config)
	pued.says("terminal started")
	pued.says("line changed", "state=absent")
	s := ask()
	if s.Screen != "welcome" || s.Reader.State != "absent" || s.Printer.State != "absent" || s.Line.State != "absent" {
		t.Errorf("with nothing attached the terminal says %+v", s)
	}

	second, err := exec.Command(filepath.Join(bin, "pued"), "--config", config).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitBusy || !bytes.Contains(second, []byte("another")) {
		t.Errorf("a second daemon: %v\n%s", err, second)
	}

	launch(t, filepath.Join(bin, "pue-sim"), nil, "printer", "--link", filepath.Join(dir, "printer"))
	pued.says("printer changed", "state=ready")
	launch(t, filepath.Join(bin, "pue-sim"), nil, "inps", "--dir", filepath.Join(dir, "keys"), "--listen", addr).says("https://")
	pued.says("line changed", "state=ready")
	if s := ask(); s.Printer.State != "ready" || s.Line.State != "ready" {
		t.Errorf("with a printer and a line the terminal says %+v", s)
	}
	if err := pued.stop(syscall.SIGTERM); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestATerminalThatBelievesNoCardDoesNotStart(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	inps := launch(t, filepath.Join(bin, "pue-sim"), nil, "inps", "--dir", filepath.Join(dir, "keys"))
	config := writeConfig(t, dir, inps.says("https://"))
	if err := os.Remove(filepath.Join(dir, "anchors", "simulated.pem")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "pued"), "--config", config).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitConfig || !bytes.Contains(out, []byte("cards.anchors")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestADaemonWhosePartsDoNotStartEnds(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	inps := launch(t, filepath.Join(bin, "pue-sim"), nil, "inps", "--dir", filepath.Join(dir, "keys"))
	url := inps.says("https://")
	inps.stop(syscall.SIGTERM)
	path := writeConfig(t, dir, url)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte(dir+"/control.sock"), []byte(dir+"/no-such-folder/control.sock"))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "pued"), "--config", path).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !bytes.Contains(out, []byte("control socket")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAWrongConfigurationIsExplainedAndNotRetried(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte("version: 1\nprinter: {baudd: 9600}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "pued"), "--config", path).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitConfig || !bytes.Contains(out, []byte("config.yaml:2:11: printer.baudd")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func writeConfig(t *testing.T, dir, url string) string {
	t.Helper()
	if _, _, err := cardsim.Provision(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.yaml")
	text := strings.NewReplacer("{dir}", dir, "{url}", url).Replace(`version: 1
terminal: {id: "PUE-0421", municipality: Borgo Esempio, istat: "099999"}
privacy: {controller: INPS, processor: Comune, contact: privacy@comune.example, notice_version: "1"}
cards: {anchors: "{dir}/anchors"}
printer: {device: "{dir}/printer", profile: epson, baud: 38400, flow: none}
inps:
  url: "{url}"
  ca: "{dir}/keys/ca.pem"
  certificate: "{dir}/keys/terminal.pem"
  key: "{dir}/keys/terminal-key.pem"
  sealing_keys: [{file: "{dir}/keys/sealing-1.pem", from: "2020-01-01", until: "2099-12-31"}]
  confirmation: "{dir}/keys/confirmation.pem"
data: {directory: "{dir}/data"}
sockets: {ui: "{dir}/ui.sock", control: "{dir}/control.sock", ui_users: [root], control_users: [root]}
`)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
