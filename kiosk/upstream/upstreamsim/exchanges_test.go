package upstreamsim

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The exchanges were recorded by the terminal's own test (-update there), which
// plays them to the terminal; here the same are played to the reference side.
func TestTheReferenceSideAnswersAsWasRecorded(t *testing.T) {
	const folder = "../testdata/exchanges"
	files, err := filepath.Glob(folder + "/*.request.http")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d exchanges, %v", len(files), err)
	}
	cert, err := readCertificate(folder + "/side/terminal.pem")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)))
		s, err := New(Options{Dir: folder + "/side", Anchors: testAnchors(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i, file := range files { // in order: their names begin with numbers
			r := readRequest(t, file)
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}, VerifiedChains: [][]*x509.Certificate{{cert}}}
			w := httptest.NewRecorder()
			cryptotest.SetGlobalRandom(t, uint64(1000+i+1))
			s.Handler().ServeHTTP(w, r)
			got, want := read(t, w.Result()), readAnswer(t, strings.Replace(file, ".request.", ".answer.", 1), r)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-recorded +answered):\n%s", file, diff)
			}
		}
	})
}

// exchanged is what must be the same each time: ECDSA signatures need not be.
type exchanged struct {
	Status int
	Header http.Header
	Body   string
	Signed any // claims of Agid-JWT-Signature
}

func readRequest(t *testing.T, file string) *http.Request {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readAnswer(t *testing.T, file string, r *http.Request) exchanged {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data)), r)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, answer)
}

func read(t *testing.T, answer *http.Response) exchanged {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	e := exchanged{Status: answer.StatusCode, Header: answer.Header.Clone(), Body: string(body)}
	signed, _ := claimsOf(e.Header.Get("Agid-JWT-Signature")).(map[string]any)
	if answer.Header.Get("Content-Type") == "application/jose" {
		e.Body = toText(claimsOf(e.Body))
		e.Header.Del("Digest") // of a signature that is new
		delete(signed, "signed_headers")
	}
	e.Signed = signed
	for _, name := range []string{"Agid-JWT-Signature", "Content-Length", "Date"} {
		e.Header.Del(name)
	}
	return e
}

// claimsOf reads a JWS without a look at its signature.
func claimsOf(compact string) any {
	var claims any
	if parts := strings.Split(compact, "."); len(parts) == 3 {
		readJSONPart(parts[1], &claims)
	}
	return claims
}

func toText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
