package tsl_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"
	dsig "github.com/russellhaering/goxmldsig"

	"pue/devices/smartcard/trust/tsl"
)

// now is a day on which the list that xmlsec1 signed holds.
var now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func fixtureSigner(t testing.TB) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(fixture(t, "signer.pem"))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestAListThatXMLSecSignedIsRead(t *testing.T) {
	l, err := tsl.Read(fixture(t, "list.xml"), []*x509.Certificate{certificate(t, "somebody else"), fixtureSigner(t)}, now)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range l.Authorities {
		names = append(names, a.Subject.CommonName)
	}
	want := []string{"Regione Esempio - CA Cittadini 2020", "National root CA for invented cards"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("authorities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"CN=No authority,C=IT: it is not the certificate of an authority"}, l.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if l.Sequence != 42 || l.NextUpdate.Format(time.DateOnly) != "2027-04-30" {
		t.Errorf("number %d, until %s", l.Sequence, l.NextUpdate)
	}
}

func TestAListIsRefusedUnlessAllOfItIsSigned(t *testing.T) {
	whole, signer := string(fixture(t, "list.xml")), fixtureSigner(t)
	other := certificate(t, "another authority")
	replaced := func(old, by string) string {
		if strings.Count(whole, old) < 1 {
			t.Fatalf("the list has no %q", old)
		}
		return strings.Replace(whole, old, by, 1)
	}
	from, to := strings.Index(whole, "<ds:Signature "), strings.Index(whole, "</ds:Signature>")+len("</ds:Signature>")
	signature, unsigned := whole[from:to], whole[:from]+whole[to:]
	start := strings.Index(whole, "<TrustServiceStatusList")
	inner := whole[start:]
	evil := strings.Replace(unsigned[strings.Index(unsigned, "<TrustServiceStatusList"):], "</TSPServices>", "<TSPService><ServiceInformation>"+
		"<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/IdV</ServiceTypeIdentifier><ServiceDigitalIdentity><DigitalId><X509Certificate>"+
		base64.StdEncoding.EncodeToString(other.Raw)+"</X509Certificate></DigitalId></ServiceDigitalIdentity>"+
		"<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus></ServiceInformation></TSPService></TSPServices>", 1)
	for name, c := range map[string]struct {
		list   string
		signer *x509.Certificate
		now    time.Time
		want   error
	}{
		"another signer":          {whole, certificate(t, "Signer of the list"), now, tsl.ErrSignature},
		"unsigned":                {unsigned, signer, now, tsl.ErrSignature},
		"a status changed":        {replaced("deprecatedatnationallevel", "recognisedatnationallevel"), signer, now, tsl.ErrSignature},
		"a space changed":         {replaced("<SchemeTerritory>IT", "<SchemeTerritory> IT"), signer, now, tsl.ErrSignature},
		"a signature of SHA-1":    {replaced("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1"), signer, now, tsl.ErrSignature},
		"a digest of SHA-1":       {strings.ReplaceAll(whole, "2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"), signer, now, tsl.ErrSignature},
		"wrapped, signed inside":  {strings.Replace(evil, "</TrustServiceStatusList>", inner+"</TrustServiceStatusList>", 1), signer, now, tsl.ErrSignature},
		"wrapped, signed beside":  {strings.Replace(evil, "</TrustServiceStatusList>", signature+"<x>"+inner+"</x></TrustServiceStatusList>", 1), signer, now, tsl.ErrSignature},
		"wrapped in an object":    {strings.Replace(evil, "</TrustServiceStatusList>", strings.Replace(signature, "<ds:Object>", "<ds:Object>"+inner+"</ds:Object><ds:Object>", 1)+"</TrustServiceStatusList>", 1), signer, now, tsl.ErrSignature},
		"signature moved":         {strings.Replace(evil, "</TrustServiceStatusList>", signature+"</TrustServiceStatusList>", 1), signer, now, tsl.ErrSignature},
		"two signatures":          {strings.Replace(whole, signature, signature+signature, 1), signer, now, tsl.ErrSignature},
		"out of date":             {whole, signer, now.AddDate(1, 0, 0), tsl.ErrExpired},
		"from the future":         {whole, signer, now.AddDate(0, -2, 0), tsl.ErrSignature}, // of a signer who was none then
		"a signer who is no more": {whole, signer, now.AddDate(40, 0, 0), tsl.ErrSignature},
		"cut off":                 {whole[:len(whole)-30], signer, now, nil},
		"a page":                  {"<html><body>Accettare</body></html>", signer, now, tsl.ErrSignature},
		"nothing":                 {"", signer, now, tsl.ErrSignature},
		"a document type":         {strings.Replace(whole, "<TrustServiceStatusList", "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><TrustServiceStatusList", 1), signer, now, tsl.ErrOther},
		"an outside entity":       {strings.Replace(whole, "<TrustServiceStatusList", "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><TrustServiceStatusList", 1), signer, now, tsl.ErrOther},
		"an entity":               {replaced("Agenzia Esempio", "&a;"), signer, now, tsl.ErrOther},
		"without end":             {strings.Repeat("<a>", 1<<20), signer, now, tsl.ErrOther},
		"too long":                {whole + strings.Repeat(" ", tsl.MaxSize), signer, now, tsl.ErrOther},
		"another encoding":        {replaced("UTF-8", "ISO-8859-1"), signer, now, tsl.ErrOther},
	} {
		l, err := tsl.Read([]byte(c.list), []*x509.Certificate{c.signer}, c.now)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if l != nil {
			t.Errorf("%s: a list came out", name)
		}
	}
}

var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func certificate(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key().Public(), key())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// signed is a list as its signer, who has key, would make it.
func signed(t testing.TB, signer *x509.Certificate, sequence int, country string, authorities ...*x509.Certificate) []byte {
	t.Helper()
	var services strings.Builder
	for _, a := range authorities {
		fmt.Fprintf(&services, `<TSPService><ServiceInformation><ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/IdV</ServiceTypeIdentifier>
<ServiceDigitalIdentity><DigitalId><X509Certificate>%s</X509Certificate></DigitalId></ServiceDigitalIdentity>
<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus></ServiceInformation></TSPService>`, base64.StdEncoding.EncodeToString(a.Raw))
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromString(fmt.Sprintf(`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="list"><SchemeInformation><TSLSequenceNumber>%d</TSLSequenceNumber>
<SchemeTerritory>%s</SchemeTerritory><ListIssueDateTime>2026-11-01T00:00:00Z</ListIssueDateTime><NextUpdate><dateTime>2027-04-30T00:00:00Z</dateTime></NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPServices>%s</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>`, sequence, country, services.String())); err != nil {
		t.Fatal(err)
	}
	s, err := dsig.NewSigningContext(crypto.Signer(key()), [][]byte{signer.Raw})
	if err != nil {
		t.Fatal(err)
	}
	s.IdAttribute = "Id"
	s.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	root, err := s.SignEnveloped(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	out := etree.NewDocument()
	out.SetRoot(root)
	data, err := out.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t testing.TB, sequence int, authorities ...*x509.Certificate) *tsl.List {
	t.Helper()
	signer := certificate(t, "signer")
	l, err := tsl.Read(signed(t, signer, sequence, "IT", authorities...), []*x509.Certificate{signer}, now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTheListOfAnotherCountryIsRefused(t *testing.T) {
	signer := certificate(t, "signer")
	if _, err := tsl.Read(signed(t, signer, 1, "FR"), []*x509.Certificate{signer}, now); !errors.Is(err, tsl.ErrOther) {
		t.Errorf("%v", err)
	}
}

func TestAFolderFollowsTheListAndKeepsWhatIsNotOfIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "anchors")
	one, two, three := certificate(t, "Prima Autorità"), certificate(t, "seconda/../../autorità"), certificate(t, strings.Repeat("lunga ", 40))
	change, err := read(t, 1, one, two, one).Into(dir)
	if err != nil || len(change.Added) != 2 || change.Kept != nil || change.Gone != nil {
		t.Fatalf("%+v, %v", change, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "own.pem"), []byte("the technician's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if change, err = read(t, 2, two, three).Into(dir); err != nil || len(change.Added) != 1 || len(change.Kept) != 1 || len(change.Gone) != 1 {
		t.Fatalf("%+v, %v", change, err)
	}
	if again, err := read(t, 2, two, three).Into(dir); err != nil || again.Added != nil || len(again.Kept) != 2 || again.Gone != nil {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := read(t, 1, one).Into(dir); !errors.Is(err, tsl.ErrOlder) {
		t.Errorf("an older list: %v", err)
	}
	if _, err := read(t, 3).Into(dir); !errors.Is(err, tsl.ErrOther) {
		t.Errorf("a list of nobody: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{".trusted-list.json", change.Added[0], "own.pem", change.Kept[0]}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	data, err := os.ReadFile(filepath.Join(dir, change.Kept[0]))
	block, _ := pem.Decode(data)
	if err != nil || block == nil || !bytes.Equal(block.Bytes, two.Raw) {
		t.Errorf("%s: %v", data, err)
	}
}

func TestANoteThatNamesAnythingElseRemovesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".trusted-list.json"), []byte(`{"sequence": 1, "files": ["../precious.pem"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, 2, certificate(t, "one")).Into(dir); err == nil {
		t.Error("it is taken")
	}
}

func FuzzLists(f *testing.F) {
	whole, signer := fixture(f, "list.xml"), fixtureSigner(f)
	want, err := tsl.Read(whole, []*x509.Certificate{signer}, now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><DigestMethod/></Signature></TrustServiceStatusList>`))
	f.Add([]byte(`<DigestMethod xmlns="http://www.w3.org/2000/09/xmldsig#"/>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := tsl.Read(data, []*x509.Certificate{signer}, now)
		if err == nil && (l.Sequence != want.Sequence || len(l.Authorities) != len(want.Authorities)) {
			t.Errorf("a changed list says something else: %+v", l)
		}
	})
}
