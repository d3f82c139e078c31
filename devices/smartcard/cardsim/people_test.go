package cardsim_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
)

// odd are the cards that have a holder and that no reader should take.
var odd = map[string]string{
	"anna-blocked":  "its PIN is blocked",
	"carla-blocked": "its PIN is blocked",
	"carla-copy":    "its keys are not those of its files",
	"carla-forged":  "its number is not the signed one",
	"sergio":        "it is no longer good",
	"tina":          "it is no longer good",
}

func TestEveryInventedPersonHasAValidCard(t *testing.T) {
	citizens, documents, err := cardsim.Provision(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := trust.ReadAnchors(citizens)
	if err != nil {
		t.Fatal(err)
	}
	if err := anchors.ReadDocumentAnchors(documents); err != nil {
		t.Fatal(err)
	}
	people := map[string]bool{}
	for _, name := range cardsim.People() {
		c := person(t, name)
		if c.Holder() == (cardsim.Holder{}) {
			continue
		}
		// A place that does not exist: nobody can have this code.
		if !strings.Contains(c.Holder().TaxCode, "Z999") {
			t.Errorf("%s could be a real person", name)
		}
		people[c.Holder().TaxCode] = true
		for _, year := range []int{2021, 2026, 2049} {
			now := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
			switch id, err := readWithPIN(t, c, anchors, now); {
			case odd[name] != "":
				if year >= 2026 && err == nil && id.Chain == smartcard.ChainOK {
					t.Errorf("%s in %d is good, though %s", name, year, odd[name])
				}
			case err != nil:
				t.Errorf("%s in %d: %v", name, year, err)
			case id.Chain != smartcard.ChainOK:
				t.Errorf("%s in %d: chain %s", name, year, id.Chain)
			case id.TaxCode.Reveal() != c.Holder().TaxCode || id.Surname.Reveal() != c.Holder().Surname || id.GivenName.Reveal() != c.Holder().GivenName:
				t.Errorf("%s is read as another person than %v", name, c.Holder())
			}
		}
	}
	if len(people) != 10 {
		t.Errorf("%d tax codes for 10 people", len(people))
	}
}

// readWithPIN reads who a card says its holder is, as a visit does.
func readWithPIN(t *testing.T, c *cardsim.Card, judge smartcard.Judge, now time.Time) (id smartcard.Identity, err error) {
	t.Helper()
	readers := cardsim.NewReaders("a")
	if err := readers.Insert("a", c); err != nil {
		t.Fatal(err)
	}
	card, err := smartcard.Open(connect(t, readers), judge)
	if err != nil {
		return id, err
	}
	_, err = card.Identity(now)
	if err != nil {
		return id, err
	}
	if err := card.VerifyPIN([]byte("12345678")); err != nil {
		return id, err
	}
	id, err = card.Identity(now)
	return id, errors.Join(err, card.Close())
}

func TestEveryCardCanBeHadAndIsDocumented(t *testing.T) {
	source, err := os.ReadFile("people.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range cardsim.People() {
		if _, err := cardsim.Person(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Contains(source, []byte("\n//\t"+name+" ")) {
			t.Errorf("%s is not in the comment of Person", name)
		}
	}
}

func TestTheGeneratorWritesTheCommittedPeople(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("people")); err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("people/anna.json")
	if err != nil {
		t.Fatal(err)
	}
	// Only the key is kept; the rest must come back.
	damaged := bytes.Replace(committed, []byte("1100/1102"), []byte("1100/1105"), 1)
	if err := os.WriteFile(filepath.Join(dir, "anna.json"), damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "run", "people/generate.go", "people/identity.go", "people/sod.go", "-dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names := []string{"anchor.pem", "documents.pem"}
	for _, person := range cardsim.People() {
		names = append(names, person+".json")
	}
	for _, name := range names {
		want, err := os.ReadFile(filepath.Join("people", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s comes out differently: run go generate", name)
		}
	}
}

func TestTheAnchorIsInventedInEveryWord(t *testing.T) {
	block, _ := pem.Decode(cardsim.Anchor())
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(cert.Subject.CommonName, "nessun valore") {
		t.Errorf("the authority is called %q", cert.Subject.CommonName)
	}
}
