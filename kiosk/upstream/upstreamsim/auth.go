package upstreamsim

import (
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"time"
)

const (
	jwtBearer       = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	tokenExchange   = "urn:ietf:params:oauth:grant-type:token-exchange"
	jwtTokenType    = "urn:ietf:params:oauth:token-type:jwt"
	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
	tokenPath       = "/auth/token"
	assertionMost   = 120 * time.Second // longest life of an assertion
	clockSkew       = 30 * time.Second
	formLargest     = 64 << 10 // bytes
)

func (s *Server) challenge(w http.ResponseWriter, r *http.Request) {
	nonce := s.desk.newNonce(thumbprint(device(r)), s.now())
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
	now := s.now()
	answer := map[string]any{"token_type": "Bearer", "expires_in": int(tokenLife.Seconds())}
	var g grant
	var err error
	switch kind := r.PostForm.Get("grant_type"); {
	case kind == cardTLS:
		g, err = s.grantAtDoor(r, now)
	case cardShown(r) != nil:
		refuseGrant(w, "unsupported_grant_type", "only "+cardTLS+" where the card is shown")
		return
	case kind == jwtBearer:
		g, err = s.grantFor(r, []byte(r.PostForm.Get("assertion")), now)
		if err == nil && g.actor != "" {
			err = errors.New("an officer acts only by exchange")
		}
	case kind == tokenExchange:
		g, err = s.exchange(r, now)
		answer["issued_token_type"] = accessTokenType
	default:
		refuseGrant(w, "unsupported_grant_type", "only "+jwtBearer+" and "+tokenExchange)
		return
	}
	if err != nil {
		s.log.Info("log-in refused", "terminal", terminalOf(r), "err", err)
		refuseGrant(w, "invalid_grant", err.Error())
		return
	}
	answer["access_token"] = s.desk.newToken(g)
	reply(w, http.StatusOK, answer)
}

// exchange is RFC 8693: the card's assertion is the subject, and the terminal
// vouches for the officer who is present. The card must have named the same one
// (may_act).
func (s *Server) exchange(r *http.Request, now time.Time) (grant, error) {
	if r.PostForm.Get("subject_token_type") != jwtTokenType || r.PostForm.Get("actor_token_type") != jwtTokenType {
		return grant{}, errors.New("subject and actor are not of type " + jwtTokenType)
	}
	g, err := s.grantFor(r, []byte(r.PostForm.Get("subject_token")), now)
	if err != nil {
		return grant{}, err
	}
	actor, err := s.vouchedActor(r, now)
	if err != nil {
		return grant{}, err
	}
	if actor != g.actor {
		return grant{}, errors.New("the card did not name this actor")
	}
	return g, nil
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
	MayAct   *struct {
		Sub string `json:"sub"`
	} `json:"may_act"` // RFC 8693 §4.4
}

// grantFor checks an assertion from end to end. Its errors hold nothing
// personal and may be told to the terminal.
func (s *Server) grantFor(r *http.Request, assertion []byte, now time.Time) (grant, error) {
	payload, chain, err := openJWS(assertion, "JWT")
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
	who, err := checkCard(chain, s.anchors, now)
	if err != nil {
		return grant{}, err
	}
	iat, exp := time.Unix(c.Iat, 0), time.Unix(c.Exp, 0)
	switch {
	case c.Iss != who.taxCode || c.Sub != who.taxCode:
		return grant{}, errors.New("iss and sub are not the holder of the card")
	case !s.isHere(r, c.Aud, tokenPath):
		return grant{}, errors.New("aud is not this token endpoint")
	case iat.After(now.Add(clockSkew)) || !exp.After(now.Add(-clockSkew)) || exp.Sub(iat) > assertionMost:
		return grant{}, errors.New("iat and exp are not a short time around now")
	case c.Terminal != terminalOf(r):
		return grant{}, errors.New("terminal is not the one that asks")
	case c.MayAct != nil && c.MayAct.Sub == "":
		return grant{}, errors.New("may_act without sub")
	case c.Jti == "" || !s.desk.useJTI(c.Jti, exp.Add(clockSkew)):
		return grant{}, errors.New("jti missing or used before")
	}
	g := grant{subject: who.taxCode, device: bound, until: now.Add(tokenLife)}
	if c.MayAct != nil {
		g.actor = c.MayAct.Sub
	}
	return g, nil
}

// isHere reports whether aud is that path here, under a name that this server's
// certificate holds; the Host header alone would be anybody's word.
func (s *Server) isHere(r *http.Request, aud, path string) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host // the port of https goes without saying
	}
	return aud == "https://"+r.Host+path && s.keys.server.Leaf.VerifyHostname(host) == nil
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

// bearer returns whose token the request carries, or answers 401. It has a header
// of its own: Authorization is the terminal's.
func (s *Server) bearer(w http.ResponseWriter, r *http.Request) (grant, bool) {
	g, ok := s.desk.holder(r.Header.Get("Pue-Citizen"), thumbprint(device(r)), s.now())
	if !ok {
		refuse(w, http.StatusUnauthorized, "token", "token unknown, expired or bound to another terminal")
		return grant{}, false
	}
	return g, true
}
