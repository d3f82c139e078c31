package upstreamsim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// reason is the key of a problem.
func reason(t *testing.T, body map[string]any) string {
	t.Helper()
	kind, _ := body["type"].(string)
	return strings.TrimPrefix(kind, "urn:pue:problem:")
}

func TestARequestIsHeardOnlyAsTheTerminalSignedIt(t *testing.T) {
	now := time.Now().Unix()
	for name, c := range map[string]struct {
		change func(map[string]any)
		key    string
	}{
		"another terminal's name": {func(c map[string]any) { c["iss"], c["sub"] = "PUE-0422", "PUE-0422" }, "terminal-signature"},
		"in another's name":       {func(c map[string]any) { c["sub"] = "PUE-0422" }, "terminal-signature"},
		"for another address":     {func(c map[string]any) { c["aud"] = "https://other.example" }, "terminal-signature"},
		"for another path":        {func(c map[string]any) { c["aud"] = "https://inps.example/auth/token" }, "terminal-signature"},
		"long ago":                {func(c map[string]any) { c["iat"], c["exp"] = now-200, now-100 }, "clock"},
		"in the future":           {func(c map[string]any) { c["iat"], c["exp"] = now+100, now+160 }, "clock"},
		"without an end":          {func(c map[string]any) { delete(c, "exp") }, "clock"},
		"for an hour":             {func(c map[string]any) { c["exp"] = now + 3600 }, "terminal-signature"},
		"without an id":           {func(c map[string]any) { delete(c, "jti") }, "terminal-signature"},
		"claims of another kind":  {func(c map[string]any) { c["iat"] = "now" }, "terminal-signature"},
	} {
		for _, header := range []string{"Authorization", "Agid-JWT-Signature", "Agid-JWT-TrackingEvidence"} {
			b := newBench(t)
			claims := b.operative()
			claims["userID"], claims["userLocation"], claims["LoA"] = "self-service", testTerminal, "high"
			body := []byte(`token=x`)
			claims["signed_headers"] = []any{
				map[string]any{"digest": digestOf(body)}, map[string]any{"content-type": "application/x-www-form-urlencoded"},
			}
			c.change(claims)
			value := b.signed(claims, nil)
			if header == "Authorization" {
				value = "Bearer " + value
			}
			w := b.do("POST", "/auth/revoke", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, header: {value}}, body)
			if w.Code != http.StatusUnauthorized || reason(t, decode(t, w)) != c.key {
				t.Errorf("%s, %s: %d %s", header, name, w.Code, w.Body)
			}
		}
	}
}

func TestASignatureIsGoodOnce(t *testing.T) {
	b := newBench(t)
	bearer := http.Header{"Authorization": {"Bearer " + b.signed(b.operative(), nil)}}
	if w := b.do("GET", "/status", bearer, nil); w.Code != http.StatusOK {
		t.Fatalf("first: %d %s", w.Code, w.Body)
	}
	if w := b.do("GET", "/status", bearer, nil); w.Code != http.StatusUnauthorized || reason(t, decode(t, w)) != "terminal-signature" {
		t.Errorf("replayed: %d", w.Code)
	}
}

func TestASignatureIsTheConnectionsOwn(t *testing.T) {
	b := newBench(t)
	ours := "Bearer " + b.signed(b.operative(), nil)
	b.device = otherDevice(t, b)
	if w := b.do("GET", "/status", http.Header{"Authorization": {ours}}, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("over a neighbour's connection: %d", w.Code)
	}
	for name, value := range map[string][]string{
		"nothing": nil, "no JWS": {"Bearer x"}, "another scheme": {strings.Replace(ours, "Bearer", "DPoP", 1)}, "two": {ours, ours},
	} {
		if w := b.do("GET", "/status", http.Header{"Authorization": value}, nil); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestABodyIsTheOneThatWasSigned(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	body, other := []byte("token=x"), []byte("token=y")
	header := func(name, value string) any { return map[string]any{name: value} }
	for name, c := range map[string]struct {
		signed []any
		header http.Header
		status int
	}{
		"control": {[]any{header("digest", digestOf(body)), header("content-type", form)}, nil, 200},
		"another body": {
			[]any{header("digest", digestOf(other)), header("content-type", form)},
			http.Header{"Digest": {digestOf(other)}},
			400,
		},
		"another body than signed": {[]any{header("digest", digestOf(other)), header("content-type", form)}, nil, 401},
		"no digest signed":         {[]any{header("content-type", form)}, nil, 401},
		"no media type signed":     {[]any{header("digest", digestOf(body))}, nil, 401},
		"another media type":       {[]any{header("digest", digestOf(body)), header("content-type", "text/plain")}, nil, 401},
		"an encoding not signed": {
			[]any{header("digest", digestOf(body)), header("content-type", form)},
			http.Header{"Content-Encoding": {"gzip"}},
			401,
		},
		"two headers in one": {[]any{map[string]any{"digest": digestOf(body), "content-type": form}}, nil, 401},
		"capital letters": {
			[]any{header("digest", digestOf(body)), header("content-type", form), header("Digest", digestOf(body))}, nil, 401,
		},
		"nothing signed": {nil, http.Header{"Agid-Jwt-Signature": nil}, 401},
	} {
		b := newBench(t)
		h := http.Header{
			"Content-Type": {form}, "Digest": {digestOf(body)},
			"Agid-Jwt-Signature": {b.signed(b.operative(), map[string]any{"signed_headers": c.signed})},
		}
		for k, v := range c.header {
			h[k] = v
		}
		if w := b.do("POST", "/auth/revoke", h, body); w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestWhatConcernsACitizenNeedsEvidence(t *testing.T) {
	for name, more := range map[string]map[string]any{
		"nobody":           {"userLocation": testTerminal, "LoA": "high"},
		"another terminal": {"userID": "F-03", "userLocation": "PUE-0422", "LoA": "high"},
		"no level":         {"userID": "F-03", "userLocation": testTerminal},
		"another level":    {"userID": "F-03", "userLocation": testTerminal, "LoA": "highest"},
	} {
		b := newBench(t)
		evidence := http.Header{"Agid-JWT-TrackingEvidence": {b.signed(b.operative(), more)}}
		if w := b.do("GET", "/applications/"+testID(1), evidence, nil); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	b := newBench(t)
	none := http.Header{"Agid-JWT-TrackingEvidence": nil}
	if w := b.do("GET", "/applications/"+testID(1), none, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("without: %d", w.Code)
	}
	if w := b.do("GET", "/status", none, nil); w.Code != http.StatusOK {
		t.Errorf("of nobody: %d", w.Code)
	}
	lower := http.Header{"Agid-JWT-TrackingEvidence": {b.signed(b.operative(), map[string]any{
		"userID": "F-03", "userLocation": testTerminal, "loa": "substantial",
	})}}
	if w := b.do("GET", "/applications/"+testID(1), lower, nil); w.Code != http.StatusNotFound {
		t.Errorf("loa in small letters: %d", w.Code)
	}
}
