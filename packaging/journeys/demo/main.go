// Command demo runs the whole terminal on this machine: for people, who move
// cards, paper and the line on a dock page; or, with --once, by itself, walking
// the journeys and saying of every step whether it held.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"pue/packaging/journeys/browser"
	"pue/packaging/journeys/play"
	"pue/packaging/journeys/stack"
)

// The screen of the demo, in pixels: a common touch screen of public terminals.
const width, height = 1280, 1024

// paperSpeed is that of a common receipt printer, in mm/s: slow enough to see.
const paperSpeed = 150

// startMost bounds the start of everything; it takes about two seconds.
const startMost = 2 * time.Minute

func main() {
	bin := flag.String("bin", "bin", "folder with the built programs")
	tree := flag.String("tree", ".", "the source tree")
	once := flag.Bool("once", false, "walk the journeys without people; one JSON object per step; exit 0 only if all hold")
	shots := flag.String("shots", "", "with --once, keep pictures of pages, window and receipts in this `folder`")
	flag.Parse()
	if flag.NArg() > 0 || *shots != "" && !*once {
		fmt.Fprintln(os.Stderr, "demo: usage: packaging/demo [--once [--shots DIR]]")
		os.Exit(64)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	o := stack.Options{Bin: *bin, Tree: *tree, Width: width, Height: height, PaperSpeed: paperSpeed}
	o.Progress = func(what string) { fmt.Fprintf(os.Stderr, "demo: starting %s\n", what) }
	var err error
	if *once {
		o.PaperSpeed = 0
		err = walk(ctx, o, *shots)
	} else {
		err = show(ctx, o)
	}
	if err != nil && !(errors.Is(err, context.Canceled) && ctx.Err() != nil && !*once) {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
		os.Exit(1)
	}
}

// start runs the stack, for at most a while.
func start(ctx context.Context, o stack.Options) (*stack.Stack, error) {
	ctx, cancel := context.WithTimeout(ctx, startMost)
	defer cancel()
	return stack.Start(ctx, o)
}

// walk plays the journeys.
func walk(ctx context.Context, o stack.Options, shots string) (err error) {
	report, err := play.NewReport(os.Stdout, shots)
	if err != nil {
		return err
	}
	s, err := start(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		if logs := filepath.Join(shots, "logs"); err != nil && shots != "" {
			err = errors.Join(err, os.RemoveAll(logs), os.CopyFS(logs, os.DirFS(s.Logs())))
		}
		err = errors.Join(err, s.Close())
	}()
	display, err := s.Display(ctx)
	if err != nil {
		return err
	}
	if _, err := s.Window("", "DISPLAY="+display, "WAYLAND_DISPLAY=", "GDK_BACKEND=x11", "LIBGL_ALWAYS_SOFTWARE=1"); err != nil {
		return err
	}
	door, err := s.Gate(ctx)
	if err != nil {
		return err
	}
	page, err := browser.Open(ctx, door, width, height)
	if err != nil {
		return err
	}
	defer page.Close()
	world := play.World{Stack: s, Page: page, Display: display, Report: report}
	for _, journey := range []func(context.Context, play.World) error{play.Statement, play.Application, play.Technician} {
		if err := journey(ctx, world); err != nil {
			return err
		}
	}
	if !report.Held() {
		return errors.New("not every step held")
	}
	return nil
}

// show runs the terminal for people until they have seen enough.
func show(ctx context.Context, o stack.Options) (err error) {
	s, err := start(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		fmt.Fprintln(os.Stderr, "\ndemo: stopping everything")
		err = errors.Join(err, s.Close())
	}()
	dock, err := s.Dock(ctx)
	if err != nil {
		return err
	}
	kiosk, err := open(ctx, s)
	if err != nil {
		return err
	}
	fmt.Printf(`
The terminal runs (logs: %s). What to do next:
  1. Look at the terminal: %s
  2. Open the dock and put a card in: %s
  3. Type the PIN of every simulated card: 12345678
  4. Try: the contribution statement; NASpI with the line cut; paper out; the card of olga, the officer.
  5. Ctrl-C stops everything and leaves nothing behind.
`, s.Logs(), kiosk, dock)
	<-ctx.Done()
	return nil
}

// open shows the pages in the true window where there is a display, and says
// where else they can be seen.
func open(ctx context.Context, s *stack.Stack) (where string, err error) {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		door, err := s.Gate(ctx)
		return door + " (this address works once; there is no display for a window)", err
	}
	_, err = s.Window(fmt.Sprintf("%dx%d", width, height))
	return "it is the window that opened", err
}
