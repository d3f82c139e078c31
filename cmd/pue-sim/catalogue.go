package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/config"
	"pue/kiosk/upstream/upstreamsim"
)

// runCatalogue signs a folder of services as the office of INPS would, and hands
// out only what a terminal takes.
func runCatalogue(_ context.Context, args []string, log *slog.Logger) error {
	if len(args) == 0 || args[0] != "pack" {
		return errUsage
	}
	f := flag.NewFlagSet("catalogue pack", flag.ContinueOnError)
	key := f.String("key", "", "the key that signs (PEM)")
	certificate := f.String("certificate", "", "its certificate, which terminals have (PEM)")
	out := f.String("out", "", "where the bundle goes; the standard output without it")
	words, err := parse(f, args[1:], 1)
	if err != nil {
		return err
	}
	if len(words) != 1 || *key == "" || *certificate == "" {
		return errUsage
	}
	bundle, err := packCatalogue(words[0], *key, *certificate)
	if err != nil {
		return fmt.Errorf("packing the catalogue: %w", err)
	}
	if *out == "" {
		_, err := os.Stdout.Write(bundle) // no line end: it is no part of a JWS
		return err
	}
	if err := os.WriteFile(*out, bundle, 0o644); err != nil {
		return err
	}
	log.Info("bundle written", "file", *out, "bytes", len(bundle))
	return nil
}

func packCatalogue(dir, keyFile, certificateFile string) ([]byte, error) {
	key, err := upstreamsim.ReadCatalogueKey(keyFile)
	if err != nil {
		return nil, err
	}
	signer, err := config.ReadCertificate(certificateFile)
	if err != nil {
		return nil, err
	}
	services := os.DirFS(dir)
	if _, flaws := catalog.CheckFolder(services); len(flaws) > 0 {
		var lines []string
		for _, flaw := range flaws {
			lines = append(lines, flaw.String())
		}
		return nil, errors.New(strings.Join(lines, "\n"))
	}
	bundle, err := upstreamsim.PackCatalogue(services, key, time.Now())
	if err != nil {
		return nil, err
	}
	if _, err := catalog.OpenBundle(bundle, signer); err != nil {
		return nil, fmt.Errorf("opening what was signed: %w", err)
	}
	return bundle, nil
}
