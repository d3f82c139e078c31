package trust_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ocsp"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
)

const (
	listAddress      = "http://issuer.example/list.crl"
	responderAddress = "http://issuer.example/ocsp"
)

// net answers in the place of the authorities, and counts who was asked.
type network struct {
	mu    sync.Mutex
	asked []string
	serve map[string]func(*http.Request) *http.Response // nothing: no line
}

// RoundTrip implements [http.RoundTripper].
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, req.Method+" "+req.URL.String())
	serve := n.serve[req.URL.String()]
	if serve == nil {
		return nil, errors.New("no line")
	}
	resp := serve(req)
	resp.Request = req
	return resp, nil
}

// put has an address answer so.
func (n *network) put(address string, serve func(*http.Request) *http.Response) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.serve[address] = serve
}

// takeAsked is who was asked since the last time.
func (n *network) takeAsked() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	asked := n.asked
	n.asked = nil
	return asked
}

func answering(body []byte) func(*http.Request) *http.Response {
	return func(*http.Request) *http.Response {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{}}
	}
}

// bench is a terminal with one authority, and a card of it.
type bench struct {
	t       testing.TB
	dir     string
	net     *network
	issuer  *x509.Certificate
	card    *x509.Certificate
	now     time.Time
	clock   func() time.Time // nil: it stands still at now
	mode    trust.Mode
	anchors *trust.Anchors
}

func newBench(t testing.TB, change func(*x509.Certificate)) *bench {
	t.Helper()
	issuer := authority(t)
	template := leaf()
	template.SerialNumber = big.NewInt(0x1122334455)
	if change != nil {
		change(template)
	}
	return &bench{
		t: t, dir: filepath.Join(t.TempDir(), "revocation"), net: &network{serve: map[string]func(*http.Request) *http.Response{}},
		issuer: issuer, card: sign(t, template, issuer, cardKey().Public(), authorityKey()), now: now, mode: trust.Online, anchors: anchors(t, issuer),
	}
}

func bothAddresses(c *x509.Certificate) {
	c.CRLDistributionPoints, c.OCSPServer = []string{"ldap://issuer.example/cn=list", listAddress}, []string{responderAddress}
}

func listOnly(c *x509.Certificate) { c.CRLDistributionPoints = []string{listAddress} }

func (b *bench) open() *trust.Revocations {
	b.t.Helper()
	clock := b.clock
	if clock == nil {
		clock = func() time.Time { return b.now }
	}
	r, err := trust.OpenRevocations(trust.RevocationOptions{
		Anchors: b.anchors, Folder: b.dir, Mode: b.mode, Client: &http.Client{Transport: b.net},
		Now: clock, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(r.Close)
	return r
}

// check asks about the card with what is on the disk and on the line.
func (b *bench) check() smartcard.Revocation {
	b.t.Helper()
	r := b.open()
	defer r.Close()
	return r.Check(b.t.Context(), b.card)
}

// wants fails unless the card comes out so.
func (b *bench) wants(what string, want smartcard.Revocation) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.check()); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (b *bench) hangsUp() { clear(b.net.serve) }

// lists has the issuer list those numbers, and answer with the list.
func (b *bench) lists(change func(*x509.RevocationList), numbers ...*big.Int) []byte {
	b.t.Helper()
	der := makeList(b.t, b.issuer, authorityKey(), b.now, change, numbers...)
	b.net.put(listAddress, answering(der))
	return der
}

func makeList(t testing.TB, issuer *x509.Certificate, key crypto.Signer, at time.Time, change func(*x509.RevocationList), numbers ...*big.Int) []byte {
	t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(at.Unix()), ThisUpdate: at, NextUpdate: at.AddDate(0, 0, 1)}
	for _, n := range numbers {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: at.AddDate(0, 0, -1)})
	}
	if change != nil {
		change(l)
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, issuer, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// answers has the issuer's responder say so.
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

var unknown = smartcard.Revocation{State: smartcard.RevocationUnknown}

func good(at time.Time, by string) smartcard.Revocation {
	return smartcard.Revocation{State: smartcard.RevocationGood, CheckedAt: at, By: by}
}

func revoked(at time.Time, by string) smartcard.Revocation {
	return smartcard.Revocation{State: smartcard.RevocationRevoked, CheckedAt: at, By: by}
}

func TestTheResponderIsAskedFirstAndTheListWhereItIsSilent(t *testing.T) {
	b := newBench(t, bothAddresses)
	b.wants("no line", unknown)
	b.answers(ocsp.Good, nil)
	b.lists(nil, b.card.SerialNumber)
	b.net.takeAsked()
	b.wants("responder", good(now, "ocsp"))
	b.wants("responder, kept", good(now, "ocsp"))
	if diff := cmp.Diff([]string{"POST " + responderAddress}, b.net.takeAsked()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	b.now = now.AddDate(0, 0, 1)
	delete(b.net.serve, responderAddress)
	b.wants("list", revoked(now, "crl"))
	b.hangsUp()
	b.net.takeAsked()
	b.wants("revoked, kept", revoked(now, "crl"))
	if asked := b.net.takeAsked(); asked != nil {
		t.Errorf("asked again about a revoked card: %v", asked)
	}
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

func TestWithoutALineTheLastAnswerDecidesForAMonthWithItsDate(t *testing.T) {
	for by, serve := range map[string]func(*bench){
		"crl":  func(b *bench) { b.lists(nil, big.NewInt(7)) },
		"ocsp": func(b *bench) { b.answers(ocsp.Good, nil) },
	} {
		b := newBench(t, bothAddresses)
		serve(b)
		b.wants(by, good(now, by))
		b.hangsUp()
		for name, c := range map[string]struct {
			now  time.Time
			want smartcard.Revocation
		}{
			"that day":                 {now.Add(time.Hour), good(now, by)},
			"a month later":            {now.AddDate(0, 0, 30), good(now, by)},
			"later still":              {now.AddDate(0, 0, 32), unknown},
			"a clock that is set back": {now.AddDate(-1, 0, 0), unknown},
			"no clock":                 {time.Time{}, unknown},
		} {
			b.now = c.now
			b.wants(by+", "+name, c.want)
		}
	}
	b := newBench(t, listOnly)
	b.lists(nil, b.card.SerialNumber)
	b.wants("revoked", revoked(now, "crl"))
	b.now = time.Time{}
	b.wants("revoked, no clock", revoked(now, "crl"))
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

func TestOnlyAWholeListOfTheIssuerDecides(t *testing.T) {
	// An issuing distribution point (RFC 5280 §5.2.5), written out.
	point := func(content ...byte) func(*x509.RevocationList) {
		return critical(asn1.ObjectIdentifier{2, 5, 29, 28}, append([]byte{0x30, byte(len(content))}, content...))
	}
	named := func(address string) []byte {
		uri := append([]byte{0x86, byte(len(address))}, address...)
		full := append([]byte{0xA0, byte(len(uri))}, uri...)
		return append([]byte{0xA0, byte(len(full))}, full...)
	}
	for name, c := range map[string]struct {
		change func(*x509.RevocationList)
		want   smartcard.Revocation
	}{
		"plain":                     {nil, good(now, "crl")},
		"of users":                  {point(0x81, 1, 0xFF), good(now, "crl")},
		"of its address":            {point(named(listAddress)...), good(now, "crl")},
		"of its address, and users": {point(append(named(listAddress), 0x81, 1, 0xFF)...), good(now, "crl")},
		"of another address":        {point(named("http://issuer.example/other")...), unknown},
		"of authorities":            {point(0x82, 1, 0xFF), unknown},
		"of some reasons":           {point(0x83, 2, 0, 0x40), unknown},
		"of other issuers":          {point(0x84, 1, 0xFF), unknown},
		"of attributes":             {point(0x85, 1, 0xFF), unknown},
		"with a broken point":       {point(0x85, 7), unknown},
		"delta":                     {critical(asn1.ObjectIdentifier{2, 5, 29, 27}, []byte{2, 1, 1}), unknown},
		"with unknown matter":       {critical(oidUnheardOf, []byte{5, 0}), unknown},
		"from the future":           {func(l *x509.RevocationList) { l.ThisUpdate = now.Add(time.Hour) }, unknown},
		"promising a newer one already": {func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = now.AddDate(0, 0, -3), now.AddDate(0, 0, -2)
		}, good(now.AddDate(0, 0, -3), "crl")},
	} {
		b := newBench(t, listOnly)
		b.lists(c.change, big.NewInt(7))
		b.wants(name, c.want)
	}
	for name, body := range map[string]func(*bench) []byte{
		"a namesake's": func(b *bench) []byte { return makeList(t, namesake(t), rootKey(), now, nil) },
		"another's":    func(b *bench) []byte { return makeList(t, otherAuthority(t), rootKey(), now, nil) },
		"changed": func(b *bench) []byte {
			return bytes.Replace(b.lists(nil, b.card.SerialNumber), b.card.SerialNumber.Bytes(), []byte{1, 2, 3, 4, 5}, 1)
		},
		"cut off":        func(b *bench) []byte { der := b.lists(nil); return der[:len(der)-1] },
		"with an end":    func(b *bench) []byte { return append(b.lists(nil), 0) },
		"a captive page": func(b *bench) []byte { return []byte("<html></html>") },
		"nothing":        func(b *bench) []byte { return nil },
	} {
		b := newBench(t, listOnly)
		b.net.serve[listAddress] = answering(body(b))
		b.wants(name, unknown)
	}
}

func otherAuthority(t *testing.T) *x509.Certificate {
	t.Helper()
	template := authorityNamed("elsewhere")
	return sign(t, template, template, rootKey().Public(), rootKey())
}

func critical(id asn1.ObjectIdentifier, value []byte) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = []pkix.Extension{{Id: id, Critical: true, Value: value}}
	}
}

func TestYesterdaysListDoesNotReplaceTodays(t *testing.T) {
	b := newBench(t, listOnly)
	yesterday := b.lists(nil)
	b.now = now.AddDate(0, 0, 2)
	b.lists(func(l *x509.RevocationList) { l.NextUpdate = b.now.Add(time.Minute) }, b.card.SerialNumber)
	b.card = cardNumbered(t, b, 7) // another card, so that the disk is no help
	b.wants("today's", good(b.now, "crl"))
	b.now = b.now.Add(5 * time.Hour)
	b.net.takeAsked()
	b.net.serve[listAddress] = answering(yesterday)
	b.card = cardNumbered(t, b, 0x1122334455)
	b.wants("yesterday's, for a revoked card", revoked(now.AddDate(0, 0, 2), "crl"))
	b.card = cardNumbered(t, b, 7)
	b.wants("yesterday's", good(now.AddDate(0, 0, 2), "crl"))
	if b.net.takeAsked() == nil {
		t.Error("nobody was asked")
	}
}

func cardNumbered(t *testing.T, b *bench, number int64) *x509.Certificate {
	t.Helper()
	template := leaf()
	template.SerialNumber = big.NewInt(number)
	listOnly(template)
	return sign(t, template, b.issuer, cardKey().Public(), authorityKey())
}

func TestABrokenFileIsFetchedAgain(t *testing.T) {
	for name, harm := range map[string]func([]byte) []byte{
		"empty":       func([]byte) []byte { return nil },
		"cut off":     func(data []byte) []byte { return data[:len(data)/2] },
		"a bit flips": func(data []byte) []byte { data[len(data)-100] ^= 1; return data },
	} {
		for by, serve := range map[string]func(*bench){
			"crl":  func(b *bench) { b.lists(nil) },
			"ocsp": func(b *bench) { b.answers(ocsp.Good, nil) },
		} {
			b := newBench(t, bothAddresses)
			serve(b)
			b.wants(by, good(now, by))
			files, err := filepath.Glob(filepath.Join(b.dir, "[la]*")) // a list or an answer
			if err != nil || len(files) != 1 {
				t.Fatalf("%d files, %v", len(files), err)
			}
			path := files[0]
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, harm(data), 0o600); err != nil {
				t.Fatal(err)
			}
			b.net.takeAsked()
			b.wants(by+", "+name, good(now, by))
			if len(b.net.takeAsked()) == 0 {
				t.Errorf("%s, %s: nobody was asked", by, name)
			}
		}
	}
}

func TestAThiefDoesNotLearnWhoseCardsWereAskedAbout(t *testing.T) {
	b := newBench(t, bothAddresses)
	answer := b.answers(ocsp.Revoked, nil)
	b.lists(nil)
	b.check()
	b.check()
	found := 0
	err := filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found++
		data, err := os.ReadFile(path)
		for name, secret := range map[string][]byte{
			"the number of the card": b.card.SerialNumber.Bytes(), "the answer": answer[len(answer)-64:], "the number in hexadecimal": fmt.Appendf(nil, "%x", b.card.SerialNumber),
		} {
			if bytes.Contains(data, secret) || strings.Contains(path, string(secret)) {
				t.Errorf("%s shows %s", d.Name(), name)
			}
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", d.Name(), info.Mode(), err)
		}
		return err
	})
	if err != nil || found == 0 {
		t.Errorf("%d files, %v", found, err)
	}
}

func TestACertificateThatNobodyVouchesForMakesTheTerminalAskNobody(t *testing.T) {
	b := newBench(t, bothAddresses)
	b.answers(ocsp.Good, nil)
	b.card = sign(t, b.card, namesake(t), cardKey().Public(), rootKey())
	b.wants("stranger", unknown)
	b.anchors = nil
	b.wants("no anchors", unknown)
	b = newBench(t, bothAddresses)
	b.answers(ocsp.Good, nil)
	b.mode = trust.Off
	b.wants("off", unknown)
	if asked := b.net.takeAsked(); asked != nil {
		t.Errorf("asked %v", asked)
	}
	if _, err := os.Stat(b.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder although off: %v", err)
	}
}

func TestInModeCachedNoQuestionAboutACardLeavesTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, bothAddresses)
		b.mode = trust.Cached
		start := time.Now()
		b.clock = func() time.Time { return now.Add(time.Since(start)) }
		b.answers(ocsp.Good, nil)
		b.lists(nil)
		r := b.open()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); r.Run(ctx) }()
		if got := r.Check(ctx, b.card); got != unknown {
			t.Errorf("before the list is there: %v", got)
		}
		synctest.Wait()
		if diff := cmp.Diff(good(now, "crl"), r.Check(ctx, b.card)); diff != "" {
			t.Errorf("after it came (-want +got):\n%s", diff)
		}
		b.now = now.Add(time.Hour)
		b.lists(nil, b.card.SerialNumber)
		time.Sleep(30 * time.Hour)
		synctest.Wait()
		if diff := cmp.Diff(revoked(b.now, "crl"), r.Check(ctx, b.card)); diff != "" {
			t.Errorf("the next day (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(slices.Repeat([]string{"GET " + listAddress}, 3), b.net.takeAsked()); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		cancel()
		<-ended
		r.Close()
	})
}

func TestAListThatNoCardNeedsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, listOnly)
		start := time.Now()
		b.clock = func() time.Time { return now.Add(time.Since(start)) }
		b.lists(func(l *x509.RevocationList) { l.NextUpdate = now.AddDate(1, 0, 0) })
		r := b.open()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); r.Run(ctx) }()
		r.Check(ctx, b.card)
		days := func(n int) int {
			b.net.takeAsked()
			time.Sleep(time.Duration(n) * 24 * time.Hour)
			synctest.Wait()
			return len(b.net.takeAsked())
		}
		if n := days(20); n < 15 {
			t.Errorf("renewed %d times in 20 days", n)
		}
		r.Check(ctx, b.card)
		if n := days(20); n < 15 {
			t.Errorf("renewed %d times in 20 days more, after a card needed it", n)
		}
		days(15)
		if n := days(20); n != 0 {
			t.Errorf("renewed %d times although nobody needs it", n)
		}
		cancel()
		<-ended
		r.Close()
		if files, err := os.ReadDir(b.dir); err != nil || len(files) != 0 {
			t.Errorf("%d files are left, %v", len(files), err)
		}
	})
}

func TestAListThatIsStillTheNewestIsNotSentTwice(t *testing.T) {
	b := newBench(t, listOnly)
	body := answering(b.lists(nil))
	b.net.serve[listAddress] = func(req *http.Request) *http.Response {
		resp := body(req)
		resp.Header.Set("ETag", `"one"`)
		if req.Header.Get("If-None-Match") == `"one"` {
			resp.StatusCode, resp.Body = http.StatusNotModified, http.NoBody
		}
		return resp
	}
	b.wants("first", good(now, "crl"))
	b.now = now.AddDate(0, 0, 3)
	b.wants("later", good(now, "crl"))
	if n := len(b.net.takeAsked()); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestAListThatIsOverdueIsNotFetchedForEachCitizen(t *testing.T) {
	b := newBench(t, listOnly)
	b.lists(func(l *x509.RevocationList) { l.NextUpdate = now.Add(time.Minute) })
	for _, step := range []struct {
		after time.Duration
		asked int
	}{{0, 1}, {10 * time.Minute, 0}, {time.Hour, 0}, {5 * time.Hour, 1}, {6 * time.Hour, 0}} {
		b.now = now.Add(step.after)
		b.wants("overdue", good(now, "crl"))
		if n := len(b.net.takeAsked()); n != step.asked {
			t.Errorf("after %s: asked %d times, want %d", step.after, n, step.asked)
		}
	}
}

func TestAnAddressThatDoesNotAnswerIsLeftAloneForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, listOnly)
		r := b.open()
		defer r.Close()
		for range 3 {
			r.Check(t.Context(), b.card)
		}
		if n := len(b.net.takeAsked()); n != 1 {
			t.Errorf("asked %d times at once", n)
		}
		b.lists(nil)
		time.Sleep(10 * time.Minute)
		if diff := cmp.Diff(good(now, "crl"), r.Check(t.Context(), b.card)); diff != "" {
			t.Errorf("later (-want +got):\n%s", diff)
		}
	})
}

func TestACitizenWhoLeavesDoesNotStopTheDownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, listOnly)
		body := answering(b.lists(nil))
		b.net.serve[listAddress] = func(req *http.Request) *http.Response {
			time.Sleep(time.Minute)
			return body(req)
		}
		r := b.open()
		defer r.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if got := r.Check(ctx, b.card); got != unknown {
			t.Errorf("in time: %v", got)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		b.hangsUp()
		if diff := cmp.Diff(good(now, "crl"), r.Check(t.Context(), b.card)); diff != "" {
			t.Errorf("for the next one (-want +got):\n%s", diff)
		}
	})
}
