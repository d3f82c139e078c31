package trust_test

import (
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard/trust"
)

func provision(t *testing.T, file string, c *x509.Certificate) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestThePathOfACardEndsBelowItsRoot(t *testing.T) {
	root := sign(t, authorityNamed("root"), authorityNamed("root"), rootKey().Public(), rootKey())
	between := sign(t, authorityNamed("between"), root, authorityKey().Public(), rootKey())
	impostor := sign(t, authorityNamed("between"), authorityNamed("other"), cardKey().Public(), cardKey())
	stranger := sign(t, authorityNamed("between"), authorityNamed("between"), oldKey().Public(), oldKey())
	holder := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}
	card := sign(t, holder, between, cardKey().Public(), authorityKey())

	dir := t.TempDir()
	provision(t, filepath.Join(dir, "root.pem"), root)
	provision(t, filepath.Join(dir, "intermediates", "a-impostor.pem"), impostor)
	provision(t, filepath.Join(dir, "intermediates", "b-between.pem"), between)
	anchors, err := trust.ReadAnchors(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		of   *x509.Certificate
		want []*x509.Certificate
	}{
		"two steps below":        {card, []*x509.Certificate{between}},
		"one step below":         {between, nil},
		"of nobody who is known": {sign(t, holder, stranger, cardKey().Public(), oldKey()), nil},
	} {
		if diff := cmp.Diff(c.want, anchors.Path(c.of), cmp.Comparer((*x509.Certificate).Equal)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := (*trust.Anchors)(nil).Path(card); got != nil {
		t.Errorf("without anchors: %d certificates", len(got))
	}
}

func TestAuthoritiesThatSignEachOtherAreNoPathWithoutEnd(t *testing.T) {
	a, b := authorityNamed("a"), authorityNamed("b")
	aByB := sign(t, a, b, authorityKey().Public(), rootKey())
	bByA := sign(t, b, a, rootKey().Public(), authorityKey())
	dir := t.TempDir()
	provision(t, filepath.Join(dir, "a.pem"), aByB)
	provision(t, filepath.Join(dir, "b.pem"), bByA)
	anchors, err := trust.ReadAnchors(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := anchors.Path(aByB); len(got) > 3 {
		t.Errorf("%d certificates", len(got))
	}
}
