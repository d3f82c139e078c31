package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust/tsl"
)

// signedList writes a list of one authority that holds today, and its signer.
func signedList(t *testing.T, dir string, authority []byte) (list, signer string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "signer"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(authority)
	doc := etree.NewDocument()
	if err := doc.ReadFromString(fmt.Sprintf(`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="list"><SchemeInformation><TSLSequenceNumber>7</TSLSequenceNumber>`+
		`<SchemeTerritory>IT</SchemeTerritory><ListIssueDateTime>%s</ListIssueDateTime><NextUpdate><dateTime>%s</dateTime></NextUpdate></SchemeInformation>`+
		`<TrustServiceProviderList><TrustServiceProvider><TSPServices><TSPService><ServiceInformation>`+
		`<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/IdV</ServiceTypeIdentifier>`+
		`<ServiceDigitalIdentity><DigitalId><X509Certificate>%s</X509Certificate></DigitalId></ServiceDigitalIdentity>`+
		`<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel</ServiceStatus>`+
		`</ServiceInformation></TSPService></TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>`,
		template.NotBefore.UTC().Format(time.RFC3339), template.NotAfter.UTC().Format(time.RFC3339), base64.StdEncoding.EncodeToString(block.Bytes))); err != nil {
		t.Fatal(err)
	}
	s, err := dsig.NewSigningContext(key, [][]byte{der})
	if err != nil {
		t.Fatal(err)
	}
	s.IdAttribute = "Id"
	root, err := s.SignEnveloped(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	doc.SetRoot(root)
	list, signer = filepath.Join(dir, "list.xml"), filepath.Join(dir, "signer.pem")
	if err := doc.WriteToFile(list); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(signer, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return list, signer
}

// puectl runs a command and returns what it prints.
func puectl(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(context.Background(), args, &out)
	return out.String(), err
}

func TestAListBecomesAnchorsThatAreShown(t *testing.T) {
	dir := t.TempDir()
	list, signer := signedList(t, dir, cardsim.Anchor())
	into := filepath.Join(dir, "anchors")
	out, err := puectl(t, "trust", "import", "--list", list, "--certificate", signer, "--into", into)
	if err != nil || !strings.Contains(out, "added ") || !strings.Contains(out, "list 7") || !strings.Contains(out, "1 authorities") {
		t.Fatalf("%v: %s", err, out)
	}
	out, err = puectl(t, "trust", "import", "--list", list, "--certificate", signer, "--into", into, "--json")
	var again imported
	if err != nil || json.Unmarshal([]byte(out), &again) != nil || len(again.Kept) != 1 || len(again.Added) != 0 || again.Sequence != 7 {
		t.Errorf("again: %v: %s", err, out)
	}
	out, err = puectl(t, "trust", "list", "--anchors", into)
	if err != nil || !strings.Contains(out, "cards ") || !strings.Contains(out, "days left") || !strings.Contains(out, "CIE are not") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = puectl(t, "trust", "list", "--anchors", into, "--document-anchors", into, "--json")
	var all []anchor
	if err != nil || json.Unmarshal([]byte(out), &all) != nil || len(all) != 2 || all[1].Role != "documents" || all[0].DaysLeft < 1 {
		t.Errorf("%v: %s", err, out)
	}
}

func TestAListOfAnotherSignerChangesNothing(t *testing.T) {
	dir := t.TempDir()
	list, _ := signedList(t, dir, cardsim.Anchor())
	_, stranger := signedList(t, t.TempDir(), cardsim.Anchor())
	into := filepath.Join(dir, "anchors")
	if _, err := puectl(t, "trust", "import", "--list", list, "--certificate", stranger, "--into", into); !errors.Is(err, tsl.ErrSignature) || report(err) != 1 {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(into); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder came of it: %v", err)
	}
	if _, err := puectl(t, "trust", "import", "--list", list); !errors.Is(err, errUsage) {
		t.Errorf("half a command: %v", err)
	}
}
