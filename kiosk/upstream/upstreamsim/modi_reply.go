package upstreamsim

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// signedReply holds an answer back until it is whole, and signs it
// (INTEGRITY_REST_01): what is not signed might be a gateway's.
type signedReply struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader implements [http.ResponseWriter].
func (r *signedReply) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements [http.ResponseWriter].
func (r *signedReply) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// asking is what an answer is bound to.
type asking struct{ jti, from string }

// askingOf reads it from the terminal's token, or where that is a voucher from
// the signature of the body, believed or not: it is only given back.
func askingOf(r *http.Request) asking {
	compact := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if typeOf(compact) == "at+jwt" {
		compact = r.Header.Get("Agid-JWT-Signature")
	}
	var c operative
	parts := strings.Split(compact, ".")
	if len(parts) != 3 || !readJSONPart(parts[1], &c) {
		return asking{}
	}
	return asking{c.Jti, c.Iss}
}

// typeOf is what a JWS says it is.
func typeOf(compact string) string {
	var header struct {
		Typ string `json:"typ"`
	}
	part, _, _ := strings.Cut(compact, ".")
	readJSONPart(part, &header)
	return header.Typ
}

func readJSONPart(part string, out any) bool {
	data, err := b64.DecodeString(part)
	return err == nil && json.Unmarshal(data, out) == nil
}

// send lets the answer go. A part of a body is not signed (ModI does not sign
// Range), and neither is an answer to who asks without a name.
func (s *Server) send(r *signedReply, asked *http.Request, now time.Time) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	h, q := r.Header(), askingOf(asked)
	if q.jti != "" && r.status != http.StatusPartialContent {
		h.Set("Digest", digestOf(r.body.Bytes()))
		if s.signs() != Unsigned {
			h.Set("Agid-JWT-Signature", s.replySignature(r, q, now))
		}
	}
	r.ResponseWriter.WriteHeader(r.status)
	r.ResponseWriter.Write(r.body.Bytes())
}

func (s *Server) replySignature(r *signedReply, q asking, now time.Time) string {
	var signed []map[string]string
	for _, name := range []string{"digest", "content-type", "content-encoding", "location", "etag"} {
		if v := r.Header().Get(name); v != "" {
			signed = append(signed, map[string]string{name: v})
		}
	}
	key := s.keys.confirmation
	if s.signs() == Forged {
		key = s.keys.server.PrivateKey.(*ecdsa.PrivateKey) // of the same authority
	}
	compact, err := sealNamedJWS("JWT", s.keys.confirmationName, map[string]any{
		"iss": s.side, "aud": q.from, "iat": now.Unix(), "exp": now.Add(replyLife).Unix(), "jti": rand.Text(),
		"signed_headers": signed, "in_reply_to": q.jti, "status": r.status,
	}, key)
	if err != nil {
		panic(err) // a P-256 key signs
	}
	return compact
}

// Signing is how answers are signed.
type Signing string

// The ways of signing.
const (
	Signed   Signing = ""
	Unsigned Signing = "unsigned" // as by a gateway that takes the signature off
	Forged   Signing = "forged"   // with a key that is not INPS's
)

// SetSigning signs answers in that way from now on.
func (s *Server) SetSigning(how Signing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signing = how
}

func (s *Server) signs() Signing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signing
}

// now is what INPS's clock says.
func (s *Server) now() time.Time { return time.Now().Add(s.clockOff()) }
