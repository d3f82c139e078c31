package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pue/kiosk/catalog"
	"pue/kiosk/config"
	"pue/kiosk/upstream/upstreamsim"
)

func TestAFolderOfServicesIsPackedAsATerminalTakesIt(t *testing.T) {
	keys := t.TempDir()
	if err := upstreamsim.Provision(keys, "PUE-0421", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	key, certificate := filepath.Join(keys, "inps", "catalogue-key.pem"), filepath.Join(keys, "catalogue.pem")
	out := filepath.Join(t.TempDir(), "bundle.jws")
	args := []string{"pack", filepath.Join("..", "..", "kiosk", "catalog", "services"), "--key", key, "--certificate", certificate, "--out", out}
	if err := runCatalogue(t.Context(), args, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	bundle, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := config.ReadCertificate(certificate)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := catalog.OpenBundle(bundle, signer)
	if err != nil {
		t.Fatal(err)
	}
	builtIn, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(packed.Catalog.Services()), len(builtIn.Services()); got != want || packed.Catalog.Version() != builtIn.Version() {
		t.Errorf("%d services of version %d, want %d of %d", got, packed.Catalog.Version(), want, builtIn.Version())
	}
	args[5] = filepath.Join(keys, "confirmation.pem")
	if err := runCatalogue(t.Context(), args, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "not signed by") {
		t.Errorf("with the certificate of another key: %v", err)
	}
}

func TestAFolderThatNoTerminalTakesIsNotPacked(t *testing.T) {
	keys, dir := t.TempDir(), t.TempDir()
	if err := upstreamsim.Provision(keys, "PUE-0421", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]string{"catalog.yaml": "{version: 2, services: [prova]}", "prova.yaml": "id: prova\nversion: 1\nclass: gift\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := packCatalogue(dir, filepath.Join(keys, "inps", "catalogue-key.pem"), filepath.Join(keys, "catalogue.pem"))
	if err == nil || !strings.Contains(err.Error(), `prova.yaml:3: the class "gift" does not exist`) {
		t.Errorf("got %v", err)
	}
}
