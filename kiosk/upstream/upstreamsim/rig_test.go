package upstreamsim

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	testTerminal = "PUE-0421"
	carlaCode    = "PRVCRL63P41X999U"
)

// bench is the reference side without a network: requests carry the device
// certificate that TLS would have verified.
type bench struct {
	*Server
	dir    string
	device *x509.Certificate
	key    *ecdsa.PrivateKey
	sign   func(r *http.Request, body []byte)              // puts the terminal's signatures on every request
	check  func(*http.Request, *httptest.ResponseRecorder) // looks at every answer
}

func newBench(t testing.TB) *bench {
	t.Helper()
	dir := t.TempDir()
	if err := Provision(dir, testTerminal, "inps.example"); err != nil {
		t.Fatal(err)
	}
	return openBench(t, dir, "")
}

func openBench(t testing.TB, dir, ledger string) *bench {
	t.Helper()
	return openSide(t, Options{Dir: dir, Anchors: testAnchors(t), Ledger: ledger})
}

func openSide(t testing.TB, o Options) *bench {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	device, err := readCertificate(o.Dir + "/" + terminalFile)
	if err != nil {
		t.Fatal(err)
	}
	key, err := readKey[*ecdsa.PrivateKey](o.Dir + "/" + terminalKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Server: s, dir: o.Dir, device: device, key: key}
	b.sign = b.signAll
	return b
}

func (b *bench) do(method, path string, header http.Header, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://inps.example"+path, bytes.NewReader(body))
	r.Header.Set("Content-Type", header.Get("Content-Type"))
	b.sign(r, body)
	for k, v := range header {
		r.Header[http.CanonicalHeaderKey(k)] = v
	}
	if b.device != nil {
		r.TLS = &tls.ConnectionState{
			PeerCertificates: []*x509.Certificate{b.device}, VerifiedChains: [][]*x509.Certificate{{b.device}},
		}
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	if b.check != nil {
		b.check(r, w)
	}
	return w
}

func (b *bench) form(path string, values url.Values) *httptest.ResponseRecorder {
	return b.do("POST", path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(values.Encode()))
}

func (b *bench) nonce(t testing.TB) string {
	t.Helper()
	return decode(t, b.do("POST", "/auth/challenge", nil, nil))["nonce"].(string)
}

func (b *bench) redeem(assertion string) *httptest.ResponseRecorder {
	return b.form("/auth/token", url.Values{"grant_type": {jwtBearer}, "assertion": {assertion}})
}

// exchange redeems an assertion in the presence of an officer, for whom the
// terminal signs these claims.
func (b *bench) exchange(assertion string, officer map[string]any) *httptest.ResponseRecorder {
	return b.form(tokenPath, url.Values{
		"grant_type": {tokenExchange}, "subject_token": {assertion}, "subject_token_type": {jwtTokenType},
		"actor_token": {b.signed(officer, nil)}, "actor_token_type": {jwtTokenType},
	})
}

// officer are the claims by which the terminal vouches for F-03.
func (b *bench) officer() map[string]any {
	c := b.operative()
	c["sub"], c["aud"] = "F-03", "https://inps.example"+tokenPath
	return c
}

func (b *bench) token(t testing.TB) string {
	t.Helper()
	w := b.redeem(carla(t).sign("JWT", b.claims(t)))
	token, ok := decode(t, w)["access_token"].(string)
	if !ok {
		t.Fatalf("no token: %s", w.Body)
	}
	return token
}

// claims are those of a good log-in.
func (b *bench) claims(t testing.TB) map[string]any {
	now := time.Now().Unix()
	return map[string]any{
		"iss": carlaCode, "sub": carlaCode, "aud": "https://inps.example/auth/token", "iat": now, "exp": now + 60,
		"jti": rand.Text(), "nonce": b.nonce(t), "terminal": testTerminal,
	}
}

// operative are the claims of a good signature of the terminal.
func (b *bench) operative() map[string]any {
	now, name := time.Now().Unix(), b.device.Subject.CommonName
	return map[string]any{
		"iss": name, "sub": name, "aud": "https://inps.example", "iat": now, "exp": now + 60, "jti": rand.Text(),
	}
}

// signed is what the device key makes of the claims, with those added.
func (b *bench) signed(claims, more map[string]any) string {
	all := maps.Clone(claims)
	maps.Copy(all, more)
	compact, err := sealNamedJWS("JWT", map[string]any{"x5c": [][]byte{b.device.Raw}}, all, b.key)
	if err != nil {
		panic(err)
	}
	return compact
}

// signAll signs as a terminal does.
func (b *bench) signAll(r *http.Request, body []byte) {
	if b.device == nil {
		return
	}
	r.Header.Set("Authorization", "Bearer "+b.signed(b.operative(), nil))
	r.Header.Set("Agid-JWT-TrackingEvidence", b.signed(b.operative(), map[string]any{
		"userID": "self-service", "userLocation": b.device.Subject.CommonName, "LoA": "high",
	}))
	if len(body) > 0 {
		b.signBody(r, body)
	}
}

func (b *bench) signBody(r *http.Request, body []byte) {
	r.Header.Set("Digest", digestOf(body))
	signed := []any{map[string]any{"digest": r.Header.Get("Digest")}}
	if media := r.Header.Get("Content-Type"); media != "" {
		signed = append(signed, map[string]any{"content-type": media})
	}
	r.Header.Set("Agid-JWT-Signature", b.signed(b.operative(), map[string]any{"signed_headers": signed}))
}

func (b *bench) submit(e envelope) *httptest.ResponseRecorder { return b.do(b.submission(e)) }

func (b *bench) submission(e envelope) (method, path string, header http.Header, body []byte) {
	return "POST", "/applications", http.Header{
		"Content-Type": {"application/vnd.pue.sealed"}, "Idempotency-Key": {`"` + e.id + `"`},
		"Pue-Class": {e.class}, "Pue-Key-Id": {e.keyID},
	}, e.sealed
}

// seal puts a signed record into an envelope that fits it.
func (b *bench) seal(t testing.TB, rec map[string]any, jws string) envelope {
	t.Helper()
	list, err := SealingKeys(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := readKey[*ecdh.PrivateKey](b.dir + "/" + list[0].secretFile())
	if err != nil {
		t.Fatal(err)
	}
	e := envelope{id: fmt.Sprint(rec["id"]), class: fmt.Sprint(rec["class"]), terminal: testTerminal}
	if e.keyID, err = sealingID(key); err != nil {
		t.Fatal(err)
	}
	pub, err := hpke.NewDHKEMPublicKey(key.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	info := strings.Join([]string{schema, e.id, testTerminal, e.class}, "\x00")
	e.sealed, err = hpke.Seal(pub, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(info), framed(t, jws))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// framed is the JWS compressed, between its length and padding.
func framed(t testing.TB, jws string) []byte {
	t.Helper()
	b := bytes.NewBuffer(make([]byte, frameLength))
	d, err := flate.NewWriter(b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	d.Write([]byte(jws))
	d.Close()
	plain := b.Bytes()
	binary.BigEndian.PutUint32(plain, uint32(len(plain)-frameLength))
	for len(plain) < frameLeast || len(plain)%frameStep != 0 {
		plain = append(plain, 0)
	}
	return plain
}

// goodRecord is a record INPS accepts; n tells its id.
func goodRecord(n int) map[string]any {
	return map[string]any{
		"schema": schema, "id": testID(n), "subject": carlaCode, "destination": "inps", "service": "naspi",
		"service_version": 1, "class": "application", "notice_version": "2026-11", "language": "it", "assurance": "high",
		"identity": "verified-locally", "card": cnsReport(), "clock_trusted": true, "attachments": []any{}, "answers": map[string]any{"a": "b"},
		"captured_at": time.Now().Add(-time.Minute).UTC().Format(time.RFC3339), "terminal": testTerminal, "istat": "099999",
	}
}

// cnsReport is what a terminal without a line knows of a CNS.
func cnsReport() map[string]any {
	return map[string]any{"kind": "cns", "chain": "ok", "revocation": map[string]any{"state": "unknown"}}
}

func testID(n int) string { return fmt.Sprintf("0192f0c1-7a3e-7c55-9d1b-%012x", n) }

func (b *bench) goodSubmission(t testing.TB, n int) envelope {
	t.Helper()
	rec := goodRecord(n)
	return b.seal(t, rec, carla(t).sign("pue-submission+jws", rec))
}

// testCard signs as a card does.
type testCard struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

func carla(t testing.TB) testCard {
	t.Helper()
	cert, err := readCertificate("../testdata/carla.pem")
	if err != nil {
		t.Fatal(err)
	}
	key, err := readKey[*rsa.PrivateKey]("../testdata/carla-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	return testCard{cert, key}
}

func (c testCard) sign(typ string, payload any) string {
	return c.signHeader(map[string]any{"alg": "RS256", "typ": typ, "x5c": []string{base64.StdEncoding.EncodeToString(c.cert.Raw)}}, payload)
}

func (c testCard) signHeader(header map[string]any, payload any) string {
	h, err1 := json.Marshal(header)
	p, err2 := json.Marshal(payload)
	if err1 != nil || err2 != nil {
		panic("test data that JSON cannot hold")
	}
	signed := b64.EncodeToString(h) + "." + b64.EncodeToString(p)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, c.key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b64.EncodeToString(signature)
}

// reissued is the same key with a certificate of the test authority that is
// different in one way.
func (c testCard) reissued(t testing.TB, change func(*x509.Certificate)) testCard {
	t.Helper()
	anchor, err := readCertificate("../testdata/anchor.pem")
	if err != nil {
		t.Fatal(err)
	}
	anchorKey, err := readKey[*ecdsa.PrivateKey]("../testdata/anchor-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: carlaCode + "/6090000000000001.x"},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Policies: []x509.OID{mustOID(1, 3, 76, 16, 2, 1)}, PolicyIdentifiers: []asn1.ObjectIdentifier{cardPolicies["cns"]},
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, anchor, c.key.Public(), anchorKey)
	if err != nil {
		t.Fatal(err)
	}
	c.cert, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustOID(ints ...uint64) x509.OID {
	oid, err := x509.OIDFromInts(ints)
	if err != nil {
		panic(err)
	}
	return oid
}

func decode(t testing.TB, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatalf("status %d, %q: %v", w.Code, w.Body, err)
	}
	return m
}
