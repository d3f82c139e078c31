package trust_test

import (
	"bytes"
	"context"
	"crypto/x509"
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
// answers has the issuer's responder say so.
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
