package upstream_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"pue/kiosk/outbox"
)

// confirmed is a server that says "filed" and then gives this confirmation.
func confirmed(t *testing.T, compact func(dir string, p outbox.Parcel) string) (outbox.Confirmation, error) {
	t.Helper()
	var body atomic.Value
	client, dir := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		id := strings.Split(r.URL.Path, "/")[2]
		if strings.HasSuffix(r.URL.Path, "/confirmation") {
			w.Header().Set("Content-Type", "application/jose")
			io.WriteString(w, body.Load().(string))
			return
		}
		answering(http.StatusSeeOther, jsonType, fmt.Sprintf(`{"id":%q,"state":"filed"}`, id), "Location", r.URL.Path+"/confirmation")(w, r)
	})
	p := pack(t, client, 1)
	body.Store(compact(dir, p))
	return client.Ask(t.Context(), p)
}

// es256 signs claims with a key of the reference side.
func es256(t *testing.T, keyFile, typ string, claims map[string]any) string {
	t.Helper()
	return es256Under(t, keyFile, map[string]any{"typ": typ}, claims)
}

// es256Under is es256 with more in the header. With b64 false the payload is signed
// and sent as it is (RFC 7797); it must have no dot then.
func es256Under(t *testing.T, keyFile string, header, claims map[string]any) string {
	t.Helper()
	block, _ := pem.Decode(readFile(t, keyFile))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	header["alg"] = "ES256"
	head, _ := json.Marshal(header)
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	body := base64.RawURLEncoding.EncodeToString(payload)
	if header["b64"] == false {
		body = string(payload)
	}
	signed := base64.RawURLEncoding.EncodeToString(head) + "." + body
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, parsed.(*ecdsa.PrivateKey), digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func goodClaims(p outbox.Parcel) map[string]any {
	sum := sha256.Sum256(p.Sealed)
	return map[string]any{
		"id": p.ID, "protocol": "INPS.7003.22/11/2026.0000001", "filed_at": "2026-11-22T10:00:00Z", "digest": hex.EncodeToString(sum[:]),
	}
}

func TestOnlyATrueConfirmationIsBelieved(t *testing.T) {
	const typ = "pue-confirmation+jws"
	for name, compact := range map[string]func(dir string, p outbox.Parcel) string{
		"another id": func(dir string, p outbox.Parcel) string {
			c := goodClaims(p)
			c["id"] = "0192f0c1-7a3e-7c55-9d1b-00000000ffff"
			return es256(t, dir+"/inps/confirmation-key.pem", typ, c)
		},
		"another digest": func(dir string, p outbox.Parcel) string {
			c := goodClaims(p)
			c["digest"] = strings.Repeat("0", 64)
			return es256(t, dir+"/inps/confirmation-key.pem", typ, c)
		},
		"no protocol": func(dir string, p outbox.Parcel) string {
			c := goodClaims(p)
			delete(c, "protocol")
			return es256(t, dir+"/inps/confirmation-key.pem", typ, c)
		},
		"a protocol with control characters": func(dir string, p outbox.Parcel) string {
			c := goodClaims(p)
			c["protocol"] = "INPS\x1b@"
			return es256(t, dir+"/inps/confirmation-key.pem", typ, c)
		},
		"no time": func(dir string, p outbox.Parcel) string {
			c := goodClaims(p)
			delete(c, "filed_at")
			return es256(t, dir+"/inps/confirmation-key.pem", typ, c)
		},
		"signed by INPS's web server": func(dir string, p outbox.Parcel) string {
			return es256(t, dir+"/inps/server-key.pem", typ, goodClaims(p))
		},
		"signed for something else": func(dir string, p outbox.Parcel) string {
			return es256(t, dir+"/inps/confirmation-key.pem", "JWT", goodClaims(p))
		},
		"not signed": func(_ string, p outbox.Parcel) string {
			header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"` + typ + `"}`))
			payload, _ := json.Marshal(goodClaims(p))
			return header + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
		},
		"not a JWS":  func(string, outbox.Parcel) string { return "INPS.7003.22/11/2026.0000001" },
		"too long":   func(string, outbox.Parcel) string { return strings.Repeat("A", 20<<10) },
		"left empty": func(string, outbox.Parcel) string { return "" },
	} {
		conf, err := confirmed(t, compact)
		if meaning(err) != "unknown" || conf.Protocol != "" {
			t.Errorf("%s: %q, protocol %q, %v", name, meaning(err), conf.Protocol, err)
		}
	}
	for name, extension := range map[string]map[string]any{
		"what it must understand":           {"crit": []string{"x"}, "x": 1},
		"an unencoded payload":              {"crit": []string{"b64"}, "b64": false},
		"one that is not even critical":     {"b64": false},
		"an extension that changes nothing": {"crit": []string{"b64"}, "b64": true},
		"nothing it must understand":        {"crit": []string{}},
	} {
		conf, err := confirmed(t, func(dir string, p outbox.Parcel) string {
			extension["typ"] = typ
			c := goodClaims(p)
			c["protocol"] = "INPS-7003"
			return es256Under(t, dir+"/inps/confirmation-key.pem", extension, c)
		})
		if meaning(err) != "unknown" || conf.Protocol != "" {
			t.Errorf("%s: %q, protocol %q, %v", name, meaning(err), conf.Protocol, err)
		}
	}
	conf, err := confirmed(t, func(dir string, p outbox.Parcel) string {
		return es256(t, dir+"/inps/confirmation-key.pem", typ, goodClaims(p))
	})
	if err != nil || conf.Protocol != "INPS.7003.22/11/2026.0000001" {
		t.Errorf("control: %+v, %v", conf, err)
	}
}
