package trust_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"pue/devices/smartcard"
)

func (b *bench) answers(status int, change func(*ocsp.Response)) []byte {
	b.t.Helper()
	template := ocsp.Response{
		Status: status, SerialNumber: b.card.SerialNumber, ThisUpdate: b.now, NextUpdate: b.now.Add(12 * time.Hour),
		RevokedAt: b.now.AddDate(0, 0, -1), RevocationReason: ocsp.KeyCompromise,
	}
	if change != nil {
		change(&template)
	}
	der, err := ocsp.CreateResponse(b.issuer, b.issuer, template, authorityKey())
	if err != nil {
		b.t.Fatal(err)
	}
	b.net.serve[responderAddress] = answering(der)
	return der
}

func TestAResponderThatDoesNotKnowTheCardDecidesNothing(t *testing.T) {
	b := newBench(t, bothAddresses)
	b.answers(ocsp.Unknown, nil)
	b.wants("no list", unknown)
	b.lists(nil, big.NewInt(7))
	b.wants("list", good(now, "crl"))
}

func TestARevokedAnswerIsKeptForGoodAndAHoldUntilItIsLifted(t *testing.T) {
	for name, c := range map[string]struct {
		reason int
		want   smartcard.Revocation
	}{
		"key compromise": {ocsp.KeyCompromise, revoked(now, "ocsp")},
		"hold":           {ocsp.CertificateHold, good(now.AddDate(0, 1, 0), "ocsp")},
	} {
		b := newBench(t, bothAddresses)
		b.answers(ocsp.Revoked, func(r *ocsp.Response) { r.RevocationReason = c.reason })
		b.wants(name, revoked(now, "ocsp"))
		b.hangsUp()
		b.now = now.AddDate(0, 1, 0)
		b.wants(name+", without a line", revoked(now, "ocsp"))
		b.answers(ocsp.Good, nil)
		b.wants(name+", a month later", c.want)
	}
	b := newBench(t, listOnly)
	b.lists(func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: b.card.SerialNumber, RevocationTime: now, ReasonCode: 6}}
	})
	b.wants("hold in a list", revoked(now, "crl"))
	b.now = now.AddDate(0, 0, 2)
	b.lists(nil)
	b.wants("hold lifted in a list", good(b.now, "crl"))
}

func TestYesterdaysAnswerDoesNotReplaceTodays(t *testing.T) {
	b := newBench(t, bothAddresses)
	yesterdays := b.answers(ocsp.Good, nil)
	today := now.AddDate(0, 0, 1)
	b.now = today
	b.answers(ocsp.Revoked, func(r *ocsp.Response) { r.RevocationReason = ocsp.CertificateHold })
	b.wants("today's", revoked(today, "ocsp"))
	b.now = today.Add(13 * time.Hour)
	b.net.serve[responderAddress] = answering(yesterdays)
	b.wants("yesterday's", revoked(today, "ocsp"))
	b.hangsUp()
	b.wants("after yesterday's", revoked(today, "ocsp"))
}

func TestOnlyTheIssuerOrWhomItAllowsAnswers(t *testing.T) {
	delegate := func(b *bench, change func(*x509.Certificate)) *x509.Certificate {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "responder"},
			NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
		}
		change(template)
		return sign(t, template, b.issuer, rootKey().Public(), authorityKey())
	}
	asIs := func(*x509.Certificate) {}
	for name, c := range map[string]struct {
		make func(b *bench, template ocsp.Response) ([]byte, error)
		want smartcard.Revocation
	}{
		"issuer": {func(b *bench, r ocsp.Response) ([]byte, error) {
			return ocsp.CreateResponse(b.issuer, b.issuer, r, authorityKey())
		}, good(now, "ocsp")},
		"issuer with its certificate": {func(b *bench, r ocsp.Response) ([]byte, error) {
			r.Certificate = b.issuer
			return ocsp.CreateResponse(b.issuer, b.issuer, r, authorityKey())
		}, good(now, "ocsp")},
		"delegate": {func(b *bench, r ocsp.Response) ([]byte, error) {
			r.Certificate = delegate(b, asIs)
			return ocsp.CreateResponse(b.issuer, r.Certificate, r, rootKey())
		}, good(now, "ocsp")},
		"delegate without the usage": {func(b *bench, r ocsp.Response) ([]byte, error) {
			r.Certificate = delegate(b, usage(x509.ExtKeyUsageClientAuth))
			return ocsp.CreateResponse(b.issuer, r.Certificate, r, rootKey())
		}, unknown},
		"delegate that has expired": {func(b *bench, r ocsp.Response) ([]byte, error) {
			r.Certificate = delegate(b, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -2) })
			return ocsp.CreateResponse(b.issuer, r.Certificate, r, rootKey())
		}, unknown},
		"another citizen": {func(b *bench, r ocsp.Response) ([]byte, error) {
			r.Certificate = b.card
			return ocsp.CreateResponse(b.issuer, b.card, r, cardKey())
		}, unknown},
		"anybody": {func(b *bench, r ocsp.Response) ([]byte, error) {
			return ocsp.CreateResponse(b.issuer, b.issuer, r, rootKey())
		}, unknown},
		"delegate of nobody": {func(b *bench, r ocsp.Response) ([]byte, error) {
			other := namesake(t)
			r.Certificate = other
			return ocsp.CreateResponse(b.issuer, other, r, rootKey())
		}, unknown},
		"about another card": {func(b *bench, r ocsp.Response) ([]byte, error) {
			r.SerialNumber = big.NewInt(1)
			return ocsp.CreateResponse(b.issuer, b.issuer, r, authorityKey())
		}, unknown},
		"about another issuer's card": {func(b *bench, r ocsp.Response) ([]byte, error) {
			return ocsp.CreateResponse(namesake(t), b.issuer, r, authorityKey())
		}, unknown},
		"from the future": {func(b *bench, r ocsp.Response) ([]byte, error) {
			r.ThisUpdate = now.Add(time.Hour)
			return ocsp.CreateResponse(b.issuer, b.issuer, r, authorityKey())
		}, unknown},
		"busy": {func(*bench, ocsp.Response) ([]byte, error) { return ocsp.TryLaterErrorResponse, nil }, unknown},
		"a page": {func(*bench, ocsp.Response) ([]byte, error) {
			return []byte("<html>Benvenuti, accettate le condizioni</html>"), nil
		}, unknown},
		"too much": {func(*bench, ocsp.Response) ([]byte, error) { return make([]byte, 1<<20), nil }, unknown},
		"nothing":  {func(*bench, ocsp.Response) ([]byte, error) { return nil, nil }, unknown},
	} {
		b := newBench(t, bothAddresses)
		der, err := c.make(b, ocsp.Response{Status: ocsp.Good, SerialNumber: b.card.SerialNumber, ThisUpdate: now, NextUpdate: now.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		b.net.serve[responderAddress] = answering(der)
		b.wants(name, c.want)
	}
}
