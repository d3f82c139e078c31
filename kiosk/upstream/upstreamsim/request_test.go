package upstreamsim

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"testing"
)

// deviceSigned is a JWS of the terminal's own key, its type and certificate as
// given.
func (b *bench) deviceSigned(t *testing.T, typ, certFile, keyFile string, payload any) string {
	t.Helper()
	cert, err := readCertificate(b.dir + "/" + certFile)
	if err != nil {
		t.Fatal(err)
	}
	key, err := readKey[*ecdsa.PrivateKey](b.dir + "/" + keyFile)
	if err != nil {
		t.Fatal(err)
	}
	header, err1 := json.Marshal(map[string]any{"alg": "ES256", "typ": typ, "x5c": []string{base64.StdEncoding.EncodeToString(cert.Raw)}})
	claims, err2 := json.Marshal(payload)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	signed := b64.EncodeToString(header) + "." + b64.EncodeToString(claims)
	digest := sha256.Sum256([]byte(signed))
	r, sig, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	var raw [64]byte
	r.FillBytes(raw[:32])
	sig.FillBytes(raw[32:])
	return signed + "." + b64.EncodeToString(raw[:])
}

func goodRequest(n int) map[string]any {
	r := goodRecord(n)
	delete(r, "subject")
	delete(r, "card")
	r["service"], r["class"], r["assurance"], r["identity"] = "appuntamento", "booking", "none", "none"
	return r
}

func TestABookingWithoutACardIsBelievedOnTheTerminalsWordAlone(t *testing.T) {
	b := newBench(t)
	good := goodRequest(1)
	e := b.seal(t, goodRecord(1), b.deviceSigned(t, requestType, terminalFile, terminalKeyFile, good))
	if w := b.submit(e); w.Code != http.StatusAccepted {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		want   string
	}{
		"an application": {func(r map[string]any) { r["class"] = "application" }, "schema"},
		"a subject": {func(r map[string]any) {
			maps.Copy(r, map[string]any{"subject": carlaCode, "assurance": "high", "identity": "verified-locally", "card": cnsReport()})
		}, "subject"},
		"high assurance":     {func(r map[string]any) { r["assurance"] = "high" }, "schema"},
		"somebody's behalf":  {func(r map[string]any) { r["on_behalf_of"] = carlaCode }, "schema"},
		"another terminal's": {func(r map[string]any) { r["terminal"] = "PUE-0422" }, "envelope"},
	} {
		r := goodRequest(2)
		c.change(r)
		w := b.submit(b.seal(t, goodRecord(2), b.deviceSigned(t, requestType, terminalFile, terminalKeyFile, r)))
		if got := decode(t, w)["type"]; got != "urn:pue:problem:"+c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	r := goodRequest(3)
	w := b.submit(b.seal(t, goodRecord(3), b.deviceSigned(t, requestType, serverFile, serverKeyFile, r)))
	if got := decode(t, w)["type"]; got != "urn:pue:problem:signature" {
		t.Errorf("signed by the server's key: %v", got)
	}
	w = b.submit(b.seal(t, goodRecord(3), carla(t).sign("pue-submission+jws", r)))
	if w.Code == http.StatusAccepted {
		t.Error("a card signed for nobody")
	}
}
