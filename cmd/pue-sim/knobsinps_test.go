package main

import (
	"context"
	"crypto/x509"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pue/devices/smartcard/cardsim"
	"pue/kiosk/upstream/upstreamsim"
)

func referenceSide(t *testing.T) *upstreamsim.Server {
	t.Helper()
	dir := t.TempDir()
	if err := upstreamsim.Provision(dir, terminalID, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	anchors := x509.NewCertPool()
	anchors.AppendCertsFromPEM(cardsim.Anchor())
	s, err := upstreamsim.New(upstreamsim.Options{Dir: dir, Anchors: anchors})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func post(t *testing.T, knobs http.Handler, to string) int {
	t.Helper()
	w := httptest.NewRecorder()
	knobs.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodPost, to, nil))
	return w.Code
}

// Every button of the dock that turns a knob of INPS turns one that is there.
func TestTheButtonsOfTheDockTurnKnobsOfINPS(t *testing.T) {
	knobs := inpsKnobs(referenceSide(t))
	buttons := regexp.MustCompile(`data-post="/inps([^"]+)"`).FindAllStringSubmatch(string(dockPage), -1)
	if len(buttons) < 15 {
		t.Fatalf("%d buttons were found", len(buttons))
	}
	for _, b := range buttons {
		if to := strings.ReplaceAll(b[1], "&amp;", "&"); post(t, knobs, to) != http.StatusNoContent {
			t.Errorf("%s turns nothing", to)
		}
	}
}

func TestAKnobRefusesWhatItDoesNotUnderstand(t *testing.T) {
	knobs := inpsKnobs(referenceSide(t))
	for _, to := range []string{
		"/line?up=perhaps", "/busy", "/cut?after=1", "/portal?kind=window", "/confirmations?wrong=yes", "/delegations?person=nobody&n=1",
		"/delegations?person=anna&n=many",
	} {
		if got := post(t, knobs, to); got != http.StatusBadRequest {
			t.Errorf("%s: %d", to, got)
		}
	}
	if got := post(t, knobs, "/unknown"); got != http.StatusNotFound {
		t.Errorf("a knob that is not there: %d", got)
	}
}

func TestTheSimulatedCitizensHaveTheNamesOnTheirCards(t *testing.T) {
	names, err := citizens()
	if err != nil {
		t.Fatal(err)
	}
	called := slices.Sorted(maps.Values(names))
	if !slices.Equal(called, []string{"ANNA ESEMPIO", "BRUNO PROVA", "CARLA MODELLO", "ENZO CAMPIONE"}) {
		t.Errorf("they are called %q", called)
	}
}
