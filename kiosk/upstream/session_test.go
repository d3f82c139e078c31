package upstream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

func TestACitizenLogsInReadsTheStatementAndLogsOut(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "")
	st, err := r.client.Statement(t.Context(), token, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Periods) == 0 || st.Total() == 0 {
		t.Errorf("statement without a week: %+v", st)
	}
	if err := r.client.Revoke(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	_, err = r.client.Statement(t.Context(), token, "")
	var refused *outbox.RefusedError
	if !errors.As(err, &refused) || refused.Status != 401 || refused.Reason != "token" {
		t.Errorf("after the revocation: %v", err)
	}
}

func TestTheStatementIsOfTheCardThatLoggedIn(t *testing.T) {
	r := newRig(t)
	first := func(person string) int {
		st, err := r.client.Statement(t.Context(), logIn(t, r.client, insert(t, person), ""), "")
		if err != nil {
			t.Fatal(err)
		}
		return st.Years()[0].Year
	}
	if carla, dino := first("carla"), first("dino"); carla >= dino {
		t.Errorf("born 1963 and 1985, first weeks in %d and %d", carla, dino)
	}
}

func TestRevokingNothingOrTwiceIsNoError(t *testing.T) {
	r := newRig(t)
	if err := r.client.Revoke(t.Context(), upstream.Token{}); err != nil {
		t.Error(err)
	}
	token := logIn(t, r.client, insert(t, "carla"), "F-03")
	for range 2 {
		if err := r.client.Revoke(t.Context(), token); err != nil {
			t.Error(err)
		}
	}
}

func TestAnIdentityThatIsNotTheCardsIsRefused(t *testing.T) {
	r := newRig(t)
	carla, dino := insert(t, "carla"), insert(t, "dino")
	liar := carla.Identity
	liar.TaxCode = dino.TaxCode
	stolen := carla.Identity
	stolen.Certificate = dino.Certificate
	for name, id := range map[string]smartcard.Identity{"other codice fiscale": liar, "other certificate": stolen} {
		_, err := r.client.LogIn(t.Context(), id, carla, "")
		var refused *outbox.RefusedError
		if !errors.As(err, &refused) || refused.Reason != "invalid_grant" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type removedCard struct{}

func (removedCard) Sign([]byte) ([]byte, error) { return nil, smartcard.ErrRemoved }

func TestACardPulledBeforeItSignsSaysSo(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	if _, err := r.client.LogIn(t.Context(), carla.Identity, removedCard{}, ""); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("log-in: %v", err)
	}
	if n := r.sim.Requests()["POST /auth/token"]; n != 0 {
		t.Errorf("%d token requests without a signature", n)
	}
	if _, err := r.client.Pack(record(carla, 1), carla.Identity, removedCard{}); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("pack: %v", err)
	}
}

func TestATokenWorksAtItsTerminalOnly(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "")
	// The same INPS, provisioning a second terminal.
	if err := upstreamsim.Provision(r.dir, "PUE-0422", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	other := newClient(t, r.dir, r.url, func(o *upstream.Options) { o.Terminal = "PUE-0422" })
	var refused *outbox.RefusedError
	if _, err := other.Statement(t.Context(), token, ""); !errors.As(err, &refused) {
		t.Errorf("another terminal read with it: %v", err)
	}
	if err := other.Revoke(t.Context(), token); err != nil {
		t.Error(err)
	}
	if _, err := r.client.Statement(t.Context(), token, ""); err != nil {
		t.Errorf("another terminal revoked it: %v", err)
	}
}

func TestATerminalCannotLogInUnderAnothersName(t *testing.T) {
	r := newRig(t)
	liar := newClient(t, r.dir, r.url, func(o *upstream.Options) { o.Terminal = "PUE-9999" })
	carla := insert(t, "carla")
	var paused *outbox.PausedError
	if _, err := liar.LogIn(t.Context(), carla.Identity, carla, ""); !errors.As(err, &paused) || paused.Reason != "terminal-signature" {
		t.Errorf("believed: %v", err)
	}
}

func TestATokenShowsItselfToNobody(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r := newRig(t, func(o *upstream.Options) { o.Log = logger })
	carla := insert(t, "carla")
	token := logIn(t, r.client, carla, "")
	logger.Info("planted", "token", token)
	asJSON, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s", token, token, token, asJSON) + log.String()
	if strings.Contains(shown, carla.TaxCode.Reveal()) {
		t.Error("the codice fiscale shows")
	}
	if !strings.Contains(shown, "•••") || !strings.Contains(log.String(), "INPS answered") {
		t.Errorf("nothing was logged at all: %s", shown)
	}
	// Of the token nothing longer than a word may show.
	if longest := longestWord(shown); longest > 32 {
		t.Errorf("a word of %d characters shows: %s", longest, shown)
	}
}

// longestWord measures runs of letters and digits, as tokens are made of.
func longestWord(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			run++
		} else {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

func TestReachableIsTrueOnlyWithTheWholeLine(t *testing.T) {
	r := newRig(t)
	if err := r.client.Reachable(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.sim.SetBusy(90 * time.Second)
	var busy *outbox.BusyError
	if err := r.client.Reachable(t.Context()); !errors.As(err, &busy) || busy.After != 90*time.Second {
		t.Errorf("busy: %v", err)
	}
	r.sim.SetBusy(0)
	r.sim.SetLine(false)
	// The first question may still leave on the connection that was there.
	if err := r.client.Reachable(t.Context()); !errors.Is(err, outbox.ErrNoLine) && !errors.Is(err, outbox.ErrUnknownOutcome) {
		t.Errorf("line just cut: %v", err)
	}
	if err := r.client.Reachable(t.Context()); !errors.Is(err, outbox.ErrNoLine) {
		t.Errorf("line cut: %v", err)
	}
	r.sim.SetLine(true)
	if err := r.client.Reachable(t.Context()); err != nil {
		t.Errorf("line back: %v", err)
	}
}

func TestACancelledLogInEnds(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	carla := insert(t, "carla")
	if _, err := r.client.LogIn(ctx, carla.Identity, carla, ""); !errors.Is(err, context.Canceled) || !errors.Is(err, outbox.ErrNoLine) {
		t.Errorf("got %v", err)
	}
}

// The other side knows only the root of the identity cards: what lies between
// comes with the signature, in the log-in and in the submission.
func TestACIELogsInAndFilesAsACNSDoes(t *testing.T) {
	r, enzo := newRig(t), insert(t, "enzo")
	if token := logIn(t, r.client, enzo, "F-03"); token.IsZero() {
		t.Error("no token")
	}
	p, err := r.client.Pack(record(enzo, 1), enzo.Identity, enzo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if filed := r.sim.Filed(); len(filed) != 1 || filed[0].Subject != enzo.TaxCode.Reveal() {
		t.Errorf("filed %+v", filed)
	}
	enzo.Issuers = nil
	if _, err := r.client.LogIn(t.Context(), enzo.Identity, enzo, ""); err == nil {
		t.Error("a CIE was believed whose way to its root nobody knows")
	}
}
