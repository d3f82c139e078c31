package upstream_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

func TestWithAWrongClockNothingIsSentButTheQuestionForTheTime(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	token := logIn(t, r.client, carla, "")
	p := pack(t, r.client, 1)
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		r.sim.SetClock(off)
		if err := r.client.Reachable(t.Context()); !errors.Is(err, upstream.ErrClock) {
			t.Fatalf("%s off: %v", off, err)
		}
		before := r.sim.Requests()
		_, sent := r.client.Send(t.Context(), p)
		_, read := r.client.Statement(t.Context(), token, "")
		_, in := r.client.LogIn(t.Context(), carla.Identity, carla, "")
		for what, err := range map[string]error{"send": sent, "statement": read, "log-in": in} {
			if !errors.Is(err, upstream.ErrClock) || meaning(err) != "no-line" {
				t.Errorf("%s off: %s: %v", off, what, err)
			}
		}
		for path, n := range r.sim.Requests() {
			if n != before[path] {
				t.Errorf("%s off: %s was asked", off, path)
			}
		}
		r.sim.SetClock(0)
		if err := r.client.Reachable(t.Context()); err != nil {
			t.Errorf("the clock is right again: %v", err)
		}
	}
	if _, err := r.client.Send(t.Context(), p); err != nil || len(r.sim.Filed()) != 1 {
		t.Errorf("%v, %d filed", err, len(r.sim.Filed()))
	}
}

// The clock goes wrong between two questions: what was sent then may have arrived.
func TestAClockThatIsFoundWrongWhileSendingLeavesTheOutcomeUnknown(t *testing.T) {
	r := newRig(t)
	p := pack(t, r.client, 1)
	r.sim.SetClock(time.Hour)
	if _, err := r.client.Send(t.Context(), p); !errors.Is(err, upstream.ErrClock) || meaning(err) != "unknown" {
		t.Errorf("%v", err)
	}
	if len(r.sim.Filed()) != 0 {
		t.Error("signed at another time, and filed")
	}
}

// A clock that lost the time begins long ago: then INPS's certificate is not valid
// yet, and there is no Date to learn from.
func TestAClockThatLostTheTimeIsToldFromAServerThatIsNotTrusted(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		sleep time.Duration
		want  string
		clock bool
	}{
		"in the year 2000": {0, "no-line", true},
		"in the year 2100": {100 * 365 * 24 * time.Hour, "paused", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(c.sleep)
			err := newClient(t, r.dir, r.url).Reachable(t.Context())
			if meaning(err) != c.want || errors.Is(err, upstream.ErrClock) != c.clock {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestOfASpentQuotaNothingIsAskedInVain(t *testing.T) {
	asked := map[string]int{}
	client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		answering(200, jsonType, `{"status":"up"}`, "X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "30")(w, r)
	})
	if err := client.Reachable(t.Context()); err != nil {
		t.Fatal(err)
	}
	var busy *outbox.BusyError
	if _, err := client.Send(t.Context(), pack(t, client, 1)); !errors.As(err, &busy) || meaning(err) != "busy" || busy.After > 30*time.Second {
		t.Errorf("%v", err)
	}
	if len(asked) != 1 || asked["/status"] != 1 {
		t.Errorf("asked %v", asked)
	}
}

// A citizen's token ends with the visit, whatever the quota.
func TestATokenIsRevokedThoughTheQuotaIsSpent(t *testing.T) {
	revoked := 0
	client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-RateLimit-Remaining", "1")
		body := `{"nonce":"K7QZP3M2V6TADXW4NLR5YJHB2C","expires_in":120}`
		switch r.URL.Path {
		case "/auth/token":
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", "30")
			body = `{"access_token":"N4XQ7TZ2KPVB6MDAJH3RLWYC5E","token_type":"Bearer","expires_in":900}`
		case "/auth/revoke":
			revoked++
			body = `{}`
		}
		answering(200, jsonType, body)(w, r)
	})
	token := logIn(t, client, insert(t, "carla"), "")
	if err := client.Revoke(t.Context(), token); err != nil || revoked != 1 {
		t.Errorf("%v, revoked %d times", err, revoked)
	}
}

func TestAQuestionThatMetADeadConnectionIsAskedOnceMoreUnderAnotherId(t *testing.T) {
	var ids []any
	client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		ids = append(ids, claimsOf(r.Header.Get("Authorization")[len("Bearer "):])["jti"])
		if len(ids) == 2 {
			panic(http.ErrAbortHandler)
		}
		answering(200, jsonType, `{"status":"up"}`)(w, r)
	})
	for range 2 {
		if err := client.Reachable(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != 3 || ids[1] == ids[2] {
		t.Errorf("asked with ids %v", ids)
	}
}

func TestTheOfficerBesideTheCitizenComesByExchange(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "F-03")
	if _, err := r.client.Statement(t.Context(), token, ""); err != nil {
		t.Error(err)
	}
	client, _ := hostile(t, func(w http.ResponseWriter, q *http.Request) {
		body := `{"nonce":"K7QZP3M2V6TADXW4NLR5YJHB2C","expires_in":120}`
		if q.URL.Path == "/auth/token" { // as if there were no officer
			body = `{"access_token":"N4XQ7TZ2KPVB6MDAJH3RLWYC5E","token_type":"Bearer","expires_in":900}`
		}
		answering(200, jsonType, body)(w, q)
	})
	carla := insert(t, "carla")
	if _, err := client.LogIn(t.Context(), carla.Identity, carla, "F-03"); !errors.Is(err, upstream.ErrContract) {
		t.Errorf("a token without the officer: %v", err)
	}
}

func TestTheEvidenceSaysWhoUsedTheTerminal(t *testing.T) {
	users := map[string]any{}
	client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		claims := claimsOf(r.Header.Get("Agid-JWT-TrackingEvidence"))
		users[r.URL.Path] = claims["userID"]
		if len(claims) > 0 && (claims["userLocation"] != terminal || claims["LoA"] != "high") {
			t.Errorf("%s: %v", r.URL.Path, claims)
		}
		body := `{"nonce":"K7QZP3M2V6TADXW4NLR5YJHB2C","expires_in":120,"access_token":"N4XQ7TZ2KPVB6MDAJH3RLWYC5E",` +
			`"token_type":"Bearer","issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}`
		answering(200, jsonType, body)(w, r)
	})
	client.Statement(t.Context(), logIn(t, client, insert(t, "carla"), "F-03"), "")
	if users["/auth/challenge"] != nil || users["/auth/token"] != "F-03" || users["/statement"] != "F-03" {
		t.Errorf("with an officer: %v", users)
	}
	token := logIn(t, client, insert(t, "carla"), "")
	client.Revoke(t.Context(), token)
	client.Ask(t.Context(), pack(t, client, 1))
	if users["/auth/token"] != "self-service" || users["/auth/revoke"] != "self-service" || users["/applications/"+pack(t, client, 1).ID] != "queue" {
		t.Errorf("without: %v", users)
	}
}

// After every fault of the line both sides have the same books.
func TestWhateverTheSignaturesAreOneSubmissionIsFiledOnce(t *testing.T) {
	for _, how := range []upstreamsim.Signing{upstreamsim.Unsigned, upstreamsim.Forged} {
		r := newRig(t)
		carla := insert(t, "carla")
		token := logIn(t, r.client, carla, "")
		r.sim.SetSigning(how)
		p := pack(t, r.client, 1)
		if _, err := r.client.Send(t.Context(), p); meaning(err) != "unknown" {
			t.Errorf("%s: %v", how, err)
		}
		if _, err := r.client.Statement(t.Context(), token, ""); !errors.Is(err, upstream.ErrContract) {
			t.Errorf("%s: statement: %v", how, err)
		}
		if r.client.Reachable(t.Context()) == nil {
			t.Errorf("%s: reachable", how)
		}
		r.sim.SetSigning(upstreamsim.Signed)
		conf, err := r.client.Ask(t.Context(), p)
		if err != nil || conf.Protocol == "" || len(r.sim.Filed()) != 1 {
			t.Errorf("%s: in the end %+v, %v", how, conf, err)
		}
	}
}
