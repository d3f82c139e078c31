// Package stack runs a whole terminal on one machine: the true daemon and its
// window, the true pcscd with a virtual reader, a printer on a pseudo terminal,
// and the reference INPS side over TLS on loopback.
//
// Everything it starts it ends, by pid and in order, and everything it writes is
// in one temporary folder. A second stack beside the first does not disturb it.
// Should this process be killed, the kernel kills what it started.
package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options say what to run and how.
type Options struct {
	Bin  string // folder with pued, puectl, pue-window and pue-sim
	Tree string // the source tree, for config.example.yaml
	// Width and Height are the screen's size in pixels.
	Width, Height int
	// PaperSpeed is that of the printer in mm/s; 0 does not wait.
	PaperSpeed float64
	// Office: there is an A4 printer, made by others.
	Office bool
	// Progress hears what is being started.
	Progress func(what string)
}

// Stack is a running terminal.
type Stack struct {
	o         Options
	dir       string
	inpsURL   string
	comuneURL string
	office    *Office
	pcscd     *Process
	pued      *Process
	running   []*Process // in the order of their start
}

// Start runs everything that a terminal has apart from its window. What was
// started is ended again when something does not start.
func Start(ctx context.Context, o Options) (*Stack, error) {
	dir, err := os.MkdirTemp("", "pue-")
	if err != nil {
		return nil, err
	}
	s := &Stack{o: o, dir: dir}
	if s.o.Progress == nil {
		s.o.Progress = func(string) {}
	}
	for _, step := range []struct {
		what  string
		start func(context.Context) error
	}{
		{"the reference INPS side (TLS, loopback)", s.startINPS},
		{"the municipality's side", s.startComune},
		{"a receipt printer on a pseudo terminal", s.startPrinter},
		{"an A4 printer of others, if there is to be one", s.startOffice},
		{"pcscd with a virtual reader, in a network of its own", s.startReaders},
		{"a slot for simulated cards", s.startCards},
		{"the configuration, from config.example.yaml", s.writeConfig},
		{"the daemon", s.StartDaemon},
	} {
		s.o.Progress(step.what)
		if err := step.start(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("starting %s: %w", step.what, err), s.Close())
		}
	}
	return s, nil
}

func (s *Stack) path(parts ...string) string { return filepath.Join(s.dir, filepath.Join(parts...)) }
func (s *Stack) bin(name string) string      { return filepath.Join(s.o.Bin, name) }
func (s *Stack) knobs(name string) string    { return s.path(name + ".knobs") }

// launch starts a process that Close will end.
func (s *Stack) launch(name string, env []string, argv ...string) (*Process, error) {
	if err := os.MkdirAll(s.path("logs"), 0o700); err != nil {
		return nil, err
	}
	p, err := Launch(name, s.path("logs", name+".log"), env, argv...)
	if err == nil {
		s.running = append(s.running, p)
	}
	return p, err
}

// exists waits until a process has made a file, a socket or a link.
func (s *Stack) exists(ctx context.Context, by *Process, path string) error {
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		if _, err := os.Stat(path); err == nil {
			tick.Stop()
			return nil
		}
		select {
		case <-tick.C:
		case <-by.Ended():
			return fmt.Errorf("%s ended before it made %s; last words: %s", by.Name, filepath.Base(path), by.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", filepath.Base(path), context.Cause(ctx))
		}
	}
}

func (s *Stack) startINPS(ctx context.Context) error {
	p, err := s.launch("inps", nil, s.bin("pue-sim"), "inps", "--listen", "127.0.0.1:0", "--dir", s.path("keys"),
		"--terminal", Terminal, "--control", s.knobs("inps"))
	if err != nil {
		return err
	}
	if s.inpsURL, err = p.Says(ctx, "https://"); err != nil {
		return err
	}
	return s.exists(ctx, p, s.knobs("inps"))
}

func (s *Stack) startComune(ctx context.Context) error {
	p, err := s.launch("comune", nil, s.bin("pue-sim"), "comune", "--listen", "127.0.0.1:0", "--dir", s.path("keys-comune"),
		"--terminal", Terminal, "--control", s.knobs("comune"))
	if err != nil {
		return err
	}
	if s.comuneURL, err = p.Says(ctx, "https://"); err != nil {
		return err
	}
	return s.exists(ctx, p, s.knobs("comune"))
}

func (s *Stack) startPrinter(ctx context.Context) error {
	p, err := s.launch("printer", nil, s.bin("pue-sim"), "printer", "--link", s.path("printer"), "--profile", "epson",
		"--speed", fmt.Sprint(s.o.PaperSpeed), "--control", s.knobs("printer"))
	if err != nil {
		return err
	}
	if err := s.exists(ctx, p, s.path("printer")); err != nil {
		return err
	}
	return s.exists(ctx, p, s.knobs("printer"))
}

func (s *Stack) startCards(ctx context.Context) error {
	argv := s.besideReader(s.bin("pue-sim"), "card", "cns", "--control", s.knobs("card"), "--vpcd", fmt.Sprintf("127.0.0.1:%d", vpcdPort))
	p, err := s.launch("card", nil, argv...)
	if err != nil {
		return err
	}
	return s.exists(ctx, p, s.knobs("card"))
}

// StartDaemon starts pued and returns when it serves.
func (s *Stack) StartDaemon(ctx context.Context) error {
	var err error
	s.pued, err = s.launch("pued", []string{"PCSCLITE_CSOCK_NAME=" + s.readerSocket()}, s.bin("pued"), "--config", s.path("config.yaml"))
	if err != nil {
		return err
	}
	_, err = s.pued.Says(ctx, "terminal started")
	return err
}

// StopDaemon asks pued to end, and waits until it has.
func (s *Stack) StopDaemon() error { return s.pued.End() }

// KillDaemon is kill -9 to pued.
func (s *Stack) KillDaemon() error { return s.pued.Kill() }

// Gate opens a way to the pages for one browser and returns its address, which
// works once.
func (s *Stack) Gate(ctx context.Context) (string, error) {
	p, err := s.launch("gate", nil, s.bin("pue-sim"), "gate", "--socket", s.path("ui.sock"))
	if err != nil {
		return "", err
	}
	return p.Says(ctx, "http://")
}

// Dock serves the page with which people move cards, paper and the line.
func (s *Stack) Dock(ctx context.Context) (string, error) {
	p, err := s.launch("dock", nil, s.bin("pue-sim"), "dock", "--card", s.knobs("card"), "--printer", s.knobs("printer"),
		"--inps", s.knobs("inps"), "--comune", s.knobs("comune"), "--pued", s.path("control.sock"))
	if err != nil {
		return "", err
	}
	return p.Says(ctx, "http://")
}

// Window shows the pages on a display in the true window. Without a size it
// fills the screen.
func (s *Stack) Window(size string, env ...string) (*Process, error) {
	argv := []string{s.bin("pue-window"), "--socket", s.path("ui.sock")}
	if size != "" {
		argv = append(argv, "--size", size)
	}
	return s.launch("window", append(env, "NO_AT_BRIDGE=1"), argv...)
}

// ProductFiles are all files in which the terminal's own programs leave
// something: their logs and the daemon's data.
func (s *Stack) ProductFiles() ([]string, error) {
	var files []string
	for _, name := range []string{"pued", "window", "gate"} {
		files = append(files, s.path("logs", name+".log"))
	}
	err := filepath.WalkDir(s.path("data"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	files = slices.DeleteFunc(files, func(f string) bool { _, err := os.Stat(f); return err != nil })
	return files, err
}

// Logs is the folder with what every process said.
func (s *Stack) Logs() string { return s.path("logs") }

// Journal copies what the daemon keeps on disk, as it stands, and returns the copy.
func (s *Stack) Journal(into string) (string, error) {
	data, err := os.ReadFile(s.path("data", "pue.db"))
	if err != nil {
		return "", err
	}
	file := filepath.Join(into, "data", "pue.db")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, data, 0o600)
}

// Close ends everything, the youngest first, and removes the folder.
func (s *Stack) Close() error {
	var errs []error
	for _, p := range slices.Backward(s.running) {
		if err := p.End(); err != nil {
			errs = append(errs, err)
		}
	}
	s.running = nil
	if strings.HasPrefix(filepath.Base(s.dir), "pue-") {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}
