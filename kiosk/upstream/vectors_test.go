package upstream

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
)

// vectors were made by openssl and pyca (testdata/make.py).
type vectors struct {
	Record          string `json:"record"`
	RecordJWS       string `json:"record_jws"`
	CIERecord       string `json:"cie_record"`
	CIERecordJWS    string `json:"cie_record_jws"`
	KeyID           string `json:"key_id"`
	Sealed          []byte `json:"sealed"`
	LoginJWS        string `json:"login_jws"`
	ConfirmationJWS string `json:"confirmation_jws"`
}

func loadVectors(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func readDER(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatalf("%s holds no PEM", name)
	}
	return block.Bytes
}

func readTestCertificate(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(readDER(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func readTestKey[K any](t *testing.T, name string) K {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(readDER(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return key.(K)
}

// softCard signs as a card does.
type softCard struct{ key *rsa.PrivateKey }

func (c softCard) Sign(digest []byte) ([]byte, error) {
	return rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, digest)
}

func vectorRecord() Record {
	return Record{
		ID:      "0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5e",
		Subject: smartcard.TaxCode{Private: smartcard.NewPrivate("PRVCRL63P41X999U")},
		Actor:   "F-03", Destination: "inps",
		Service: "naspi", ServiceVersion: 1, Class: catalog.Application,
		NoticeVersion: "2026-11", Language: "it", Assurance: "high", ClockTrusted: true,
		Answers:    catalog.Answers{"data-cessazione": "2026-10-31"},
		CapturedAt: time.Date(2026, 11, 20, 10, 15, 0, 0, time.UTC),
		Deadline:   time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC),
	}
}

// carlaIdentity is what a CNS says of itself whose chain was found good.
func carlaIdentity(t *testing.T) smartcard.Identity {
	return smartcard.Identity{
		Kind: smartcard.CNS, TaxCode: vectorRecord().Subject,
		Certificate: readTestCertificate(t, "carla.pem"), Chain: smartcard.ChainOK,
	}
}

// The certificate of a CIE hangs below one that travels with it, and its holder
// is known for certain where the authority was asked.
func TestTheEvidenceOfACIEIsByteForByteWhatOpensslSigned(t *testing.T) {
	v, r := loadVectors(t), vectorRecord()
	r.Subject = smartcard.TaxCode{Private: smartcard.NewPrivate("PRVNZE71D12X999T")}
	r.Revocation = smartcard.Revocation{
		State: smartcard.RevocationGood, CheckedAt: time.Date(2026, 11, 20, 11, 14, 30, 5e8, time.FixedZone("", 3600)), By: "ocsp",
	}
	id := smartcard.Identity{
		Kind: smartcard.CIE, TaxCode: r.Subject, Chain: smartcard.ChainOK, DocumentSigner: smartcard.ChainOK,
		Certificate: readTestCertificate(t, "enzo.pem"), Issuers: []*x509.Certificate{readTestCertificate(t, "cie-issuer.pem")},
	}
	got, err := r.encode(id, "PUE-0421", "099999")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v.CIERecord, string(got)); diff != "" {
		t.Errorf("record (-vector +got):\n%s", diff)
	}
	jws, err := signCompact(recordType, got, id.Path(), softCard{readTestKey[*rsa.PrivateKey](t, "enzo-key.pem")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v.CIERecordJWS, string(jws)); diff != "" {
		t.Errorf("signature (-vector +got):\n%s", diff)
	}
}

func TestNobodyIsVerifiedWhereSomethingWasNotAsked(t *testing.T) {
	good := smartcard.Revocation{State: smartcard.RevocationGood, CheckedAt: time.Now(), By: "crl"}
	for name, c := range map[string]struct {
		chain smartcard.Chain
		rev   smartcard.Revocation
		clock bool
		want  string
	}{
		"all was asked":            {smartcard.ChainOK, good, true, "verified"},
		"nobody could be asked":    {smartcard.ChainOK, smartcard.Revocation{State: smartcard.RevocationUnknown}, true, "verified-locally"},
		"nobody was asked":         {smartcard.ChainOK, smartcard.Revocation{}, true, "verified-locally"},
		"nothing to check against": {smartcard.ChainUnchecked, good, true, "verified-locally"},
		"a clock nobody keeps":     {smartcard.ChainOK, good, false, "verified-locally"},
	} {
		r, id := vectorRecord(), carlaIdentity(t)
		r.Revocation, r.ClockTrusted, id.Chain = c.rev, c.clock, c.chain
		if got := r.certainty(id); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := (Record{}).certainty(smartcard.Identity{}); got != "none" {
		t.Errorf("without a card: %q", got)
	}
}

func TestWhatARevokedCardConfirmsIsNotPacked(t *testing.T) {
	r := vectorRecord()
	r.Revocation.State = smartcard.RevocationRevoked
	if err := r.check(carlaIdentity(t), "PUE-0421", "inps"); err == nil {
		t.Error("packed")
	}
}

func TestARecordIsEncodedByteForByteAsTheVectorSays(t *testing.T) {
	got, err := vectorRecord().encode(carlaIdentity(t), "PUE-0421", "099999")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(loadVectors(t).Record, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestASignedRecordIsByteForByteWhatOpensslSigned(t *testing.T) {
	v := loadVectors(t)
	got, err := signCompact(recordType, []byte(v.Record), carlaIdentity(t).Path(), softCard{readTestKey[*rsa.PrivateKey](t, "carla-key.pem")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v.RecordJWS, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestTheSealHasTheSuiteAndContextOfTheVector(t *testing.T) {
	v, r := loadVectors(t), vectorRecord()
	key, err := hpke.NewDHKEMPrivateKey(readTestKey[*ecdh.PrivateKey](t, "sealing-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.AES128GCM(), sealInfo(r.ID, "PUE-0421"), v.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.BigEndian.Uint32(plain)
	got, err := io.ReadAll(flate.NewReader(bytes.NewReader(plain[frameHeader : frameHeader+n])))
	if err != nil || string(got) != v.RecordJWS {
		t.Errorf("the seal holds something else: %v", err)
	}
}

// zlib finds other bytes than we do for the same content; all else is the same.
func TestAFrameIsAsLongAsTheVectorsAndPaddedWithZeros(t *testing.T) {
	v := loadVectors(t)
	plain, err := frame([]byte(v.RecordJWS))
	if err != nil {
		t.Fatal(err)
	}
	const added = 32 + 16 // encapsulated key and tag
	if len(plain) != len(v.Sealed)-added {
		t.Errorf("%d bytes, the vector has %d", len(plain), len(v.Sealed)-added)
	}
	n := binary.BigEndian.Uint32(plain)
	if padding := plain[frameHeader+n:]; len(bytes.Trim(padding, "\x00")) > 0 {
		t.Error("the padding holds something")
	}
}

func TestTheIdOfASealingKeyIsThatOfTheVector(t *testing.T) {
	got, err := keyID(readTestKey[*ecdh.PrivateKey](t, "sealing-key.pem").PublicKey())
	if want := loadVectors(t).KeyID; err != nil || got != want {
		t.Errorf("got %s, want %s, %v", got, want, err)
	}
}

func TestAConfirmationSignedByOpensslIsBelieved(t *testing.T) {
	conf, err := readConfirmation([]byte(loadVectors(t).ConfirmationJWS), readTestCertificate(t, "confirmation.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if conf.Protocol != "INPS.7003.20/11/2026.0000042" || conf.ID != vectorRecord().ID {
		t.Errorf("confirmation says %+v", conf)
	}
}

func TestNoByteOfAConfirmationCanBeChanged(t *testing.T) {
	good, cert := loadVectors(t).ConfirmationJWS, readTestCertificate(t, "confirmation.pem")
	for i := range good {
		bad := []byte(good)
		bad[i] ^= 1
		if conf, err := readConfirmation(bad, cert); err == nil {
			t.Fatalf("byte %d changed, and still believed: %+v", i, conf)
		}
	}
}

func TestAConfirmationOfAnotherSignerIsNotBelieved(t *testing.T) {
	if _, err := readConfirmation([]byte(loadVectors(t).ConfirmationJWS), readTestCertificate(t, "anchor.pem")); err == nil {
		t.Error("believed")
	}
}

// A citizen's own signature, however good, is not INPS's.
func TestASignedRecordIsNoConfirmation(t *testing.T) {
	if _, err := readConfirmation([]byte(loadVectors(t).RecordJWS), readTestCertificate(t, "carla.pem")); err == nil {
		t.Error("believed")
	}
}

func FuzzReadConfirmation(f *testing.F) {
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		f.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(v.ConfirmationJWS))
	f.Add([]byte(v.RecordJWS))
	f.Add([]byte(".."))
	certPEM, err := os.ReadFile("testdata/confirmation.pem")
	if err != nil {
		f.Fatal(err)
	}
	block, _ := pem.Decode(certPEM)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, compact []byte) {
		conf, err := readConfirmation(compact, cert)
		if err == nil && conf.Protocol != "INPS.7003.20/11/2026.0000042" {
			t.Errorf("forged: %+v", conf)
		}
	})
}
