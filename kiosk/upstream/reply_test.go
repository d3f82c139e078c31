package upstream_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"pue/kiosk/upstream"
)

// signer gives answers INPS's signature, with the key in dir. What a handler
// marks as unsigned, and what is longer than any answer of a test, goes out as it
// is.
type signer struct {
	t      *testing.T
	dir    string
	change func(claims map[string]any, h http.Header, body *[]byte) // of what was signed, or before it leaves; may be nil
	key    string                                                   // empty: the confirmation key
	typ    string                                                   // empty: JWT
	pdnd   bool                                                     // requests come with vouchers
}

const unsignedMark = "Test-Unsigned"

// unsigned is h on the other side of a gateway.
func unsigned(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(unsignedMark, "yes")
		h(w, r)
	}
}

func (s signer) wrap(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		held := &held{ResponseWriter: w}
		h(held, r)
		if held.let {
			return
		}
		body := held.body.Bytes()
		mark := w.Header().Get(unsignedMark)
		w.Header().Del(unsignedMark)
		if mark == "" {
			s.sign(w.Header(), r, held.code(), &body)
		}
		w.WriteHeader(held.code())
		w.Write(body)
	}
}

func (s signer) sign(h http.Header, r *http.Request, status int, body *[]byte) {
	h.Set("Digest", digest(*body))
	signed := []map[string]string{{"digest": h.Get("Digest")}}
	for _, name := range []string{"content-type", "location"} {
		if v := h.Get(name); v != "" {
			signed = append(signed, map[string]string{name: v})
		}
	}
	asked := claimsOf(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if s.pdnd {
		asked = claimsOf(r.Header.Get("Agid-JWT-Signature"))
	}
	now := time.Now().Unix()
	claims := map[string]any{
		"iss": "inps", "aud": asked["iss"], "iat": now, "exp": now + 60, "jti": "x", "signed_headers": signed,
		"in_reply_to": asked["jti"], "status": status,
	}
	key, typ := s.key, s.typ
	if key == "" {
		key = "/inps/confirmation-key.pem"
	}
	if typ == "" {
		typ = "JWT"
	}
	if s.change != nil {
		s.change(claims, h, body)
	}
	h.Set("Agid-JWT-Signature", es256(s.t, s.dir+key, typ, claims))
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// claimsOf reads a JWS without a look at its signature.
func claimsOf(compact string) map[string]any {
	claims := map[string]any{}
	if parts := strings.Split(compact, "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		json.Unmarshal(payload, &claims)
	}
	return claims
}

// held keeps an answer back until it is whole, or too long.
type held struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	let    bool
}

func (h *held) code() int {
	if h.status == 0 {
		return http.StatusOK
	}
	return h.status
}

func (h *held) WriteHeader(status int) { h.status = status }

func (h *held) Write(p []byte) (int, error) {
	if h.let {
		return h.ResponseWriter.Write(p)
	}
	h.body.Write(p)
	if h.body.Len() > 2<<20 {
		h.let = true
		h.ResponseWriter.WriteHeader(h.code())
		if _, err := h.ResponseWriter.Write(h.body.Bytes()); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// An answer that INPS has signed, but not to this question, not to this terminal
// or not as it came.
func TestASignatureThatDoesNotFitIsNone(t *testing.T) {
	long := time.Now().Add(-10 * time.Minute).Unix()
	for name, s := range map[string]signer{
		"to another question": {change: func(c map[string]any, _ http.Header, _ *[]byte) { c["in_reply_to"] = "K7QZP3M2V6TADXW4NLR5YJHB2C" }},
		"to no question":      {change: func(c map[string]any, _ http.Header, _ *[]byte) { delete(c, "in_reply_to") }},
		"to another terminal": {change: func(c map[string]any, _ http.Header, _ *[]byte) { c["aud"] = "PUE-0422" }},
		"with another status": {change: func(c map[string]any, _ http.Header, _ *[]byte) { c["status"] = 500 }},
		"ten minutes ago":     {change: func(c map[string]any, _ http.Header, _ *[]byte) { c["iat"], c["exp"] = long, long+60 }},
		"in the future":       {change: func(c map[string]any, _ http.Header, _ *[]byte) { c["iat"] = time.Now().Add(time.Minute).Unix() }},
		"another body":        {change: func(_ map[string]any, _ http.Header, body *[]byte) { *body = append(*body, ' ') }},
		"another digest": {change: func(_ map[string]any, h http.Header, body *[]byte) {
			*body = append(*body, ' ')
			h.Set("Digest", digest(*body))
		}},
		"another media type": {change: func(_ map[string]any, h http.Header, _ *[]byte) { h.Set("Content-Type", jsonType+"; charset=utf-16") }},
		"no digest": {change: func(c map[string]any, _ http.Header, _ *[]byte) {
			c["signed_headers"] = c["signed_headers"].([]map[string]string)[1:]
		}},
		"no media type": {change: func(c map[string]any, _ http.Header, _ *[]byte) {
			c["signed_headers"] = c["signed_headers"].([]map[string]string)[:1]
		}},
		"headers in one object": {change: func(c map[string]any, _ http.Header, _ *[]byte) {
			all := map[string]string{}
			for _, one := range c["signed_headers"].([]map[string]string) {
				maps.Copy(all, one)
			}
			c["signed_headers"] = []any{all}
		}},
		"another way":       {change: func(_ map[string]any, h http.Header, _ *[]byte) { h.Set("Location", "/elsewhere") }},
		"by the web server": {key: "/inps/server-key.pem"},
		"by the terminal":   {key: "/terminal-key.pem"},
		"as something else": {typ: "pue-confirmation+jws"},
		"and a second one": {change: func(_ map[string]any, h http.Header, _ *[]byte) {
			h["Agid-Jwt-Signature"] = nil
			h["Agid-JWT-Signature"] = []string{"x"}
		}},
		"claims of no sense": {change: func(c map[string]any, _ http.Header, _ *[]byte) { c["signed_headers"] = "digest" }},
	} {
		t.Run(name, func(t *testing.T) {
			for answer, h := range map[string]http.HandlerFunc{
				"receipt":   answering(202, jsonType, `{}`),
				"not known": answering(404, problemType, `{"type":"urn:pue:problem:not-known"}`),
				"refusal":   answering(422, problemType, `{"type":"urn:pue:problem:seal"}`),
				"up":        answering(200, jsonType, `{"status":"up"}`),
			} {
				client, _ := hostileWith(t, h, s)
				p := pack(t, client, 1)
				if _, err := client.Send(t.Context(), p); meaning(err) != "unknown" {
					t.Errorf("%s: send: %v", answer, err)
				}
				if _, err := client.Ask(t.Context(), p); meaning(err) != "unknown" {
					t.Errorf("%s: ask: %v", answer, err)
				}
				if client.Reachable(t.Context()) == nil {
					t.Errorf("%s: reachable", answer)
				}
			}
		})
	}
	client, _ := hostileWith(t, answering(422, problemType, `{"type":"urn:pue:problem:seal"}`), signer{})
	if _, err := client.Send(t.Context(), pack(t, client, 1)); meaning(err) != "refused" {
		t.Errorf("control: %v", err)
	}
}

// What INPS has not signed, somebody else may have said.
func TestNothingThatIsNotSignedDecidesAnything(t *testing.T) {
	problem := func(key string) string { return `{"type":"urn:pue:problem:` + key + `"}` }
	filed := `{"id":"0192f0c1-7a3e-7c55-9d1b-000000000001","state":"%s"}`
	for name, c := range map[string]struct {
		h         http.HandlerFunc
		send, ask string
	}{
		"receipt":           {answering(202, jsonType, `{}`), "unknown", "unknown"},
		"not known":         {answering(404, problemType, problem("not-known")), "unknown", "unknown"},
		"refused":           {answering(200, jsonType, fmt.Sprintf(filed, "refused")), "unknown", "unknown"},
		"processing":        {answering(200, jsonType, fmt.Sprintf(filed, "processing")), "unknown", "unknown"},
		"filed":             {answering(303, jsonType, fmt.Sprintf(filed, "filed"), "Location", "x/confirmation"), "unknown", "unknown"},
		"422":               {answering(422, problemType, problem("seal")), "unknown", "unknown"},
		"400":               {answering(400, problemType, problem("digest")), "unknown", "unknown"},
		"409":               {answering(409, problemType, problem("other-body")), "unknown", "unknown"},
		"410":               {answering(410, problemType, problem("retired")), "unknown", "unknown"},
		"401":               {answering(401, problemType, problem("terminal-certificate")), "unknown", "paused"},
		"429":               {answering(429, problemType, problem("quota")), "unknown", "busy"},
		"503 and a time":    {answering(503, problemType, problem("busy"), "Retry-After", "9"), "busy+unknown", "busy"},
		"409 no attachment": {answering(409, problemType, problem("attachment-missing")), "unknown", "unknown"},
	} {
		client, _ := hostile(t, unsigned(c.h))
		p := pack(t, client, 1)
		if _, err := client.Send(t.Context(), p); meaning(err) != c.send {
			t.Errorf("%s: send: %q, want %q: %v", name, meaning(err), c.send, err)
		}
		if _, err := client.Ask(t.Context(), p); meaning(err) != c.ask {
			t.Errorf("%s: ask: %q, want %q: %v", name, meaning(err), c.ask, err)
		}
	}
	client, _ := hostile(t, unsigned(answering(200, jsonType, `{"status":"up"}`)))
	if err := client.Reachable(t.Context()); !errors.Is(err, upstream.ErrContract) {
		t.Errorf("status: %v", err)
	}
}

func TestAConfirmationIsSoughtOnlyWhereItBelongs(t *testing.T) {
	for _, location := range []string{
		"", "/elsewhere", "https://elsewhere.example/applications/0192f0c1-7a3e-7c55-9d1b-000000000001/confirmation",
		"/applications/0192f0c1-7a3e-7c55-9d1b-000000000002/confirmation", "confirmation", "%zz",
		"/applications/0192f0c1-7a3e-7c55-9d1b-000000000001/confirmation?x=1",
	} {
		asked := map[string]int{}
		client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
			asked[r.URL.Path]++
			w.Header()["Location"] = []string{location}
			answering(303, jsonType, `{}`)(w, r)
		})
		if _, err := client.Ask(t.Context(), pack(t, client, 1)); meaning(err) != "unknown" || len(asked) != 1 {
			t.Errorf("%q: %v, asked %v", location, err, asked)
		}
	}
}
