package upstream

import (
	"crypto/rsa"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// modiVectors were made by openssl and Python (testdata/modi.py).
type modiVectors struct {
	Digests map[string]string `json:"digests"`
	At      int64             `json:"at"`
	Request struct {
		Body    string            `json:"body"`
		Headers map[string]string `json:"headers"`
	} `json:"request"`
	Answer struct {
		Status  int               `json:"status"`
		Body    string            `json:"body"`
		Headers map[string]string `json:"headers"`
	} `json:"answer"`
}

func loadModI(t *testing.T) modiVectors {
	t.Helper()
	data, err := os.ReadFile("testdata/modi.json")
	if err != nil {
		t.Fatal(err)
	}
	var v modiVectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDigestsAreThoseOfOtherTools(t *testing.T) {
	known := map[string]string{ // printed in many places
		`{"testo": "Ciao mondo"}`: "SHA-256=hPq3xjgxGMr98LL2/lP2Y66DVCTcXdwL+YpNQD/gmvk=",
		`{"testo":"Ciao mondo"}`:  "SHA-256=XPLevcS/HwVMCRq67PMbZd7RWF/zmIKEZPwrdiKIB5o=",
		"":                        "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	}
	v := loadModI(t)
	for body, want := range known {
		if v.Digests[body] != want {
			t.Errorf("the vectors have %s for %q", v.Digests[body], body)
		}
	}
	for body, want := range v.Digests {
		if got := digestOf([]byte(body)); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}

func TestAnAnswerSignedByOtherToolsIsINPSsWord(t *testing.T) {
	v := loadModI(t)
	h := http.Header{}
	for name, value := range v.Answer.Headers {
		h.Set(name, value)
	}
	a := answer{status: v.Answer.Status, header: h, body: []byte(v.Answer.Body)}
	cert, q := readTestCertificate(t, "exchanges/side/confirmation.pem"), question{"vector-1", "PUE-0421"}
	at := time.Unix(v.At, 0)
	if err := a.signedBy(cert, q, at); err != nil {
		t.Error(err)
	}
	for name, late := range map[string]time.Duration{"early": -31 * time.Second, "late": 91 * time.Second} {
		if a.signedBy(cert, q, at.Add(late)) == nil {
			t.Errorf("believed too %s", name)
		}
	}
	if a.signedBy(readTestCertificate(t, "confirmation.pem"), q, at) == nil {
		t.Error("believed with another key")
	}
}

// The terminal signs what the vector has, byte for byte: RSASSA-PKCS1-v1_5 leaves
// no choice.
func TestTheTerminalSignsAsOtherToolsDo(t *testing.T) {
	v := loadModI(t)
	cert := readTestCertificate(t, "exchanges/side/terminal.pem")
	full, err := deviceKey([][]byte{cert.Raw}, readTestKey[*rsa.PrivateKey](t, "exchanges/side/terminal-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDirect(Options{
		Certificate: tls.Certificate{Certificate: [][]byte{cert.Raw}}, Terminal: "PUE-0421",
	}, "https://inps.example", full)
	if err != nil {
		t.Fatal(err)
	}
	own := func(jti string) claims {
		c := newClaims("PUE-0421", "https://inps.example", time.Unix(v.At, 0), signatureLife)
		c.Jti = jti
		return c
	}
	h := http.Header{"Content-Type": {formType}}
	for name, signed := range map[string]func() (string, error){
		"Authorization": func() (string, error) { return d.key.sign(jwtType, own("vector-1")) },
		"Agid-JWT-Signature": func() (string, error) {
			return d.brief.sign(jwtType, integrity{own("vector-2"), sealHeaders(h, []byte(v.Request.Body))})
		},
		"Agid-JWT-TrackingEvidence": func() (string, error) {
			return d.brief.sign(jwtType, evidence{claims: own("vector-3"), UserID: "F-03", UserLocation: "PUE-0421", LoA: highAssurance})
		},
	} {
		got, err := signed()
		if want := strings.TrimPrefix(v.Request.Headers[name], "Bearer "); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}
