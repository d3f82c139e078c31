package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"

	"pue/kiosk/upstream/upstreamsim"
)

// bundleLargest is more than a full queue has, bytes.
const bundleLargest = 2 << 30

// runImport carries a bundle to a running INPS side and brings the confirmations
// back, as a person with a USB stick would.
func runImport(ctx context.Context, args []string, _ *slog.Logger) error {
	f := flag.NewFlagSet("inps import", flag.ContinueOnError)
	control := f.String("control", "", "control socket of the INPS side")
	bundle := f.String("bundle", "", "the bundle")
	confirmations := f.String("confirmations", "", "file to write")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if *control == "" || *bundle == "" || *confirmations == "" {
		return errUsage
	}
	text, err := handIn(ctx, *control, *bundle)
	if err != nil {
		return fmt.Errorf("handing in the bundle: %w", err)
	}
	if err := os.WriteFile(*confirmations, text, 0o600); err != nil {
		return err
	}
	fmt.Printf("%d confirmations\n", bytes.Count(text, []byte("\n")))
	return nil
}

func handIn(ctx context.Context, control, bundle string) ([]byte, error) {
	file, err := os.Open(bundle)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://simulator/bundle", file)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/zip")
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", control)
	}}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(string(bytes.TrimSpace(text)))
	}
	return text, nil
}

// receiveBundle is the knob behind it: a bundle in, confirmations out.
func receiveBundle(s *upstreamsim.Server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := imported(s, http.MaxBytesReader(w, r.Body, bundleLargest))
		if err != nil {
			done(w, err)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(text)
	}
}

// imported keeps the bundle in a file while it is read: it may be large, and a
// ZIP file is read from its end.
func imported(s *upstreamsim.Server, body io.Reader) ([]byte, error) {
	file, err := os.CreateTemp("", "pue-bundle-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	size, err := io.Copy(file, body)
	if err != nil {
		return nil, fmt.Errorf("reading the bundle: %w", err)
	}
	return s.Import(file, size)
}
