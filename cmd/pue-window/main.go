// Command pue-window shows the terminal's pages on its screen, in a window
// that does nothing else. It fetches them from the daemon's Unix socket through
// a gate of its own, so that no other program on the machine can look.
//
// It holds nothing worth keeping: ending it at any moment is safe.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"pue/ui/gate"
	"pue/ui/window"
)

// Exit codes of sysexits.h.
const (
	exitUsage       = 64
	exitUnavailable = 69
	exitSoftware    = 70
)

func main() {
	secret()
	os.Exit(run(os.Args[1:], os.Stderr))
}

// secret keeps the digits of a PIN, which pass through here on their way to the
// daemon, out of core dumps and away from other processes of the same user.
func secret() {
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("pue-window", flag.ContinueOnError)
	flags.SetOutput(stderr)
	socket := flags.String("socket", "/run/pue/ui.sock", "Unix socket on which pued serves the pages")
	size := flags.String("size", "", "size of the window in pixels, `WIDTHxHEIGHT`; the whole screen when empty")
	camera := flags.Bool("camera", false, "let the page see through the camera (screen.camera in the daemon's configuration)")
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	width, height, err := dimensions(*size)
	if err != nil || flags.NArg() > 0 {
		fmt.Fprintf(stderr, "pue-window: want --size like 1280x1024 and no other words: %q\n", args)
		return exitUsage
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(stderr, nil))
	err = show(ctx, *socket, window.Options{Width: width, Height: height, Camera: *camera, Log: log})
	switch {
	case errors.Is(err, window.ErrNoDisplay):
		fmt.Fprintf(stderr, "pue-window: %v\nhint: start it inside the graphical session, or set DISPLAY or WAYLAND_DISPLAY\n", err)
		return exitUnavailable
	case err != nil:
		fmt.Fprintf(stderr, "pue-window: %v\n", err)
		return exitSoftware
	}
	return 0
}

// show opens the gate and puts what is behind it on the screen.
func show(ctx context.Context, socket string, o window.Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	urls := make(chan string, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- gate.Run(ctx, gate.Options{Socket: socket, Ready: func(url string) { urls <- url }, Log: o.Log})
		stop() // without its gate the window has nothing to show
	}()
	select {
	case err := <-ended:
		return err
	case o.URL = <-urls:
		shown := window.Show(ctx, o)
		stop()
		return errors.Join(shown, <-ended)
	}
}

// dimensions reads "1280x1024"; nothing at all is the whole screen.
func dimensions(size string) (width, height int, err error) {
	if size == "" {
		return 0, 0, nil
	}
	var rest string
	n, _ := fmt.Sscanf(size, "%dx%d%s", &width, &height, &rest)
	if n != 2 || width < 1 || height < 1 {
		return 0, 0, fmt.Errorf("reading the size %q", size)
	}
	return width, height, nil
}
