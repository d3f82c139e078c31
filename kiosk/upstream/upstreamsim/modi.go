package upstreamsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// bodyLargest bounds what is read of any request, bytes.
const bodyLargest = sealedLargest

// Lives of what a terminal signs and of what we sign, and how far clocks may be
// apart.
const (
	signatureMost = 120 * time.Second
	replyLife     = 60 * time.Second
)

// operative are the claims of every signature of a terminal (ModI
// ID_AUTH_REST_02).
type operative struct {
	Iss string `json:"iss"`
	Sub string `json:"sub"`
	Aud string `json:"aud"`
	Iat int64  `json:"iat"`
	Exp int64  `json:"exp"`
	Jti string `json:"jti"`
}

// unconvincing is what is wrong with a terminal's signature. Its detail holds
// nothing personal.
func unconvincing(detail string) *refusal { return &refusal{"terminal-signature", detail} }

// asker is who asks, and how what it signs is believed.
type asker struct {
	name    string // iss and sub of its signatures
	open    func(compact []byte) ([]byte, error)
	voucher *pdndClaims // nil: modi-direct
}

type askerKey struct{}

// askerOf is who asks a request that was let in.
func askerOf(r *http.Request) asker { return r.Context().Value(askerKey{}).(asker) }

// identified says who asks: by a token of the device key in Authorization
// (ID_AUTH_REST_02), whose certificate is that of the connection, or by a voucher
// of the PDND.
func (s *Server) identified(r *http.Request, now time.Time) (asker, *refusal) {
	bearer, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || len(r.Header.Values("Authorization")) != 1 {
		return asker{}, unconvincing("no signature of the terminal")
	}
	if typeOf(bearer) == "at+jwt" {
		v, no := s.voucherOf(r, bearer, now)
		return asker{pdndClient, s.openByKeyID, &v}, no
	}
	a := asker{terminalOf(r), func(compact []byte) ([]byte, error) { return openJWSOf(device(r), compact, "JWT") }, nil}
	_, no := s.signedBy(a, r, bearer, now)
	return a, no
}

// signedBy returns the payload of a signature that the asker has made for us, now
// and for the first time.
func (s *Server) signedBy(a asker, r *http.Request, compact string, now time.Time) ([]byte, *refusal) {
	payload, err := a.open([]byte(compact))
	if err != nil {
		return nil, unconvincing(err.Error())
	}
	return payload, s.timely(r, payload, a.name, now)
}

// timely checks the claims that every signature has.
func (s *Server) timely(r *http.Request, payload []byte, from string, now time.Time) *refusal {
	var c operative
	if json.Unmarshal(payload, &c) != nil {
		return unconvincing("claims are not as they should be")
	}
	iat, exp := time.Unix(c.Iat, 0), time.Unix(c.Exp, 0)
	switch {
	case iat.After(now.Add(clockSkew)) || !exp.After(now.Add(-clockSkew)):
		return &refusal{"clock", "signed at another time"}
	case exp.Sub(iat) > signatureMost:
		return unconvincing("the signature lives too long")
	case c.Iss != from || c.Sub != from:
		return unconvincing("iss and sub are not who asks")
	case !s.isHere(r, c.Aud, ""):
		return unconvincing("aud is not this address")
	case c.Jti == "" || !s.desk.useJTI(from+" "+c.Jti, exp.Add(clockSkew)):
		return unconvincing("jti missing or used before")
	}
	return nil
}

// intact reads the body and checks that it is the one the asker has signed
// (INTEGRITY_REST_01 or 02). Without a body there is nothing to check, but for who
// comes with a voucher: that one is used many times.
func (s *Server) intact(a asker, r *http.Request, now time.Time) (int, *refusal) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLargest+1))
	if err != nil || len(body) > bodyLargest {
		return http.StatusRequestEntityTooLarge, &refusal{"too-large", "the body is too large or incomplete"}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 && a.voucher == nil {
		return 0, nil
	}
	if r.Header.Get("Digest") != digestOf(body) {
		return http.StatusBadRequest, &refusal{"digest", "Digest does not match the body"}
	}
	payload, no := s.signedBy(a, r, r.Header.Get("Agid-JWT-Signature"), now)
	if no == nil {
		no = signedHeaders(payload, r.Header)
	}
	return http.StatusUnauthorized, no
}

// signedHeaders compares the headers that were signed with those that came.
func signedHeaders(payload []byte, h http.Header) *refusal {
	var c struct {
		Headers []map[string]string `json:"signed_headers"`
	}
	if json.Unmarshal(payload, &c) != nil {
		return unconvincing("signed_headers are not an array of objects")
	}
	signed := map[string]string{}
	for _, one := range c.Headers {
		if len(one) != 1 {
			return unconvincing("signed_headers has not one header an object")
		}
		maps.Copy(signed, one)
	}
	for _, name := range []string{"digest", "content-type", "content-encoding"} {
		if signed[name] != h.Get(name) {
			return unconvincing(name + " is not the one that was signed")
		}
	}
	for name, value := range signed {
		if name != strings.ToLower(name) || h.Get(name) != value {
			return unconvincing("a header is not the one that was signed")
		}
	}
	return nil
}

// tracked checks the evidence of who used the terminal (AUDIT_REST_01 or 02).
func (s *Server) tracked(r *http.Request, now time.Time) *refusal {
	a := askerOf(r)
	if a.voucher != nil {
		return s.boundEvidence(r, *a.voucher, now)
	}
	payload, no := s.signedBy(a, r, r.Header.Get("Agid-JWT-TrackingEvidence"), now)
	if no != nil {
		return no
	}
	return s.evidenceSays(payload, r)
}

func (s *Server) evidenceSays(payload []byte, r *http.Request) *refusal {
	var c struct {
		UserID       string `json:"userID"`
		UserLocation string `json:"userLocation"`
		LoA          string `json:"LoA"` // encoding/json reads "loa" as well
	}
	if json.Unmarshal(payload, &c) != nil || c.UserID == "" || len(c.UserID) > 64 {
		return unconvincing("the evidence names no user")
	}
	if c.UserLocation != terminalOf(r) || !slices.Contains([]string{"low", "substantial", "high"}, c.LoA) {
		return unconvincing("the evidence is of another terminal, or of no level")
	}
	return nil
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}
