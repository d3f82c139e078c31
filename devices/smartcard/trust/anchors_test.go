package trust_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
)

func write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// folder holds anchors, and intermediates in a folder inside, in their order.
func folder(t testing.TB, anchors, between []*x509.Certificate) string {
	t.Helper()
	dir := t.TempDir()
	for i, c := range anchors {
		write(t, dir, fmt.Sprintf("%02d.pem", i), asPEM(c))
	}
	for i, c := range between {
		write(t, filepath.Join(dir, "intermediates"), fmt.Sprintf("%02d.pem", i), asPEM(c))
	}
	return dir
}

func TestAnchorsAreReadFromEveryFileOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	one := asPEM(authority(t))
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
	if cards, documents := a.Len(); cards != 3 || documents != 0 {
		t.Errorf("read %d anchors of cards and %d of documents, want 3 and 0", cards, documents)
	}
	if got := a.Judge(card(t, nil), smartcard.CNS, now); got != smartcard.ChainOK {
		t.Errorf("chain is %s", got)
	}
}

func TestAnEmptyFolderBelievesNobody(t *testing.T) {
	a, err := trust.ReadAnchors(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]*trust.Anchors{"folder": a, "zero value": {}} {
		if got := set.Judge(card(t, nil), smartcard.CNS, now); got != smartcard.ChainUntrusted {
			t.Errorf("%s: chain is %s", name, got)
		}
	}
}

func TestEachBadAnchorIsNamed(t *testing.T) {
	dir := t.TempDir()
	good := authority(t)
	write(t, dir, "good.pem", asPEM(good))
	write(t, dir, "text.pem", []byte("hello"))
	write(t, dir, "empty.pem", nil)
	write(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}))
	write(t, dir, "broken.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Raw[:100]}))
	write(t, dir, "leaf.pem", asPEM(card(t, nil)))
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
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if _, err := trust.ReadAnchors(nowhere); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrNotExist)
	}
	if err := anchors(t, authority(t)).ReadDocumentAnchors(nowhere); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of documents: error is %v, want %v", err, fs.ErrNotExist)
	}
}

func TestEveryAuthorityIsListedWithItsRole(t *testing.T) {
	root, between, _ := below(t)
	a, err := trust.ReadAnchors(folder(t, []*x509.Certificate{root}, []*x509.Certificate{between}))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.ReadDocumentAnchors(folder(t, []*x509.Certificate{authority(t)}, nil)); err != nil {
		t.Fatal(err)
	}
	got := map[string]trust.Role{}
	for _, listed := range a.All() {
		got[listed.Certificate.Subject.CommonName] = listed.Role
	}
	want := map[string]trust.Role{"root": trust.ForCards, "between": trust.Between, "authority": trust.ForDocuments}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
