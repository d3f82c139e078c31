package kiosk

import (
	"testing"
	"time"

	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
)

// What a CIE signs must lead to its root by itself, years later and elsewhere.
func TestTheCertificatesAboveACIEComeWithItsHolder(t *testing.T) {
	folder, _, err := cardsim.Provision(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := trust.ReadAnchors(folder)
	if err != nil {
		t.Fatal(err)
	}
	for person, want := range map[string]int{"anna": 0, "carla": 1} {
		readers := cardsim.NewReaders("A")
		c, err := cardsim.Person(person)
		if err != nil {
			t.Fatal(err)
		}
		if err := readers.Insert("A", c); err != nil {
			t.Fatal(err)
		}
		card, err := (&cards{readers: readers, anchors: anchors}).Open(t.Context(), "A")
		if err != nil {
			t.Fatal(err)
		}
		if err := card.VerifyPIN([]byte("12345678")); err != nil {
			t.Fatal(err)
		}
		id, err := card.Identity(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if len(id.Issuers) != want {
			t.Errorf("%s: %d certificates between card and root, want %d", person, len(id.Issuers), want)
		}
		card.Close()
	}
}
