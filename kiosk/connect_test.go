package kiosk

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pue/kiosk/config"
	"pue/kiosk/upstream/upstreamsim"
)

func TestATerminalWhoseSealingKeysEndSaysSoAndStartsAllTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		until time.Time
		said  bool
	}{
		"in a year":    {time.Now().AddDate(1, 0, 0), false},
		"in ten days":  {time.Now().AddDate(0, 0, 10), true},
		"ten days ago": {time.Now().AddDate(0, 0, -10), true},
	} {
		conf := provision(t, nowhere)
		conf.INPS.SealingKeys[0].Until = c.until.Format(time.DateOnly)
		var said bytes.Buffer
		client, err := connect(conf, sides(conf)[0], nil, slog.New(slog.NewTextHandler(&said, nil)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		client.Close()
		if got := strings.Contains(said.String(), "seal"); got != c.said {
			t.Errorf("%s: said %q", name, said.String())
		}
	}
}

func TestTheSealingKeysOfTheConfigurationHaveTheirDays(t *testing.T) {
	conf := provision(t, nowhere)
	keys, err := sides(conf)[0].readSealingKeys()
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 1 || keys[0].From.Format(time.DateOnly) != "2020-01-01" || keys[0].Until.Format(time.DateOnly) != "2100-01-01" {
		t.Errorf("got %+v", keys)
	}
	conf.INPS.SealingKeys[0].From = "yesterday"
	if _, err := sides(conf)[0].readSealingKeys(); err == nil || !strings.Contains(err.Error(), "inps.sealing_keys[1]") {
		t.Errorf("got %v", err)
	}
}

func TestAClientOfThePDNDIsMadeOfWhatTheConfigurationNames(t *testing.T) {
	conf := provision(t, nowhere)
	c, err := upstreamsim.ProvisionPDND(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	conf.INPS.PDND = config.PDND{
		TokenURL: "https://127.0.0.1:1/token", Audience: "pdnd", ClientID: c.ID, KeyID: c.KeyID, Key: c.KeyFile, PurposeID: c.PurposeID,
	}
	if p, err := sides(conf)[0].readPDND(); err != nil || p != nil {
		t.Errorf("modi-direct: %+v, %v", p, err)
	}
	conf.INPS.Mode = config.ModePDND
	client, err := connect(conf, sides(conf)[0], nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	for _, file := range []string{filepath.Join(t.TempDir(), "none.key"), conf.INPS.CA} {
		conf.INPS.PDND.Key = file
		if _, err := connect(conf, sides(conf)[0], nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "inps.pdnd.key") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
