package upstream

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pue/kiosk/outbox"
)

const (
	clientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	voucherType         = "at+jwt" // RFC 9068
	voucherBytes        = 16 << 10
	// voucherReason is why the outbox pauses when the PDND does not know us.
	voucherReason = "voucher"
)

// digestClaim binds a voucher to an evidence.
type digestClaim struct {
	Alg   string `json:"alg"`   // SHA256
	Value string `json:"value"` // hex, over the compact JWS
}

func evidenceDigest(compact string) *digestClaim {
	if compact == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(compact))
	return &digestClaim{"SHA256", hex.EncodeToString(sum[:])}
}

// redeem exchanges a client assertion (RFC 7523 §2.2) for a voucher, puts it into
// v and returns its end. Nothing has reached INPS by then: its errors say so.
func (b *bearer) redeem(ctx context.Context, v *voucher, now time.Time) (end time.Time, err error) {
	assertion, err := b.key.sign(jwtType, struct {
		claims
		PurposeID string       `json:"purposeId"`
		Digest    *digestClaim `json:"digest,omitempty"`
	}{newClaims(b.ClientID, b.Audience, now, assertionLife), b.PurposeID, evidenceDigest(v.evidence)})
	if err != nil {
		return time.Time{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.TokenURL, strings.NewReader(url.Values{
		"client_id": {b.ClientID}, "client_assertion": {assertion}, "client_assertion_type": {clientAssertionType},
		"grant_type": {"client_credentials"},
	}.Encode()))
	if err != nil {
		return time.Time{}, err
	}
	req.GetBody = nil // an assertion is good once: no repetition by net/http
	req.Header.Set("Content-Type", formType)
	req.Header.Set("Accept", jsonType)
	began := time.Now()
	resp, err := b.client.Do(req)
	if err != nil {
		return time.Time{}, lineError(withoutAddress(err), false)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, voucherBytes))
	if err != nil {
		return time.Time{}, lineError(err, false)
	}
	if resp.StatusCode != http.StatusOK {
		// A clock that is off is why no assertion is believed. INPS, which would
		// say what time it is, cannot be asked without a voucher.
		var s skew
		s.measure(resp.Header.Get("Date"), time.Now(), time.Since(began))
		if err := s.unsent(); err != nil {
			return time.Time{}, err
		}
		return time.Time{}, noVoucher(resp, body, now)
	}
	end, err = b.read(v, body, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", outbox.ErrNoLine, err)
	}
	return end, nil
}

// read believes an answer that holds a voucher for what was asked. Who signed it
// is INPS's to check; that it came from the PDND, TLS has said.
func (b *bearer) read(v *voucher, body []byte, now time.Time) (end time.Time, err error) {
	var a struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		Life  int64  `json:"expires_in"` // seconds
	}
	if json.Unmarshal(body, &a) != nil || !strings.EqualFold(a.Type, "Bearer") || !bearerSyntax(a.Token) || a.Life <= 0 {
		return time.Time{}, errors.New("not an answer with a voucher")
	}
	var header struct {
		Typ string `json:"typ"`
	}
	var c struct {
		Aud       audience     `json:"aud"`
		Exp       int64        `json:"exp"`
		ClientID  string       `json:"client_id"`
		PurposeID string       `json:"purposeId"`
		Digest    *digestClaim `json:"digest"`
	}
	parts := strings.Split(a.Token, ".")
	if len(parts) != 3 || !readPart(parts[0], &header) || !readPart(parts[1], &c) {
		return time.Time{}, errors.New("voucher that is no JWT")
	}
	bound := evidenceDigest(v.evidence)
	end = now.Add(time.Duration(min(a.Life, 24*3600)) * time.Second)
	if exp := time.Unix(c.Exp, 0); exp.Before(end) {
		end = exp
	}
	switch {
	case header.Typ != voucherType:
		return time.Time{}, errors.New("voucher of another type")
	case !slices.Contains(c.Aud, b.base):
		return time.Time{}, errors.New("voucher for another service")
	case c.ClientID != b.ClientID || c.PurposeID != b.PurposeID:
		return time.Time{}, errors.New("voucher of another client or purpose")
	case (c.Digest == nil) != (bound == nil) || bound != nil && *c.Digest != *bound:
		return time.Time{}, errors.New("voucher of another evidence")
	case !end.After(now.Add(voucherMargin)):
		return time.Time{}, errors.New("voucher that is over")
	}
	v.token = a.Token
	return end, nil
}

func readPart(part string, out any) bool {
	data, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(data, out) == nil
}

// noVoucher is what an error of the PDND means (RFC 6749 §5.2): it has no time, or
// it does not know this client.
func noVoucher(resp *http.Response, body []byte, now time.Time) error {
	var e struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &e) // a page of somebody else's says nothing
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode >= 500, e.Error == "temporarily_unavailable", e.Error == "server_error":
		return &outbox.BusyError{After: retryAfter(resp.Header.Get("Retry-After"), now)}
	case key(e.Error) != "":
		return fmt.Errorf("%w: %s", &outbox.PausedError{Reason: voucherReason}, key(e.Error))
	}
	return fmt.Errorf("%w: status %d of the PDND", outbox.ErrNoLine, resp.StatusCode)
}
