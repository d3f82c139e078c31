// Package tsl reads the trusted list of a member state (ETSI TS 119 612) for the
// authorities that issue citizens' cards, and keeps a folder of anchors as it
// says. The daemon has no part in it: a technician imports, and the daemon reads
// a folder.
package tsl

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What is taken from a list (ETSI TS 119 612 §5.5.1.3, §5.5.4). Cards are issued
// by services that verify identities, which are recognised by the member state
// and no qualified services; some lists call them granted.
const (
	typeIdentity     = "http://uri.etsi.org/TrstSvc/Svctype/IdV"
	statusGranted    = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
	statusRecognised = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel"

	territory = "IT"
)

// Reasons for which a list is refused.
var (
	ErrSignature = errors.New("the list is not signed by whom it should")
	ErrExpired   = errors.New("the list is out of date: there must be a newer one")
	ErrOther     = errors.New("this is not the Italian trusted list")
)

// List is a trusted list that was proved.
type List struct {
	Sequence   int // counts up with every list
	Issued     time.Time
	NextUpdate time.Time
	// Authorities are those that issue citizens' cards, without repetitions.
	Authorities []*x509.Certificate
	// Skipped says which certificates of such services are of no use, and why.
	Skipped []string
}

// document is what is read of a list (ETSI TS 119 612 annex B).
type document struct {
	XMLName  xml.Name `xml:"http://uri.etsi.org/02231/v2# TrustServiceStatusList"`
	Sequence int      `xml:"SchemeInformation>TSLSequenceNumber"`
	Country  string   `xml:"SchemeInformation>SchemeTerritory"`
	Issued   string   `xml:"SchemeInformation>ListIssueDateTime"`
	Next     string   `xml:"SchemeInformation>NextUpdate>dateTime"`
	Services []struct {
		Type         string   `xml:"ServiceTypeIdentifier"`
		Status       string   `xml:"ServiceStatus"`
		Certificates []string `xml:"ServiceDigitalIdentity>DigitalId>X509Certificate"`
	} `xml:"TrustServiceProviderList>TrustServiceProvider>TSPServices>TSPService>ServiceInformation"`
}

// Read proves a list by the certificates of who may sign it, and by nothing that
// stands in it, and takes out who issues citizens' cards.
func Read(data []byte, signers []*x509.Certificate, now time.Time) (*List, error) {
	proved, err := prove(data, signers, now)
	if err != nil {
		return nil, err
	}
	var d document
	if err := xml.Unmarshal(proved, &d); err != nil {
		return nil, fmt.Errorf("reading the signed list: %w: %w", ErrOther, err)
	}
	if country := strings.TrimSpace(d.Country); country != territory {
		return nil, fmt.Errorf("%w: it is of %q", ErrOther, country)
	}
	l := &List{Sequence: d.Sequence}
	if l.Issued, err = instant(d.Issued); err != nil {
		return nil, fmt.Errorf("reading when the list was issued: %w", err)
	}
	if l.NextUpdate, err = instant(d.Next); err != nil {
		return nil, fmt.Errorf("reading until when the list holds: %w", err)
	}
	if now.After(l.NextUpdate) || now.Before(l.Issued.Add(-24*time.Hour)) {
		return nil, fmt.Errorf("%w: it was issued on %s and holds until %s", ErrExpired, l.Issued.Format(time.DateOnly), l.NextUpdate.Format(time.DateOnly))
	}
	for _, s := range d.Services {
		if strings.TrimSpace(s.Type) == typeIdentity && current(s.Status) {
			l.take(s.Certificates)
		}
	}
	return l, nil
}

func instant(text string) (time.Time, error) {
	return time.Parse(time.RFC3339, strings.TrimSpace(text))
}

func current(status string) bool {
	status = strings.TrimSpace(status)
	return status == statusGranted || status == statusRecognised
}

// take adds the certificates of one service. One that Go cannot read, or that is
// no authority's, does no harm to the others.
func (l *List) take(certificates []string) {
	for _, text := range certificates {
		cert, err := decode(text)
		switch {
		case err != nil:
			l.Skipped = append(l.Skipped, "a certificate that cannot be read: "+err.Error())
		case !cert.BasicConstraintsValid || !cert.IsCA:
			l.Skipped = append(l.Skipped, fmt.Sprintf("%s: it is not the certificate of an authority", cert.Subject))
		case !slices.ContainsFunc(l.Authorities, cert.Equal):
			l.Authorities = append(l.Authorities, cert)
		}
	}
}

func decode(text string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
