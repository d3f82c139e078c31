package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/audit"
	"pue/kiosk/config"
	"pue/kiosk/control"
	"pue/kiosk/session"
	"pue/kiosk/store"
	"pue/kiosk/upstream/upstreamsim"
)

func TestATerminalDoesNotStartWithHalfOfWhatItNeeds(t *testing.T) {
	rubbish := filepath.Join(t.TempDir(), "rubbish.pem")
	if err := os.WriteFile(rubbish, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := provision(t, nowhere)
	for name, c := range map[string]struct {
		change func(*config.Config)
		key    string
	}{
		"no anchors":         {func(c *config.Config) { c.Cards.Anchors = t.TempDir() }, "cards.anchors"},
		"no anchor folder":   {func(c *config.Config) { c.Cards.Anchors = rubbish + "x" }, "cards.anchors"},
		"no document folder": {func(c *config.Config) { c.Cards.DocumentAnchors = rubbish + "x" }, "cards.document_anchors"},
		"no key":             {func(c *config.Config) { c.INPS.Key = rubbish }, "inps.key"},
		"no certificate":     {func(c *config.Config) { c.INPS.Certificate = rubbish + "x" }, "inps.certificate"},
		"other key":          {func(c *config.Config) { c.INPS.CA = rubbish }, "inps.ca"},
		"no ca":              {func(c *config.Config) { c.INPS.CA = rubbish + "x" }, "inps.ca"},
		"no sealing key":     {func(c *config.Config) { c.INPS.SealingKeys[0].File = rubbish + "x" }, "inps.sealing_keys[1]"},
		"other sealing key":  {func(c *config.Config) { c.INPS.SealingKeys[0].File = rubbish }, "sealing key 1"},
		"no confirmation":    {func(c *config.Config) { c.INPS.Confirmation = rubbish + "x" }, "inps.confirmation"},
		"other confirmation": {func(c *config.Config) { c.INPS.Confirmation = rubbish }, "inps.confirmation"},
		"no catalogue key":   {func(c *config.Config) { c.Catalogue.Certificate = rubbish }, "catalogue.certificate"},
		"unknown printer":    {func(c *config.Config) { c.Printer.Profile = "epsom" }, "printer.profile"},
		"wrong fingerprint":  {func(c *config.Config) { c.Officers[0].CardSHA256 = "00" }, "op-1"},
	} {
		half := *whole
		half.INPS.SealingKeys, half.Officers = slices.Clone(whole.INPS.SealingKeys), slices.Clone(whole.Officers)
		c.change(&half)
		k, err := New(Options{Config: &half, Readers: cardsim.NewReaders(), Log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v, want it to name %s", name, err, c.key)
		}
		if k != nil {
			k.Close()
		}
		if (name == "no anchors") != errors.Is(err, ErrNoAnchors) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTwoTerminalsDoNotShareTheirData(t *testing.T) {
	c := provision(t, nowhere)
	newRig(t, c)
	if _, err := New(Options{Config: c, Readers: cardsim.NewReaders(), Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a second terminal: %v", err)
	}
}

func TestTheLineIsFoundWhenItComes(t *testing.T) {
	port, url := openPort(t)
	c := provision(t, url)
	inps(t, c, port)
	r := run(t, c)
	r.until("the line", func(s session.Snapshot) bool { return s.Line })
}

func TestALineThatFallsSilentIsNoticedByWhoeverNeedsIt(t *testing.T) {
	port, url := openPort(t)
	c := provision(t, url)
	server := inps(t, c, port)
	r := run(t, c)
	r.until("the line", func(s session.Snapshot) bool { return s.Line })
	server.SetLine(false) // the next probe by itself is a minute away
	r.insert("A", "anna")
	r.shows(session.Notice)
	r.touch(session.Continue, "")
	r.shows(session.PIN)
	for _, digit := range strings.Split("12345678", "") {
		r.touch(session.Digit, digit)
	}
	r.touch(session.OK, "")
	r.shows(session.Home)
	r.until("the truth about the line", func(s session.Snapshot) bool { return !s.Line })
}

// What is asked of INPS is greyed with the reason then; what is submitted is kept.
func TestATerminalThatINPSDoesNotServeNowSaysWhyAndTakesApplications(t *testing.T) {
	for reason, trouble := range map[string]func(*upstreamsim.Server){
		"clock": func(s *upstreamsim.Server) { s.SetClock(time.Hour) },
		"busy":  func(s *upstreamsim.Server) { s.SetBusy(time.Hour) },
	} {
		t.Run(reason, func(t *testing.T) {
			port, url := openPort(t)
			c := provision(t, url)
			trouble(inps(t, c, port))
			r := run(t, c)
			r.insert("A", "anna")
			r.shows(session.Notice)
			r.touch(session.Continue, "")
			r.shows(session.PIN)
			for _, digit := range strings.Split("12345678", "") {
				r.touch(session.Digit, digit)
			}
			r.touch(session.OK, "")
			r.until("the services and why", func(s session.Snapshot) bool {
				if s.Screen != session.Home || s.Tiles == nil {
					return false
				}
				return slices.ContainsFunc(s.Tiles.Services, func(tile session.Tile) bool { return tile.Why == "why."+reason })
			})
			if p := r.session.Public(); p.Line.State != devices.Attention || p.Line.Reason != reason {
				t.Errorf("the line is %+v", p.Line)
			}
		})
	}
}

func TestATerminalWithoutALineSaysSoAndLives(t *testing.T) {
	r := run(t, provision(t, nowhere))
	began := time.Now()
	for tick := time.Tick(time.Millisecond); ; <-tick { // no watch tells of what only the technician sees
		p := r.session.Public()
		if p.Reader.State == devices.Ready && p.Printer.State == devices.Ready && p.Line.State == devices.Absent {
			break
		}
		if time.Since(began) > patience {
			t.Fatalf("the devices are %+v", p)
		}
	}
	if err := r.Alive(t.Context()); err != nil {
		t.Errorf("alive: %v", err)
	}
	text, err := json.Marshal(r.Status())
	if err != nil || !strings.Contains(string(text), `"screen":"welcome"`) || !strings.Contains(string(text), "PUE-0421") || !strings.Contains(string(text), `"catalogue":{"version":`) {
		t.Errorf("%s, %v", text, err)
	}
	if report, err := r.VerifyAudit(t.Context()); err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
	if q := r.Queue().List(); len(q) != 0 {
		t.Errorf("queue %v", q)
	}
}

func TestTheCardToEnrolIsReadWhileTheTerminalIsOutOfOrder(t *testing.T) {
	r := run(t, provision(t, nowhere))
	type answer struct {
		info control.CardInfo
		err  error
	}
	before := events(t, r)
	came := make(chan answer, 1)
	go func() {
		info, err := r.ReadCard(t.Context(), control.CardQuery{})
		came <- answer{info, err}
	}()
	r.shows(session.OutOfOrder)
	if _, err := r.ReadCard(t.Context(), control.CardQuery{}); err == nil {
		t.Error("two technicians have the readers")
	}
	r.insert("B", "anna")
	a := <-came
	if a.err != nil || a.info.Certificate.SHA256 != fingerprint(t, "anna") || a.info.Chain != "ok" || a.info.Surname != "" {
		t.Errorf("%+v, %v", a.info, a.err)
	}
	r.shows(session.Welcome)
	if after := events(t, r); after != before+1 {
		t.Errorf("%d events in the record, %d before the card was read", after, before)
	}
}

// events counts what was written down.
func events(t *testing.T, k interface {
	VerifyAudit(context.Context) (audit.Report, error)
},
) int {
	t.Helper()
	report, err := k.VerifyAudit(t.Context())
	if err != nil || !report.OK() {
		t.Fatalf("%+v, %v", report, err)
	}
	return report.Events
}

// What a technician asked a card for is told in words that the record takes, and
// that name nobody.
func TestTheRecordSaysWhatACardWasAskedFor(t *testing.T) {
	pin := []byte("12345678")
	for want, q := range map[string]control.CardQuery{
		"certificate": {}, "holder": {Show: true}, "pin": {PIN: pin}, "holder-and-pin": {PIN: pin, Show: true},
	} {
		if got := inspected(q); got != want || !audit.IsKey(got) {
			t.Errorf("%+v: %q, want %q", q, got, want)
		}
	}
}

func TestACardThatIsInAlreadyIsReadAtOnceOrNotAtAll(t *testing.T) {
	r := run(t, provision(t, nowhere))
	r.insert("A", "anna")
	r.shows(session.Notice)
	if _, err := r.ReadCard(t.Context(), control.CardQuery{}); !errors.Is(err, control.ErrBusy) {
		t.Errorf("while a citizen is served: %v", err)
	}
}

func TestAtTheBoardTheOfficersCardIsDescribedAndLeftAlone(t *testing.T) {
	r := run(t, provision(t, nowhere))
	r.unlock()
	info, err := r.ReadCard(t.Context(), control.CardQuery{})
	if err != nil || info.Certificate.SHA256 != fingerprint(t, "olga") || info.Chain != "ok" || info.Surname+info.GivenName+info.CardID+info.TaxCode != "" {
		t.Errorf("%+v, %v", info, err)
	}
	for _, q := range []control.CardQuery{{Show: true}, {PIN: []byte("12345678")}} {
		if _, err := r.ReadCard(t.Context(), q); err == nil || !strings.Contains(err.Error(), "lock the board") {
			t.Errorf("%v", err)
		}
	}
	if err := r.readers.Remove("A"); err != nil {
		t.Fatal(err)
	}
	r.until("no board", func(s session.Snapshot) bool { return s.Screen != session.Board })
	if strings.Contains(r.log.String(), "Olga") {
		t.Error("the log names the officer")
	}
}

func TestACardIsKnownOnlyWhileItIsOpen(t *testing.T) {
	r := newRig(t, provision(t, nowhere))
	r.insert("A", "anna")
	c, err := r.cards.Open(t.Context(), "A")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := r.cards.inUse(""); ok {
		t.Error("known before it was read")
	}
	if _, err := c.Identity(released); err != nil {
		t.Fatal(err)
	}
	if info, ok := r.cards.inUse("A"); !ok || info.Kind != "cns" {
		t.Errorf("%+v, %v", info, ok)
	}
	if _, ok := r.cards.inUse("B"); ok {
		t.Error("known in another reader")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if info, ok := r.cards.inUse("A"); ok {
		t.Errorf("known after it was let go: %+v", info)
	}
	if _, err := r.cards.Open(t.Context(), "B"); err == nil {
		t.Error("an empty reader was opened")
	}
}
