package upstreamsim

import (
	"bytes"
	"crypto/ecdh"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// The vectors of RFC 9180 A.1.1, sequence number 0.
func TestTheSealOfTheRFCOpens(t *testing.T) {
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, err := ecdh.X25519().NewPrivateKey(unhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"))
	if err != nil {
		t.Fatal(err)
	}
	sealed := unhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431" +
		"f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a")
	plain, err := openSeal(key, []byte("Ode on a Grecian Urn"), []byte("Count-0"), sealed)
	if err != nil {
		t.Fatal(err)
	}
	if string(plain) != "Beauty is truth, truth beauty" {
		t.Errorf("opened to %q", plain)
	}
}

type vectors struct {
	Record    string `json:"record"`
	RecordJWS string `json:"record_jws"`
	CIEJWS    string `json:"cie_record_jws"`
	KeyID     string `json:"key_id"`
	Sealed    []byte `json:"sealed"`
	LoginJWS  string `json:"login_jws"`
	Refused   []struct {
		What   string `json:"what"`
		Key    string `json:"key"`
		Sealed []byte `json:"sealed"`
	} `json:"refused"`
}

func loadVectors(t testing.TB) vectors {
	t.Helper()
	data, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func vectorServer(t testing.TB) *Server {
	t.Helper()
	sealing, err := readKey[*ecdh.PrivateKey]("../testdata/sealing-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	id, err := sealingID(sealing)
	if err != nil {
		t.Fatal(err)
	}
	openers := map[string]opener{id: {sealing, vectorGone}}
	return &Server{side: "inps", keys: keys{sealing: openers}, anchors: testAnchors(t)}
}

func testAnchors(t testing.TB) *x509.CertPool {
	t.Helper()
	anchor, err := readCertificate("../testdata/anchor.pem")
	if err != nil {
		t.Fatal(err)
	}
	root, err := readCertificate("../testdata/cie-root.pem")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(anchor)
	pool.AddCert(root)
	return pool
}

func vectorEnvelope(v vectors) envelope {
	return envelope{
		id: "0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5e", class: "application", keyID: v.KeyID, terminal: "PUE-0421", sealed: v.Sealed,
	}
}

var (
	vectorNow  = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	vectorGone = time.Date(2027, 11, 21, 0, 0, 0, 0, time.UTC)
)

func TestASubmissionSealedByPycaAndSignedByOpensslIsRead(t *testing.T) {
	rec, no := vectorServer(t).open(vectorEnvelope(loadVectors(t)), vectorNow)
	if no != nil {
		t.Fatalf("refused: %+v", *no)
	}
	if rec.Subject != "PRVCRL63P41X999U" || rec.Actor != "F-03" || rec.Answers["data-cessazione"] != "2026-10-31" {
		t.Errorf("read as %+v", rec)
	}
}

func TestTheCertificatesThatComeWithACIELeadToItsRoot(t *testing.T) {
	payload, chain, err := openJWS([]byte(loadVectors(t).CIEJWS), "pue-submission+jws")
	if err != nil {
		t.Fatal(err)
	}
	who, err := checkCard(chain, testAnchors(t), vectorNow)
	if err != nil || who != (holder{"cie", "PRVNZE71D12X999T"}) {
		t.Errorf("%+v, %v", who, err)
	}
	if rec, err := readRecord(payload); err != nil || rec.Identity != "verified" || rec.Card.DocumentSigner != "ok" {
		t.Errorf("%+v, %v", rec, err)
	}
	if _, err := checkCard(chain[:1], testAnchors(t), vectorNow); err == nil {
		t.Error("a way to the root was found without what lies between")
	}
	alone := x509.NewCertPool()
	if _, err := checkCard(chain, alone, vectorNow); err == nil {
		t.Error("what came along was believed by itself")
	}
}

func TestASealOpensOnlyUnderItsOwnName(t *testing.T) {
	s, v := vectorServer(t), loadVectors(t)
	for name, change := range map[string]func(*envelope){
		"other id":       func(e *envelope) { e.id = strings.Replace(e.id, "0192", "0193", 1) },
		"other class":    func(e *envelope) { e.class = "query" },
		"other terminal": func(e *envelope) { e.terminal = "PUE-0422" },
		"shorter":        func(e *envelope) { e.sealed = e.sealed[:len(e.sealed)-1] },
		"empty":          func(e *envelope) { e.sealed = nil },
		"low order key":  func(e *envelope) { e.sealed = append(make([]byte, 32), e.sealed[32:]...) },
	} {
		e := vectorEnvelope(v)
		change(&e)
		if _, no := s.open(e, vectorNow); no == nil || no.key != "seal" {
			t.Errorf("%s: %+v", name, no)
		}
	}
}

func TestNoByteOfASealedSubmissionCanBeChanged(t *testing.T) {
	s, v := vectorServer(t), loadVectors(t)
	for i := range v.Sealed {
		e := vectorEnvelope(v)
		e.sealed = bytes.Clone(v.Sealed)
		e.sealed[i] ^= 0x01
		if _, no := s.open(e, vectorNow); no == nil {
			t.Fatalf("byte %d changed, and still read", i)
		}
	}
}

func TestWhatIsWrongInOneThingIsRefusedForThatThing(t *testing.T) {
	s, v := vectorServer(t), loadVectors(t)
	for _, bad := range v.Refused {
		e := vectorEnvelope(v)
		e.sealed = bad.Sealed
		if _, no := s.open(e, vectorNow); no == nil || no.key != bad.Key {
			t.Errorf("%s: %+v, want %s", bad.What, no, bad.Key)
		}
	}
	if len(v.Refused) < 20 {
		t.Errorf("only %d were tried", len(v.Refused))
	}
}

func TestASealingKeyOpensUntilItIsGone(t *testing.T) {
	s, v := vectorServer(t), loadVectors(t)
	e := vectorEnvelope(v)
	if _, no := s.open(e, vectorGone.Add(-time.Second)); no != nil {
		t.Errorf("a second before: %+v", no)
	}
	if _, no := s.open(e, vectorGone); no == nil || no.key != "sealing-key" {
		t.Errorf("gone: %+v", no)
	}
	e.keyID = "0123456789abcdef"
	if _, no := s.open(e, vectorNow); no == nil || no.key != "sealing-key" {
		t.Errorf("unknown: %+v", no)
	}
}

func FuzzUnframe(f *testing.F) {
	v := loadVectors(f)
	s := vectorServer(f)
	e := vectorEnvelope(v)
	info := strings.Join([]string{schema, e.id, e.terminal, e.class}, "\x00")
	plain, err := openSeal(s.keys.sealing[v.KeyID].key, []byte(info), nil, v.Sealed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add(make([]byte, frameLeast))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if jws, err := unframe(plain); err == nil && len(jws) > jwsLargest {
			t.Errorf("%d bytes came out", len(jws))
		}
	})
}

func TestASubmissionFromTheFutureIsRefused(t *testing.T) {
	before := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	if _, no := vectorServer(t).open(vectorEnvelope(loadVectors(t)), before); no == nil || no.key != "schema" {
		t.Errorf("not refused: %+v", no)
	}
}

func TestALogInDoesNotPassForASubmissionNorTheOtherWayRound(t *testing.T) {
	v := loadVectors(t)
	if _, _, err := openJWS([]byte(v.LoginJWS), "JWT"); err != nil {
		t.Fatalf("control: %v", err)
	}
	if _, _, err := openJWS([]byte(v.LoginJWS), "pue-submission+jws"); err == nil {
		t.Error("a log-in passed for a submission")
	}
	if _, _, err := openJWS([]byte(v.RecordJWS), "JWT"); err == nil {
		t.Error("a submission passed for a log-in")
	}
}

func FuzzOpenJWS(f *testing.F) {
	v := loadVectors(f)
	f.Add([]byte(v.LoginJWS))
	f.Add([]byte("e30.e30."))
	f.Fuzz(func(t *testing.T, compact []byte) {
		if _, cert, err := openJWS(compact, "JWT"); err == nil && cert == nil {
			t.Error("verified without a certificate")
		}
	})
}

func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(loadVectors(f).Record))
	f.Add([]byte(`{"schema":"pue-submission/1"}`))
	f.Add([]byte(`{}{}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if r, err := readRecord(payload); err == nil && (r.ID == "" || r.Answers == nil) {
			t.Errorf("accepted %q", payload)
		}
	})
}
