package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	encoding "golang.org/x/crypto/cryptobyte/asn1"

	"pue/devices/smartcard"
)

// Extensions of lists and of their entries (RFC 5280 §5.2, §5.3).
var (
	oidReason            = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidDistributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
)

// reasonHold is a revocation that may be lifted (RFC 5280 §5.3.1).
const reasonHold = 6

// list is a certificate revocation list. Its entries stay in their encoding and
// are walked through, never all held as objects: that of a region has hundreds
// of thousands.
type list struct {
	*x509.RevocationList // without its entries
	signed               []byte
	entries              cryptobyte.String
}

// parseList takes a list apart (RFC 5280 §5.1). What stands around the entries is
// left to crypto/x509, which gets the list without them.
func parseList(der []byte) (*list, error) {
	var (
		outer, tbs, body, head, entries, entriesBody, tail cryptobyte.String
		broken                                             = errors.New("the list is not in DER")
	)
	input := cryptobyte.String(der)
	if !input.ReadASN1(&outer, encoding.SEQUENCE) || !input.Empty() || !outer.ReadASN1Element(&tbs, encoding.SEQUENCE) {
		return nil, broken
	}
	signed := tbs
	if !tbs.ReadASN1(&body, encoding.SEQUENCE) {
		return nil, broken
	}
	rest := body
	if !rest.SkipOptionalASN1(encoding.INTEGER) || !rest.SkipASN1(encoding.SEQUENCE) || !rest.SkipASN1(encoding.SEQUENCE) || !skipTime(&rest) {
		return nil, broken
	}
	if isTime(rest) && !skipTime(&rest) { // nextUpdate
		return nil, broken
	}
	head = body[:len(body)-len(rest)]
	if rest.PeekASN1Tag(encoding.SEQUENCE) {
		if !rest.ReadASN1Element(&entries, encoding.SEQUENCE) || !entries.ReadASN1(&entriesBody, encoding.SEQUENCE) {
			return nil, broken
		}
	}
	tail = rest
	var b cryptobyte.Builder
	b.AddASN1(encoding.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(encoding.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(head)
			b.AddBytes(tail)
		})
		b.AddBytes(outer)
	})
	short, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("putting the list together without its entries: %w", err)
	}
	header, err := x509.ParseRevocationList(short)
	if err != nil {
		return nil, fmt.Errorf("parsing the list: %w", err)
	}
	return &list{header, signed, entriesBody}, nil
}

func isTime(s cryptobyte.String) bool {
	return s.PeekASN1Tag(encoding.UTCTime) || s.PeekASN1Tag(encoding.GeneralizedTime)
}

func skipTime(s *cryptobyte.String) bool {
	return s.PeekASN1Tag(encoding.UTCTime) && s.SkipASN1(encoding.UTCTime) || s.SkipASN1(encoding.GeneralizedTime)
}

// signedBy reports whether one of the authorities made the list.
func (l *list) signedBy(authorities []*x509.Certificate) bool {
	return slices.ContainsFunc(authorities, func(a *x509.Certificate) bool {
		mayList := a.KeyUsage == 0 || a.KeyUsage&x509.KeyUsageCRLSign != 0
		return mayList && bytes.Equal(a.RawSubject, l.RawIssuer) && a.CheckSignature(l.SignatureAlgorithm, l.signed, l.Signature) == nil
	})
}

// covers says why a list does not speak of all certificates of its issuer that
// name one of those addresses, if it does not (RFC 5280 §6.3.3 b). A delta list,
// one of some reasons only, or one on behalf of other issuers, would let the
// revoked pass as good.
func (l *list) covers(addresses []string) error {
	for _, e := range l.Extensions {
		switch {
		case e.Id.Equal(oidDistributionPoint):
			if err := coveredBy(e.Value, addresses); err != nil {
				return err
			}
		case e.Critical:
			return fmt.Errorf("the list has the critical extension %v, which is not understood", e.Id)
		}
	}
	return nil
}

// coveredBy reads an issuing distribution point (RFC 5280 §5.2.5).
func coveredBy(der []byte, addresses []string) error {
	point, broken := cryptobyte.String(der), errors.New("the list has a broken distribution point")
	if !point.ReadASN1(&point, encoding.SEQUENCE) {
		return broken
	}
	for !point.Empty() {
		var value cryptobyte.String
		var tag encoding.Tag
		if !point.ReadAnyASN1(&value, &tag) {
			return broken
		}
		switch tag {
		case encoding.Tag(0).ContextSpecific().Constructed():
			if !namesOne(value, addresses) {
				return errors.New("the list is for certificates with another distribution point")
			}
		case encoding.Tag(1).ContextSpecific(): // only of users, as all cards are
		default:
			return errors.New("the list is not for all certificates of people, for all reasons, by their own issuer")
		}
	}
	return nil
}

// namesOne reports whether a DistributionPointName has one of those addresses.
func namesOne(name cryptobyte.String, addresses []string) bool {
	const address = 6 // uniformResourceIdentifier
	if !name.ReadASN1(&name, encoding.Tag(0).ContextSpecific().Constructed()) {
		return false
	}
	for !name.Empty() {
		var value cryptobyte.String
		var tag encoding.Tag
		if !name.ReadAnyASN1(&value, &tag) {
			return false
		}
		if tag == encoding.Tag(address).ContextSpecific() && slices.Contains(addresses, string(value)) {
			return true
		}
	}
	return false
}

// finding says what the list knows of a certificate of its issuer.
func (l *list) finding(cert *x509.Certificate) (finding, error) {
	f := finding{
		Revocation: smartcard.Revocation{State: smartcard.RevocationGood, CheckedAt: l.ThisUpdate, By: "crl"},
		until:      l.NextUpdate,
	}
	var b cryptobyte.Builder
	b.AddASN1BigInt(cert.SerialNumber)
	serial, err := b.Bytes()
	if err != nil {
		return nothingKnown, fmt.Errorf("encoding a serial number: %w", err)
	}
	for entries := l.entries; !entries.Empty(); {
		var entry, number cryptobyte.String
		if !entries.ReadASN1(&entry, encoding.SEQUENCE) || !entry.ReadASN1Element(&number, encoding.INTEGER) {
			return nothingKnown, errors.New("the list has a broken entry")
		}
		if !bytes.Equal(number, serial) {
			continue
		}
		f.State = smartcard.RevocationRevoked
		f.hold, err = onHold(entry)
		return f, err
	}
	return f, nil
}

// onHold reads what follows the serial number in an entry.
func onHold(entry cryptobyte.String) (bool, error) {
	var extensions cryptobyte.String
	if !skipTime(&entry) || !entry.ReadOptionalASN1(&extensions, nil, encoding.SEQUENCE) {
		return false, errors.New("the list has a broken entry")
	}
	for !extensions.Empty() {
		var extension, value cryptobyte.String
		var id asn1.ObjectIdentifier
		if !extensions.ReadASN1(&extension, encoding.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&id) ||
			!extension.SkipOptionalASN1(encoding.BOOLEAN) || !extension.ReadASN1(&value, encoding.OCTET_STRING) {
			return false, errors.New("the list has a broken entry")
		}
		var reason int
		if id.Equal(oidReason) && value.ReadASN1Enum(&reason) {
			return reason == reasonHold, nil
		}
	}
	return false, nil
}

// judgeList reads a list and says what it knows of the certificate in question.
func judgeList(der []byte, q question) (finding, error) {
	l, err := parseList(der)
	if err != nil {
		return nothingKnown, err
	}
	if !l.signedBy(q.issuers) {
		return nothingKnown, errors.New("the list is not of the issuer of the certificate")
	}
	if err := l.covers(q.cert.CRLDistributionPoints); err != nil {
		return nothingKnown, err
	}
	return l.finding(q.cert)
}

// usable reports whether a list that was fetched may take the place of an older
// one: somebody on the line could hand out yesterday's.
func (l *list) usable(old *list, now time.Time) error {
	switch {
	case !now.IsZero() && l.ThisUpdate.After(now.Add(clockSkew)):
		return errors.New("the list comes from the future")
	case old != nil && l.ThisUpdate.Before(old.ThisUpdate):
		return errors.New("the list is older than the one that is here")
	}
	return nil
}
