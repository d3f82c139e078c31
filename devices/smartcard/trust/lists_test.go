package trust_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
)

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

func TestAListThatDidNotComeIsWantedByTheNextCard(t *testing.T) {
	for name, c := range map[string]struct{ before, after time.Duration }{
		"at once, and fetched at the next look": {0, 2 * time.Hour},
		"the next day, and fetched at once":     {24 * time.Hour, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, listOnly)
			b.mode = trust.Cached
			r := b.open()
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); r.Run(ctx) }()
			r.Check(ctx, b.card)
			synctest.Wait()
			if n := len(b.net.takeAsked()); n != 1 {
				t.Errorf("%s: asked %d times without a line", name, n)
			}
			time.Sleep(c.before)
			b.lists(nil)
			r.Check(ctx, b.card)
			time.Sleep(c.after)
			synctest.Wait()
			if diff := cmp.Diff(good(now, "crl"), r.Check(ctx, b.card)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			cancel()
			<-ended
			r.Close()
		})
	}
}

func TestAListThatCameWhileTheClockWasFastIsRenewed(t *testing.T) {
	b := newBench(t, listOnly)
	b.lists(nil)
	b.now = now.AddDate(0, 6, 0)
	b.wants("half a year too soon", unknown)
	b.now = now.AddDate(0, 0, 2)
	b.lists(nil)
	b.wants("once the clock was put right", good(b.now, "crl"))
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

func TestListsDoNotTakeTheDiskFromSubmissions(t *testing.T) {
	b := newBench(t, listOnly)
	b.lists(nil)
	write(t, b.dir, "list-of-another", nil)
	full := filepath.Join(b.dir, "list-of-another")
	if err := os.Truncate(full, 128<<20); err != nil { // with nothing behind it
		t.Fatal(err)
	}
	b.wants("no room", unknown)
	if err := os.Truncate(full, 100<<20); err != nil {
		t.Fatal(err)
	}
	b.wants("room", good(now, "crl"))
}
