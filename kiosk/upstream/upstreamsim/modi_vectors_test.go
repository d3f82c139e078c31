package upstreamsim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// A request that openssl and Python have signed (testdata/modi.py) is heard, and
// with one letter changed it is not.
func TestARequestSignedByOtherToolsIsHeard(t *testing.T) {
	data, err := os.ReadFile("../testdata/modi.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		At      int64 `json:"at"`
		Request struct {
			Body    string            `json:"body"`
			Headers map[string]string `json:"headers"`
		} `json:"request"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	cert, err := readCertificate("../testdata/exchanges/side/terminal.pem")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(v.At, 0)
	heard := func(body string, change func(http.Header)) *refusal {
		s, err := New(Options{Dir: "../testdata/exchanges/side", Anchors: testAnchors(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r := httptest.NewRequest("POST", "https://inps.example/auth/revoke", strings.NewReader(body))
		for name, value := range v.Request.Headers {
			r.Header.Set(name, value)
		}
		change(r.Header)
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}
		who, no := s.identified(r, at)
		if no == nil {
			_, no = s.intact(who, r, at)
		}
		if no == nil {
			no = s.tracked(r.WithContext(context.WithValue(t.Context(), askerKey{}, who)), at)
		}
		return no
	}
	if no := heard(v.Request.Body, func(http.Header) {}); no != nil {
		t.Errorf("%+v", no)
	}
	if heard(strings.Replace(v.Request.Body, "N4", "N5", 1), func(http.Header) {}) == nil {
		t.Error("heard with another body")
	}
	for _, name := range []string{"Authorization", "Agid-JWT-Signature", "Agid-JWT-TrackingEvidence"} {
		flip := func(h http.Header) {
			value := []byte(h.Get(name))
			at := len(value) - 100
			value[at] = map[bool]byte{true: 'B', false: 'A'}[value[at] == 'A']
			h.Set(name, string(value))
		}
		if heard(v.Request.Body, flip) == nil {
			t.Errorf("heard with another %s", name)
		}
	}
}
