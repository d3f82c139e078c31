package upstreamsim

import (
	"bytes"
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

// questionOf reads it from the terminal's token, believed or not: it is only
// given back.
func questionOf(r *http.Request) asking {
	parts := strings.Split(r.Header.Get("Authorization"), ".")
	if len(parts) != 3 {
		return asking{}
	}
	var c operative
	payload, err := b64.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return asking{}
	}
	return asking{c.Jti, c.Iss}
}

// send lets the answer go. A part of a body is not signed (ModI does not sign
// Range), and neither is an answer to who asks without a name.
func (s *Server) send(r *signedReply, q asking, now time.Time) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if q.jti != "" && r.status != http.StatusPartialContent {
		r.Header().Set("Digest", digestOf(r.body.Bytes()))
		r.Header().Set("Agid-JWT-Signature", s.replySignature(r, q, now))
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
	compact, err := sealNamedJWS("JWT", s.keys.confirmationName, map[string]any{
		"iss": "inps", "aud": q.from, "iat": now.Unix(), "exp": now.Add(replyLife).Unix(), "jti": rand.Text(),
		"signed_headers": signed, "in_reply_to": q.jti, "status": r.status,
	}, s.keys.confirmation)
	if err != nil {
		panic(err) // a P-256 key signs
	}
	return compact
}
