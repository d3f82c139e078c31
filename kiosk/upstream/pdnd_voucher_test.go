package upstream

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// office gives a voucher that lives so long to whoever asks.
type office struct {
	life  time.Duration
	given int
	alg   string // of the last assertion
	kid   string
}

// RoundTrip implements [http.RoundTripper].
func (o *office) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	o.given++
	var asked struct {
		Sub       string       `json:"sub"`
		PurposeID string       `json:"purposeId"`
		Digest    *digestClaim `json:"digest"`
	}
	var header struct{ Alg, Kid string }
	parts := strings.Split(form.Get("client_assertion"), ".")
	readPart(parts[0], &header)
	readPart(parts[1], &asked)
	o.alg, o.kid = header.Alg, header.Kid
	claims := map[string]any{
		"aud": "https://inps.example", "exp": time.Now().Add(o.life).Unix(), "client_id": asked.Sub, "purposeId": asked.PurposeID,
	}
	if asked.Digest != nil {
		claims["digest"] = asked.Digest
	}
	answer, err := json.Marshal(map[string]any{
		"access_token": part(map[string]any{"typ": "at+jwt"}) + "." + part(claims) + ".c2lnbmF0dXJl",
		"token_type":   "Bearer", "expires_in": int(o.life.Seconds()),
	})
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(answer)))}, err
}

func part(v any) string {
	data, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(data)
}

func TestAVoucherIsUsedUntilShortlyBeforeItsEnd(t *testing.T) {
	for _, c := range []struct{ life, used time.Duration }{
		{10 * time.Minute, 9*time.Minute + 30*time.Second},
		{time.Minute, 30 * time.Second},
		{24 * time.Hour, evidenceLife - voucherMargin}, // no longer than its evidence
	} {
		synctest.Test(t, func(t *testing.T) {
			o := &office{life: c.life}
			b, err := newBearer(Options{Terminal: "PUE-0421", PDND: &PDND{
				TokenURL: "https://pdnd.example/token", Audience: "pdnd.example/client-assertion", ClientID: "client", KeyID: "kid",
				Key: readTestKey[*rsa.PrivateKey](t, "carla-key.pem"), PurposeID: "purpose",
			}}, "https://inps.example", &http.Client{Transport: o})
			if err != nil {
				t.Fatal(err)
			}
			stamped := func() (voucher, evidence string) {
				r, err := http.NewRequest("GET", "https://inps.example/status", nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := b.stamp(t.Context(), r, call{by: "F-03"}, time.Now()); err != nil {
					t.Fatal(err)
				}
				return r.Header.Get("Authorization"), r.Header.Get(evidenceHeader)
			}
			voucher, evidence := stamped()
			time.Sleep(c.used - time.Second)
			if again, same := stamped(); again != voucher || same != evidence || o.given != 1 {
				t.Errorf("of %s: not the same after %s", c.life, c.used-time.Second)
			}
			time.Sleep(time.Second)
			if next, other := stamped(); next == voucher || other == evidence || o.given != 2 {
				t.Errorf("of %s: the same after %s", c.life, c.used)
			}
			if o.alg != "RS256" || o.kid != "kid" {
				t.Errorf("asserted with %s, %s", o.alg, o.kid)
			}
		})
	}
}
