package upstream_test

import (
	"crypto/x509"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/upstream/upstreamsim"
)

// The same road as in a town hall: a CNS in a reader, APDUs, PIN, signature.
func TestACitizenWithASimulatedCNSLogsInAndFiles(t *testing.T) {
	dir := t.TempDir()
	if err := upstreamsim.Provision(dir, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	anchors := x509.NewCertPool()
	if !anchors.AppendCertsFromPEM(cardsim.Anchor()) {
		t.Fatal("no anchor of the simulated cards")
	}
	sim, err := upstreamsim.New(upstreamsim.Options{Dir: dir, Anchors: anchors})
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, dir, serve(t, sim))

	citizen := openCard(t, "anna")
	id, err := citizen.Identity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	token, err := client.LogIn(t.Context(), id, citizen, "F-03")
	if err != nil {
		t.Fatal(err)
	}
	st, err := client.Statement(t.Context(), token, "")
	if err != nil {
		t.Fatal(err)
	}
	if years := st.Years(); len(years) < 30 {
		t.Errorf("a career of %d years", len(years))
	}
	rec := record(card{Identity: id}, 1)
	p, err := client.Pack(rec, id, citizen)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if filed := sim.Filed(); len(filed) != 1 || filed[0].Subject != id.TaxCode.Reveal() {
		t.Errorf("filed %+v", filed)
	}
}

func openCard(t *testing.T, person string) smartcard.Card {
	t.Helper()
	soft, err := cardsim.Person(person)
	if err != nil {
		t.Fatal(err)
	}
	readers := cardsim.NewReaders("reader")
	if err := readers.Insert("reader", soft); err != nil {
		t.Fatal(err)
	}
	transport, err := readers.Connect(t.Context(), "reader")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := smartcard.Open(transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	if err := opened.VerifyPIN([]byte("12345678")); err != nil {
		t.Fatal(err)
	}
	return opened
}
