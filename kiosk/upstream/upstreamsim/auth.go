package upstreamsim

import (
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	jwtBearer     = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionMost = 120 * time.Second // longest life of an assertion
	clockSkew     = 30 * time.Second
	formLargest   = 64 << 10 // bytes
)

func (s *Server) challenge(w http.ResponseWriter, r *http.Request) {
	nonce := s.desk.newNonce(thumbprint(device(r)), time.Now())
	reply(w, http.StatusOK, map[string]any{"nonce": nonce, "expires_in": int(nonceLife.Seconds())})
}

// readForm accepts a form body only: nothing of a log-in may stand in a URL.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" {
		refuse(w, http.StatusUnsupportedMediaType, "media-type", "a form is expected")
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, formLargest)
	if err := r.ParseForm(); err != nil || r.URL.RawQuery != "" {
		refuse(w, http.StatusBadRequest, "form", "the form cannot be read")
		return false
	}
	return true
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	if r.PostForm.Get("grant_type") != jwtBearer {
		refuseGrant(w, "unsupported_grant_type", "only "+jwtBearer)
		return
	}
	now := time.Now()
	g, err := s.grantFor(r, []byte(r.PostForm.Get("assertion")), now)
	if err != nil {
		s.log.Info("log-in refused", "terminal", terminalOf(r), "err", err)
		refuseGrant(w, "invalid_grant", err.Error())
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"access_token": s.desk.newToken(g), "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()),
	})
}

// claims of a log-in assertion (RFC 7523 §3, and ours).
type claims struct {
	Iss      string `json:"iss"`
	Sub      string `json:"sub"`
	Aud      string `json:"aud"`
	Iat      int64  `json:"iat"`
	Exp      int64  `json:"exp"`
	Jti      string `json:"jti"`
	Nonce    string `json:"nonce"`
	Terminal string `json:"terminal"`
	Act      *struct {
		Sub string `json:"sub"`
	} `json:"act"`
}

// grantFor checks an assertion from end to end. Its errors hold nothing
// personal and may be told to the terminal.
func (s *Server) grantFor(r *http.Request, assertion []byte, now time.Time) (grant, error) {
	payload, cert, err := openJWS(assertion, "JWT")
	if err != nil {
		return grant{}, err
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return grant{}, errors.New("claims are not as they should be")
	}
	// The nonce is spent before anything else is looked at, so that a wrong
	// assertion cannot be mended and tried again.
	bound := thumbprint(device(r))
	if !s.desk.useNonce(c.Nonce, bound, now) {
		return grant{}, errors.New("nonce unknown, used or expired")
	}
	taxCode, err := checkCard(cert, s.anchors, now)
	if err != nil {
		return grant{}, err
	}
	iat, exp := time.Unix(c.Iat, 0), time.Unix(c.Exp, 0)
	switch {
	case c.Iss != taxCode || c.Sub != taxCode:
		return grant{}, errors.New("iss and sub are not the holder of the card")
	case !s.isHere(r, c.Aud):
		return grant{}, errors.New("aud is not this token endpoint")
	case iat.After(now.Add(clockSkew)) || !exp.After(now.Add(-clockSkew)) || exp.Sub(iat) > assertionMost:
		return grant{}, errors.New("iat and exp are not a short time around now")
	case c.Terminal != terminalOf(r):
		return grant{}, errors.New("terminal is not the one that asks")
	case c.Act != nil && c.Act.Sub == "":
		return grant{}, errors.New("act without sub")
	case c.Jti == "" || !s.desk.useJTI(c.Jti, exp.Add(clockSkew)):
		return grant{}, errors.New("jti missing or used before")
	}
	g := grant{subject: taxCode, device: bound, until: now.Add(tokenLife)}
	if c.Act != nil {
		g.actor = c.Act.Sub
	}
	return g, nil
}

// isHere reports whether aud is the token endpoint under a name that this
// server's certificate holds; the Host header alone would be anybody's word.
func (s *Server) isHere(r *http.Request, aud string) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host // the port of https goes without saying
	}
	return aud == "https://"+r.Host+"/auth/token" && s.keys.server.Leaf.VerifyHostname(host) == nil
}

// revoke answers 200 whether the token was known or not (RFC 7009 §2.2).
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	token := r.PostForm.Get("token")
	if token == "" {
		refuseGrant(w, "invalid_request", "no token")
		return
	}
	s.desk.revoke(token, thumbprint(device(r)))
	reply(w, http.StatusOK, struct{}{})
}

// bearer returns whose token the request carries, or answers 401.
func (s *Server) bearer(w http.ResponseWriter, r *http.Request) (grant, bool) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g, ok := s.desk.holder(token, thumbprint(device(r)), time.Now())
	if !found || !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		refuse(w, http.StatusUnauthorized, "token", "token unknown, expired or bound to another terminal")
		return grant{}, false
	}
	return g, true
}
