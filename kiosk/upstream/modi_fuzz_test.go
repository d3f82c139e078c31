package upstream

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"
)

// No other text than the one that INPS's key made passes for its signature.
func FuzzNothingPassesForASignature(f *testing.F) {
	data, err := os.ReadFile("testdata/modi.json")
	if err != nil {
		f.Fatal(err)
	}
	var v modiVectors
	if err := json.Unmarshal(data, &v); err != nil {
		f.Fatal(err)
	}
	good := v.Answer.Headers["Agid-JWT-Signature"]
	for _, seed := range []string{good, "", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", good[:len(good)-1], v.Request.Headers["Agid-JWT-Signature"]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, signature string) {
		h := http.Header{}
		for name, value := range v.Answer.Headers {
			h.Set(name, value)
		}
		h.Set(signatureHeader, signature)
		a := answer{status: v.Answer.Status, header: h, body: []byte(v.Answer.Body)}
		err := a.signedBy(readTestCertificate(t, "exchanges/side/confirmation.pem"), question{"vector-1", "PUE-0421"}, time.Unix(v.At, 0))
		if (err == nil) != (signature == good) {
			t.Errorf("%q: %v", signature, err)
		}
	})
}

// Whatever the PDND answers, a voucher that is used is one for us.
func FuzzAVoucherIsForUsOrNone(f *testing.F) {
	now := time.Unix(1_795_341_600, 0)
	claims := part(map[string]any{"aud": "https://inps.example", "exp": now.Unix() + 600, "client_id": "client", "purposeId": "purpose"})
	good := `{"access_token":"` + part(map[string]any{"typ": "at+jwt"}) + "." + claims + `.c2ln","token_type":"Bearer","expires_in":600}`
	for _, seed := range []string{good, "", "{}", `{"access_token":"..","token_type":"Bearer","expires_in":1}`, `{"access_token":1}`} {
		f.Add([]byte(seed))
	}
	b := &bearer{PDND: PDND{ClientID: "client", PurposeID: "purpose"}, base: "https://inps.example"}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v voucher
		end, err := b.read(&v, body, now)
		if err != nil {
			return
		}
		if !bearerSyntax(v.token) || !end.After(now) || end.After(now.Add(24*time.Hour)) {
			t.Errorf("%q until %s", v.token, end)
		}
	})
}
