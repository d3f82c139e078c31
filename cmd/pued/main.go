// Command pued is the daemon of a PUE terminal: it owns the card readers, the
// printer, the line and the queue, and serves the pages on a Unix socket. It
// runs without a display; pue-window shows what it serves.
//
//	pued --config /etc/pue/config.yaml
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"pue/devices/printer"
	"pue/devices/smartcard/pcsc"
	"pue/kiosk"
	"pue/kiosk/config"
	"pue/kiosk/control"
	"pue/kiosk/store"
	"pue/ui"
)

// Exit codes of sysexits(3). A supervisor does not restart after exitConfig:
// the same file would be wrong again.
const (
	exitUsage  = 64
	exitBusy   = 75
	exitConfig = 78
)

func main() {
	path := flag.String("config", "/etc/pue/config.yaml", "configuration file")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "pued: unexpected argument %q\n", flag.Arg(0))
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	if err := run(ctx, *path); err != nil {
		fmt.Fprintf(os.Stderr, "pued: %v\n", err)
		os.Exit(exitCode(err))
	}
}

func exitCode(err error) int {
	var invalid *config.InvalidError
	switch {
	case errors.As(err, &invalid):
		fmt.Fprintln(os.Stderr, "pued: hint: puectl config check FILE lists every problem")
		return exitConfig
	case errors.Is(err, store.ErrInUse):
		fmt.Fprintln(os.Stderr, "pued: hint: another pued serves this terminal; puectl status asks it")
		return exitBusy
	case errors.Is(err, kiosk.ErrNoAnchors):
		fmt.Fprintln(os.Stderr, "pued: hint: put the certificates of the authorities that issue cards there, in PEM form")
		return exitConfig
	}
	return 1
}

func run(ctx context.Context, path string) error {
	secret()
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	log := logger(c.Log.Level)
	k, err := kiosk.New(kiosk.Options{
		Config:      c,
		Readers:     pcsc.New(log.With("device", "reader")),
		OpenPrinter: printer.Opener(c.Printer.Device, c.Printer.Baud, printer.Flow(c.Printer.Flow), log),
		Log:         log, Version: version(),
	})
	if err != nil {
		return err
	}
	defer k.Close()
	return serve(ctx, c, k, log)
}

// serve runs the kiosk and its pages until one of them ends.
func serve(ctx context.Context, c *config.Config, k *kiosk.Kiosk, log *slog.Logger) error {
	pages, err := ui.New(k.Session(), k.Messages(), ui.Options{
		DiagonalInches: c.Screen.DiagonalInches, Width: c.Screen.Width, Height: c.Screen.Height, Log: log,
	})
	if err != nil {
		return fmt.Errorf("preparing the pages: %w", err)
	}
	users, err := control.Users(c.Sockets.UIUsers)
	if err != nil {
		return fmt.Errorf("sockets.ui_users: %w", err)
	}
	socket, err := control.Listen(c.Sockets.UI, users, log)
	if err != nil {
		return fmt.Errorf("page socket: %w", err)
	}
	ready := make(chan struct{})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return k.Run(ctx, func() { close(ready) }) })
	g.Go(func() error { return pages.Serve(ctx, socket) })
	g.Go(func() error { return attend(ctx, k, ready, log) })
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// attend tells systemd that the terminal is ready, then, for as long as it
// proves that it works, that it is alive (sd_notify(3)).
func attend(ctx context.Context, k *kiosk.Kiosk, ready <-chan struct{}, log *slog.Logger) error {
	select {
	case <-ctx.Done():
		return nil // a part failed before all were running
	case <-ready:
	}
	daemon.SdNotify(false, daemon.SdNotifyReady)
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval == 0 {
		return nil
	}
	for tick := time.Tick(interval / 3); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick:
		}
		if err := k.Alive(ctx); err != nil {
			log.Error("not alive", "err", err)
			continue
		}
		daemon.SdNotify(false, daemon.SdNotifyWatchdog)
	}
}

// secret keeps the PIN and the tokens of this process out of core dumps and
// away from other processes of the same user.
func secret() {
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	unix.Umask(0o077)
}

func logger(level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l}))
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
