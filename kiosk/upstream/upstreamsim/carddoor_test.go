package upstreamsim

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// atDoor asks for a token over a connection that showed a card.
func (b *bench) atDoor(shown *x509.Certificate, form url.Values) *httptest.ResponseRecorder {
	body := []byte(form.Encode())
	r := httptest.NewRequest("POST", "https://inps.example"+tokenPath, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.sign(r, body)
	r.TLS = &tls.ConnectionState{}
	if shown != nil {
		r.TLS.PeerCertificates = []*x509.Certificate{shown}
	}
	w := httptest.NewRecorder()
	b.cardDoor().ServeHTTP(w, r)
	if b.check != nil {
		b.check(r, w)
	}
	return w
}

func (b *bench) cardForm(t *testing.T) url.Values {
	return url.Values{"grant_type": {cardTLS}, "nonce": {b.nonce(t)}}
}

func TestTheTokenOfAShownCardIsGoodAtTheTerminalThatSigned(t *testing.T) {
	b := newBench(t)
	token, ok := decode(t, b.atDoor(carla(t).cert, b.cardForm(t)))["access_token"].(string)
	if !ok {
		t.Fatal("no token")
	}
	w := b.do("POST", "/statement", http.Header{"Pue-Citizen": {token}, "Content-Type": {"application/json"}}, []byte(`{}`))
	if w.Code != http.StatusOK {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if _, ok := b.desk.holder(token, thumbprint(carla(t).cert), time.Now()); ok {
		t.Error("the token is bound to the card, which anybody may hold")
	}
}

func TestTheOfficerAtTheDoorIsWhomTheTerminalVouchesFor(t *testing.T) {
	b := newBench(t)
	form := b.cardForm(t)
	form["actor_token"], form["actor_token_type"] = []string{b.signed(b.officer(), nil)}, []string{jwtTokenType}
	token, _ := decode(t, b.atDoor(carla(t).cert, form))["access_token"].(string)
	if g, ok := b.desk.holder(token, thumbprint(b.device), time.Now()); !ok || g.subject != carlaCode || g.actor != "F-03" {
		t.Errorf("%+v", g)
	}
	for name, change := range map[string]func(claims map[string]any, form url.Values){
		"of no name":       func(c map[string]any, _ url.Values) { delete(c, "sub") },
		"meant for others": func(c map[string]any, _ url.Values) { c["aud"] = "https://other.example" + tokenPath },
		"of another type":  func(_ map[string]any, f url.Values) { f.Set("actor_token_type", "urn:x") },
		"long ago":         func(c map[string]any, _ url.Values) { c["iat"], c["exp"] = c["iat"].(int64)-400, c["exp"].(int64)-400 },
	} {
		claims, form := b.officer(), b.cardForm(t)
		form["actor_token_type"] = []string{jwtTokenType}
		change(claims, form)
		form["actor_token"] = []string{b.signed(claims, nil)}
		if w := b.atDoor(carla(t).cert, form); w.Code != http.StatusBadRequest {
			t.Errorf("an officer %s: %d", name, w.Code)
		}
	}
}

func TestTheDoorGivesNoTokenForLess(t *testing.T) {
	b := newBench(t)
	used := b.cardForm(t)
	if w := b.atDoor(carla(t).cert, used); w.Code != http.StatusOK {
		t.Fatalf("control: %d %s", w.Code, w.Body)
	}
	plain := carla(t).reissued(t, func(c *x509.Certificate) { c.Policies, c.PolicyIdentifiers = nil, nil })
	for name, w := range map[string]*httptest.ResponseRecorder{
		"a nonce that was used":  b.atDoor(carla(t).cert, used),
		"no nonce":               b.atDoor(carla(t).cert, url.Values{"grant_type": {cardTLS}}),
		"no card of a citizen":   b.atDoor(plain.cert, b.cardForm(t)),
		"an assertion":           b.atDoor(carla(t).cert, url.Values{"grant_type": {jwtBearer}, "assertion": {carla(t).sign("JWT", b.claims(t))}}),
		"a card shown elsewhere": b.form(tokenPath, b.cardForm(t)),
	} {
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := b.atDoor(nil, b.cardForm(t)); w.Code != http.StatusNotFound {
		t.Errorf("without a card: %d", w.Code)
	}
	form := b.cardForm(t)
	b.sign = func(r *http.Request, body []byte) { b.signAll(r, body); r.Header.Del("Authorization") }
	if w := b.atDoor(carla(t).cert, form); w.Code != http.StatusUnauthorized {
		t.Errorf("without a terminal's signature: %d", w.Code)
	}
}

func TestTheDoorLeadsNowhereElse(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequest("GET", "https://inps.example/status", nil)
	b.signAll(r, nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{carla(t).cert}}
	w := httptest.NewRecorder()
	if b.cardDoor().ServeHTTP(w, r); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}
