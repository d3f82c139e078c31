package upstreamsim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// consumer is a bench whose terminal comes with vouchers of the PDND.
type consumer struct {
	*bench
	key *rsa.PrivateKey
}

func newConsumer(t *testing.T) consumer {
	t.Helper()
	dir := t.TempDir()
	if err := Provision(dir, testTerminal, "inps.example"); err != nil {
		t.Fatal(err)
	}
	if _, err := ProvisionPDND(dir); err != nil {
		t.Fatal(err)
	}
	key, err := readKey[*rsa.PrivateKey](dir + "/" + pdndKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	c := consumer{openBench(t, dir, ""), key}
	c.sign = func(*http.Request, []byte) {}
	return c
}

func (c consumer) jws(header, claims map[string]any) string {
	h, _ := json.Marshal(header)
	p, _ := json.Marshal(claims)
	signed := b64.EncodeToString(h) + "." + b64.EncodeToString(p)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, c.key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b64.EncodeToString(signature)
}

func kidHeader() map[string]any {
	return map[string]any{"alg": "RS256", "typ": "JWT", "kid": pdndKeyID}
}

func (c consumer) claims(aud string, more map[string]any) map[string]any {
	now := time.Now().Unix()
	all := map[string]any{"iss": pdndClient, "sub": pdndClient, "aud": aud, "iat": now, "exp": now + 60, "jti": rand.Text()}
	maps.Copy(all, more)
	return all
}

func (c consumer) evidence(more map[string]any) string {
	all := map[string]any{"userID": "F-03", "userLocation": testTerminal, "LoA": "high", "purposeId": pdndPurpose, "dnonce": "1234567890"}
	maps.Copy(all, more)
	return c.jws(kidHeader(), c.claims("https://inps.example", all))
}

func hashOf(evidence string) map[string]any {
	sum := sha256.Sum256([]byte(evidence))
	return map[string]any{"alg": "SHA256", "value": hex.EncodeToString(sum[:])}
}

// ask asks the PDND for a voucher.
func (c consumer) ask(header, claims map[string]any, form url.Values) *httptest.ResponseRecorder {
	all := url.Values{
		"client_id": {pdndClient}, "client_assertion": {c.jws(header, claims)}, "grant_type": {"client_credentials"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
	maps.Copy(all, form)
	return c.form(PDNDPath, all)
}

func (c consumer) voucher(t *testing.T, evidence string) string {
	t.Helper()
	w := c.ask(kidHeader(), c.claims(PDNDAudience, map[string]any{"purposeId": pdndPurpose, "digest": hashOf(evidence)}), nil)
	token, ok := decode(t, w)["access_token"].(string)
	if !ok {
		t.Fatalf("no voucher: %s", w.Body)
	}
	return token
}

func TestThePDNDGivesVouchersToItsClientAlone(t *testing.T) {
	now := time.Now().Unix()
	purpose := map[string]any{"purposeId": pdndPurpose}
	with := func(more map[string]any) map[string]any {
		all := maps.Clone(purpose)
		maps.Copy(all, more)
		return all
	}
	c := newConsumer(t)
	for name, tt := range map[string]struct {
		header, claims map[string]any
		form           url.Values
		want           string
	}{
		"control":               {nil, purpose, nil, ""},
		"another grant":         {nil, purpose, url.Values{"grant_type": {"password"}}, "unsupported_grant_type"},
		"another kind of proof": {nil, purpose, url.Values{"client_assertion_type": {"x"}}, "invalid_client"},
		"another client":        {nil, purpose, url.Values{"client_id": {"x"}}, "invalid_client"},
		"another key":           {map[string]any{"kid": "x"}, purpose, nil, "invalid_client"},
		"another algorithm":     {map[string]any{"alg": "PS256"}, purpose, nil, "invalid_client"},
		"another issuer":        {nil, with(map[string]any{"iss": "x"}), nil, "invalid_client"},
		"another subject":       {nil, with(map[string]any{"sub": "x"}), nil, "invalid_client"},
		"another audience":      {nil, with(map[string]any{"aud": "https://inps.example"}), nil, "invalid_client"},
		"over":                  {nil, with(map[string]any{"iat": now - 100, "exp": now - 1}), nil, "invalid_client"},
		"for an hour":           {nil, with(map[string]any{"exp": now + 3600}), nil, "invalid_client"},
		"without an id":         {nil, with(map[string]any{"jti": ""}), nil, "invalid_client"},
		"another purpose":       {nil, map[string]any{"purposeId": "x"}, nil, "invalid_scope"},
		"a short digest":        {nil, with(map[string]any{"digest": map[string]any{"alg": "SHA256", "value": "ab"}}), nil, "invalid_request"},
		"another digest":        {nil, with(map[string]any{"digest": map[string]any{"alg": "SHA512", "value": hashOf("")["value"]}}), nil, "invalid_request"},
	} {
		header := kidHeader()
		maps.Copy(header, tt.header)
		w := c.ask(header, c.claims(PDNDAudience, tt.claims), tt.form)
		if got, _ := decode(t, w)["error"].(string); got != tt.want || (w.Code == http.StatusOK) != (tt.want == "") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	again := c.claims(PDNDAudience, purpose)
	c.ask(kidHeader(), again, nil)
	if w := c.ask(kidHeader(), again, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("replayed: %d", w.Code)
	}
}

// request asks for a submission that is not there, with a voucher.
func (c consumer) request(voucher, evidence string) *httptest.ResponseRecorder {
	signed := []any{map[string]any{"digest": digestOf(nil)}}
	return c.do("GET", "/applications/"+testID(1), http.Header{
		"Authorization": {"Bearer " + voucher}, "Agid-JWT-TrackingEvidence": {evidence}, "Digest": {digestOf(nil)},
		"Agid-JWT-Signature": {c.jws(kidHeader(), c.claims("https://inps.example", map[string]any{"signed_headers": signed}))},
	}, nil)
}

func TestAVoucherIsHeardWithItsEvidenceAndItsSignature(t *testing.T) {
	c := newConsumer(t)
	good := c.evidence(nil)
	voucher := c.voucher(t, good)
	for range 2 { // a voucher and its evidence serve many times
		if w := c.request(voucher, good); w.Code != http.StatusNotFound {
			t.Errorf("control: %d %s", w.Code, w.Body)
		}
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"other evidence":      c.request(voucher, c.evidence(nil)),
		"no evidence":         c.request(voucher, ""),
		"a voucher of nobody": c.request(good, good),
	} {
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	for name, more := range map[string]map[string]any{
		"without dnonce":     {"dnonce": ""},
		"dnonce of letters":  {"dnonce": "abcdefgh"},
		"another purpose":    {"purposeId": "x"},
		"another client":     {"iss": "x"},
		"another address":    {"aud": "https://other.example"},
		"over":               {"exp": time.Now().Unix() - 1},
		"for a day":          {"exp": time.Now().Unix() + 86400},
		"another terminal":   {"userLocation": "PUE-0422"},
		"nobody":             {"userID": ""},
		"dnonce as a number": {"dnonce": 1234567890},
	} {
		evidence := c.evidence(more)
		want := http.StatusUnauthorized
		if name == "dnonce as a number" {
			want = http.StatusNotFound
		}
		if w := c.request(c.voucher(t, evidence), evidence); w.Code != want {
			t.Errorf("evidence, %s: %d %s", name, w.Code, w.Body)
		}
	}
	// Without a body too the request is signed.
	w := c.do("GET", "/applications/"+testID(1), http.Header{
		"Authorization": {"Bearer " + voucher}, "Agid-JWT-TrackingEvidence": {good},
	}, nil)
	if w.Code != http.StatusBadRequest && w.Code != http.StatusUnauthorized {
		t.Errorf("not signed: %d", w.Code)
	}
}
