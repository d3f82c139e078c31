package smartcard_test

import (
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
)

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnchorsAreReadFromEveryFileOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	one := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority(t).Raw})
	write(t, dir, "one.pem", one)
	write(t, dir, "two.pem", append(append([]byte("a comment\n"), one...), one...))
	write(t, dir, ".hidden", []byte("not an anchor"))
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	a, err := trust.ReadAnchors(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a.Len() != 3 {
		t.Errorf("read %d anchors, want 3", a.Len())
	}
	if got := verdict(t, nil, a); got != smartcard.ChainOK {
		t.Errorf("chain is %s", got)
	}
}

func TestAnEmptyFolderBelievesNobody(t *testing.T) {
	a, err := trust.ReadAnchors(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]*trust.Anchors{"folder": a, "zero value": {}} {
		if got := verdict(t, nil, set); got != smartcard.ChainUntrusted {
			t.Errorf("%s: chain is %s", name, got)
		}
	}
}

func TestEachBadAnchorIsNamed(t *testing.T) {
	dir := t.TempDir()
	good := authority(t)
	write(t, dir, "good.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Raw}))
	write(t, dir, "text.pem", []byte("hello"))
	write(t, dir, "empty.pem", nil)
	write(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}))
	write(t, dir, "broken.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Raw[:100]}))
	write(t, dir, "leaf.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sign(t, leaf(), good, cardKey().Public()).Raw}))
	_, err := trust.ReadAnchors(dir)
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"text.pem", "empty.pem", "key.pem", "broken.pem", "leaf.pem"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error does not name %s: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "good.pem") {
		t.Errorf("error names the good file: %v", err)
	}
}

func TestAMissingFolderIsAnError(t *testing.T) {
	_, err := trust.ReadAnchors(filepath.Join(t.TempDir(), "nowhere"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrNotExist)
	}
}
