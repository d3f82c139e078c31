package kiosk

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pue/devices/smartcard/cardsim"
	"pue/kiosk/config"
)

func TestATechnicianHearsOfAnchorsBeforeTheyEnd(t *testing.T) {
	dir, _, err := cardsim.Provision(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	anchors, err := openAnchors(config.Cards{Anchors: dir, DocumentAnchors: dir}, log, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	end := anchors.All()[0].Certificate.NotAfter
	for name, c := range map[string]struct {
		cards config.Cards
		now   time.Time
		want  string // empty: nothing at all
	}{
		"in time":             {config.Cards{Anchors: dir, DocumentAnchors: dir}, end.AddDate(0, -4, 0), ""},
		"two months before":   {config.Cards{Anchors: dir, DocumentAnchors: dir}, end.AddDate(0, -2, 0), "ends soon or has ended"},
		"afterwards":          {config.Cards{Anchors: dir, DocumentAnchors: dir}, end.AddDate(0, 1, 0), "ends soon or has ended"},
		"no clock":            {config.Cards{Anchors: dir, DocumentAnchors: dir}, time.Time{}, ""},
		"no document anchors": {config.Cards{Anchors: dir}, end.AddDate(0, -4, 0), "no CIE is believed"},
	} {
		said.Reset()
		if _, err := openAnchors(c.cards, log, c.now); err != nil {
			t.Fatal(err)
		}
		if got := said.String(); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: said %q, want %q", name, got, c.want)
		}
	}
}
