package upstreamsim

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAGoodAssertionGetsAToken(t *testing.T) {
	b := newBench(t)
	token := b.token(t)
	w := b.do("POST", "/statement", http.Header{"Pue-Citizen": {token}, "Content-Type": {"application/json"}}, []byte(`{}`))
	if w.Code != http.StatusOK {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestAnAssertionThatIsWrongInOneClaimGetsNone(t *testing.T) {
	now := time.Now().Unix()
	for name, change := range map[string]func(map[string]any){
		"iss of another":    func(c map[string]any) { c["iss"] = "PRVDNI85A01X999L" },
		"sub of another":    func(c map[string]any) { c["sub"] = "PRVDNI85A01X999L" },
		"no sub":            func(c map[string]any) { delete(c, "sub") },
		"aud elsewhere":     func(c map[string]any) { c["aud"] = "https://other.example/auth/token" },
		"aud another path":  func(c map[string]any) { c["aud"] = "https://inps.example/auth/revoke" },
		"expired":           func(c map[string]any) { c["iat"], c["exp"] = now-200, now-100 },
		"lives too long":    func(c map[string]any) { c["exp"] = c["iat"].(int64) + 121 },
		"from the future":   func(c map[string]any) { c["iat"], c["exp"] = now+100, now+160 },
		"no exp":            func(c map[string]any) { delete(c, "exp") },
		"no jti":            func(c map[string]any) { c["jti"] = "" },
		"other terminal":    func(c map[string]any) { c["terminal"] = "PUE-0422" },
		"invented nonce":    func(c map[string]any) { c["nonce"] = "K7QZP3M2V6TADXW4NLR5YJHB2C" },
		"no nonce":          func(c map[string]any) { delete(c, "nonce") },
		"nameless officer":  func(c map[string]any) { c["may_act"] = map[string]any{} },
		"exp of wrong kind": func(c map[string]any) { c["exp"] = "soon" },
	} {
		b := newBench(t)
		claims := b.claims(t)
		change(claims)
		if w := b.redeem(carla(t).sign("JWT", claims)); w.Code != http.StatusBadRequest || decode(t, w)["error"] != "invalid_grant" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestAnAssertionByACardThatMeansNothingGetsNone(t *testing.T) {
	card := carla(t)
	other, err := readCertificate("../testdata/dino.pem")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]testCard{
		"another's certificate": {cert: other, key: card.key},
		"expired":               card.reissued(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }),
		"not yet valid":         card.reissued(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }),
		"not a CNS":             card.reissued(t, func(c *x509.Certificate) { c.Policies, c.PolicyIdentifiers = nil, nil }),
		"for servers":           card.reissued(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		"no codice fiscale":     card.reissued(t, func(c *x509.Certificate) { c.Subject.CommonName = "Carla Prova" }),
		"of no authority":       {cert: selfSigned(t, card), key: card.key},
	} {
		b := newBench(t)
		if w := b.redeem(c.sign("JWT", b.claims(t))); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	b := newBench(t)
	if w := b.redeem(card.reissued(t, func(*x509.Certificate) {}).sign("JWT", b.claims(t))); w.Code != http.StatusOK {
		t.Errorf("control: %d %s", w.Code, w.Body)
	}
}

func selfSigned(t *testing.T, c testCard) *x509.Certificate {
	t.Helper()
	template := *c.cert
	template.SignatureAlgorithm = x509.UnknownSignatureAlgorithm // the authority's was another
	der, err := x509.CreateCertificate(nil, &template, &template, c.key.Public(), c.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestAnAssertionInAnotherFormGetsNone(t *testing.T) {
	card := carla(t)
	x5c := []string{base64.StdEncoding.EncodeToString(card.cert.Raw)}
	for name, header := range map[string]map[string]any{
		"alg none":        {"alg": "none", "typ": "JWT", "x5c": x5c},
		"alg HS256":       {"alg": "HS256", "typ": "JWT", "x5c": x5c},
		"no x5c":          {"alg": "RS256", "typ": "JWT"},
		"empty x5c":       {"alg": "RS256", "typ": "JWT", "x5c": []string{}},
		"x5c of nonsense": {"alg": "RS256", "typ": "JWT", "x5c": []string{"AAAA"}},
		"no typ":          {"alg": "RS256", "x5c": x5c},
		"critical header": {"alg": "RS256", "typ": "JWT", "x5c": x5c, "crit": []string{"b64"}},
	} {
		b := newBench(t)
		if w := b.redeem(card.signHeader(header, b.claims(t))); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	b := newBench(t)
	good := card.sign("JWT", b.claims(t))
	for name, bad := range map[string]string{
		"no signature": good[:strings.LastIndexByte(good, '.')+1],
		"two parts":    good[:strings.LastIndexByte(good, '.')],
		"four parts":   good + ".x",
		"padded":       good + "==",
	} {
		if w := b.redeem(bad); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := b.redeem(good); w.Code != http.StatusOK {
		t.Errorf("control: %d %s", w.Code, w.Body)
	}
}

func TestAnAssertionIsGoodOnce(t *testing.T) {
	b := newBench(t)
	assertion := carla(t).sign("JWT", b.claims(t))
	if w := b.redeem(assertion); w.Code != http.StatusOK {
		t.Fatalf("first: %d", w.Code)
	}
	if w := b.redeem(assertion); w.Code != http.StatusBadRequest {
		t.Errorf("replayed: %d", w.Code)
	}
	// A fresh nonce does not help a jti that was used.
	claims := b.claims(t)
	first := b.redeem(carla(t).sign("JWT", claims))
	claims["nonce"] = b.nonce(t)
	second := b.redeem(carla(t).sign("JWT", claims))
	if first.Code != http.StatusOK || second.Code != http.StatusBadRequest {
		t.Errorf("same jti: %d, then %d", first.Code, second.Code)
	}
}

func TestANonceIsSpentByAWrongAnswerToo(t *testing.T) {
	b := newBench(t)
	claims := b.claims(t)
	claims["aud"] = "https://other.example/auth/token"
	b.redeem(carla(t).sign("JWT", claims))
	claims["aud"] = "https://inps.example/auth/token"
	if w := b.redeem(carla(t).sign("JWT", claims)); w.Code != http.StatusBadRequest {
		t.Errorf("mended and accepted: %d", w.Code)
	}
}

func TestANonceBelongsToTheTerminalThatAsked(t *testing.T) {
	b := newBench(t)
	nonce := b.nonce(t)
	b.device = otherDevice(t, b)
	claims := b.claims(t)
	claims["nonce"], claims["terminal"] = nonce, "PUE-0422"
	if w := b.redeem(carla(t).sign("JWT", claims)); w.Code != http.StatusBadRequest {
		t.Errorf("another terminal's nonce: %d", w.Code)
	}
}

// otherDevice is the certificate of a second terminal of the same INPS.
func otherDevice(t *testing.T, b *bench) *x509.Certificate {
	t.Helper()
	if err := Provision(b.dir, "PUE-0422", "inps.example"); err != nil {
		t.Fatal(err)
	}
	cert, err := readCertificate(b.dir + "/" + terminalFile)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestNoncesAndTokensEndByTime(t *testing.T) {
	d, now := newDesk(), time.Now()
	device := [32]byte{1}
	nonce := d.newNonce(device, now)
	if d.useNonce(nonce, device, now.Add(nonceLife)) {
		t.Error("a nonce outlived its time")
	}
	token := d.newToken(grant{device: device, until: now.Add(tokenLife)})
	if _, ok := d.holder(token, device, now.Add(tokenLife-time.Second)); !ok {
		t.Error("a token ended early")
	}
	if _, ok := d.holder(token, device, now.Add(tokenLife)); ok {
		t.Error("a token outlived its time")
	}
	d.useJTI("x", now.Add(time.Minute))
	d.newNonce(device, now.Add(time.Hour))
	if len(d.used) != 0 || len(d.grants) != 0 || len(d.nonces) != 1 {
		t.Errorf("what is over is still remembered: %d %d %d", len(d.used), len(d.grants), len(d.nonces))
	}
}

func TestTheOfficerBesideTheCitizenIsKept(t *testing.T) {
	b := newBench(t)
	claims := b.claims(t)
	claims["may_act"] = map[string]any{"sub": "F-03"}
	if w := b.redeem(carla(t).sign("JWT", claims)); w.Code != http.StatusBadRequest {
		t.Errorf("an officer without the terminal's word: %d", w.Code)
	}
	claims["nonce"], claims["jti"] = b.nonce(t), "V6TADXW4NLR5YJHB2CK7QZP3M2"
	answer := decode(t, b.exchange(carla(t).sign("JWT", claims), b.officer()))
	if answer["issued_token_type"] != accessTokenType {
		t.Errorf("issued %v", answer["issued_token_type"])
	}
	token := answer["access_token"].(string)
	g, ok := b.desk.holder(token, thumbprint(b.device), time.Now())
	if !ok || g.subject != carlaCode || g.actor != "F-03" {
		t.Errorf("granted %+v", g)
	}
}

func TestAnOfficerIsBelievedOnlyAsCardAndTerminalSay(t *testing.T) {
	now := time.Now().Unix()
	for name, change := range map[string]func(card, officer map[string]any){
		"the card named nobody":      func(card, _ map[string]any) { delete(card, "may_act") },
		"the card named another":     func(card, _ map[string]any) { card["may_act"] = map[string]any{"sub": "F-04"} },
		"the terminal named nobody":  func(_, officer map[string]any) { delete(officer, "sub") },
		"the terminal named another": func(_, officer map[string]any) { officer["sub"] = "F-04" },
		"another terminal":           func(_, officer map[string]any) { officer["iss"] = "PUE-0422" },
		"another address":            func(_, officer map[string]any) { officer["aud"] = "https://inps.example" },
		"long ago":                   func(_, officer map[string]any) { officer["iat"], officer["exp"] = now-200, now-100 },
		"for an hour":                func(_, officer map[string]any) { officer["exp"] = now + 3600 },
		"without an id":              func(_, officer map[string]any) { delete(officer, "jti") },
	} {
		b := newBench(t)
		claims, officer := b.claims(t), b.officer()
		claims["may_act"] = map[string]any{"sub": "F-03"}
		change(claims, officer)
		if w := b.exchange(carla(t).sign("JWT", claims), officer); w.Code != http.StatusBadRequest || decode(t, w)["error"] != "invalid_grant" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
