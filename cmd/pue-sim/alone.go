package main

import (
	"context"
	"crypto/x509"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"pue/devices/smartcard/cardsim"
	"pue/kiosk/upstream/upstreamsim"
	"pue/ui/gate"
)

func runINPS(ctx context.Context, args []string, log *slog.Logger) error {
	return runAuthority(ctx, "inps", args, log)
}

func runComune(ctx context.Context, args []string, log *slog.Logger) error {
	return runAuthority(ctx, "comune", args, log)
}

// runAuthority is the reference side of one destination.
func runAuthority(ctx context.Context, destination string, args []string, log *slog.Logger) error {
	if len(args) > 0 && args[0] == "import" {
		return runImport(ctx, args[1:], log)
	}
	f := flag.NewFlagSet(destination, flag.ContinueOnError)
	listen := f.String("listen", "127.0.0.1:0", "address, loopback only")
	dir := f.String("dir", "", "keys, for this side and for the terminal")
	terminal := f.String("terminal", terminalID, "whom the device certificate names")
	control := f.String("control", "", "control socket")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if *dir == "" {
		return errUsage
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	s, err := authority(destination, *dir, *terminal, log)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Printf("https://%s\n", l.Addr())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Serve(ctx, l) })
	g.Go(func() error { return serveKnobs(ctx, *control, inpsKnobs(s)) })
	return g.Wait()
}

// authority opens the reference side of a destination with its keys and its ledger
// in dir.
func authority(destination, dir, terminal string, log *slog.Logger) (*upstreamsim.Server, error) {
	if err := upstreamsim.Provision(dir, terminal, "127.0.0.1", "localhost"); err != nil {
		return nil, err
	}
	names, err := citizens()
	if err != nil {
		return nil, err
	}
	anchors := x509.NewCertPool()
	anchors.AppendCertsFromPEM(cardsim.Anchor())
	return upstreamsim.New(upstreamsim.Options{
		Destination: destination, Dir: dir, Anchors: anchors, Ledger: filepath.Join(dir, "ledger"), Names: names, Log: log,
	})
}

func runGate(ctx context.Context, args []string, log *slog.Logger) error {
	f := flag.NewFlagSet("gate", flag.ContinueOnError)
	socket := f.String("socket", "/run/pue/ui.sock", "the daemon's page socket")
	listen := f.String("listen", "", "loopback address")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	return gate.Run(ctx, gate.Options{Socket: *socket, Listen: *listen, Log: log, Ready: func(url string) { fmt.Println(url) }})
}
