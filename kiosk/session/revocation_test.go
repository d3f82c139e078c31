package session

import (
	"context"
	"crypto/x509"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/outbox"
)

// authority answers after a while, or says that it was not asked in time.
type authority struct {
	says  smartcard.Revocation
	after time.Duration
	asked int
}

func (a *authority) Check(ctx context.Context, _ *x509.Certificate) smartcard.Revocation {
	a.asked++
	select {
	case <-time.After(a.after):
		return a.says
	case <-ctx.Done():
		return smartcard.Revocation{State: smartcard.RevocationUnknown}
	}
}

func asking(t *testing.T, a *authority) *world {
	return liveWith(t, func(o *Options, _ *machine) { o.Revocation = a })
}

var good = smartcard.Revocation{State: smartcard.RevocationGood, CheckedAt: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), By: "crl"}

func TestWhatIsKnownOfTheCardGoesIntoTheRecord(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		a := &authority{says: good}
		w := asking(t, a)
		w.logIn(t)
		w.fill(t)
		w.touch(GoBack, "")
		if w.Snapshot().Review.Unasked {
			t.Error("the review says that nobody could be asked")
		}
		w.touch(Confirm, "")
		w.typePIN("12345678")
		time.Sleep(filingPatience)
		synctest.Wait()
		if w.inps.record.Revocation != good || a.asked != 1 {
			t.Errorf("recorded %+v after %d questions", w.inps.record.Revocation, a.asked)
		}
		w.touch(PrintIt, "")
		if slices.Contains(w.audit.lines, audit.RevocationUnknown) || w.paper.orders[0].Case.Unasked {
			t.Error("somebody is told that nobody could be asked")
		}
	})
}

func TestThatNobodyCouldBeAskedIsSaidAndRecorded(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := asking(t, &authority{says: good, after: time.Hour})
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		w.wants(t, Checking)
		if !w.Snapshot().Asking || w.inps.asked() != 0 {
			t.Error("the log-in did not wait for the answer, or does not say so")
		}
		time.Sleep(revocationPatience)
		synctest.Wait()
		w.wants(t, Home)
		w.fill(t)
		w.touch(GoBack, "")
		if !w.Snapshot().Review.Unasked {
			t.Error("the review does not say that nobody could be asked")
		}
		w.touch(Confirm, "")
		w.typePIN("12345678")
		time.Sleep(filingPatience)
		synctest.Wait()
		w.touch(PrintIt, "")
		if w.inps.record.Revocation.State != smartcard.RevocationUnknown || !w.paper.orders[0].Case.Unasked {
			t.Errorf("recorded %+v", w.inps.record.Revocation)
		}
		if n := len(w.audit.lines) - len(slices.DeleteFunc(slices.Clone(w.audit.lines), func(n audit.Name) bool { return n == audit.RevocationUnknown })); n != 1 {
			t.Errorf("%d lines in the audit record say it", n)
		}
	})
}

func TestARevokedCardIsRefusedWhereverItsHolderIs(t *testing.T) {
	testCertificate()
	revoked := smartcard.Revocation{State: smartcard.RevocationRevoked, By: "ocsp"}
	for name, c := range map[string]struct {
		after time.Duration
		who   string
	}{
		"at once": {0, "anna"}, "while the PIN is typed": {time.Second, "anna"}, "while logging in": {4 * time.Second, "anna"},
		"CIE": {time.Second, "bruno"}, "officer": {2 * time.Second, "olga"}, "officer with a CIE": {0, "fulvia"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := asking(t, &authority{says: revoked, after: c.after})
			for _, officer := range []string{"olga", "fulvia"} {
				w.o.Officers[person(officer).Fingerprint] = Enrolled{"op-1", "Olga R."}
			}
			w.card.holder = c.who
			if c.who == "anna" || c.who == "bruno" {
				w.touch(Start, "")
				w.touch(Continue, "")
			}
			w.slot(smartcard.CardIn)
			if w.Snapshot().Screen != CardProblem {
				w.typePIN("12345678")
			}
			time.Sleep(revocationPatience)
			synctest.Wait()
			w.wants(t, CardProblem)
			if v := w.Snapshot(); *v.Fault != FaultCardRevoked || w.inps.asked() != 0 || v.Card != person(c.who).Kind {
				t.Errorf("%s: fault %v of a %q, %d log-ins", name, v.Fault, v.Card, w.inps.asked())
			}
			if slices.Contains(w.audit.lines, audit.OfficerUnlocked) {
				t.Errorf("%s: the board was unlocked", name)
			}
		})
	}
}

func TestAFormIsNotKeptForACardThatWasRevoked(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm()
	s.happens(RevocationKnown{s.s.Visit, smartcard.Revocation{State: smartcard.RevocationRevoked}}).wants(CardProblem)
	if s.pulls(); s.s.Paused != nil {
		t.Error("a form waits for a card that opens nothing any more")
	}
	s = begin(t).logsIn("anna")
	s.happens(RevocationKnown{s.s.Visit - 1, smartcard.Revocation{State: smartcard.RevocationRevoked}}).wants(Home)
}

func TestOnlyAnAuthorityThatIsBelievedIsAsked(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		a := &authority{says: good}
		w := asking(t, a)
		w.card.chain = smartcard.ChainUnchecked
		w.logIn(t)
		if a.asked != 0 {
			t.Error("a certificate that nobody vouches for made the terminal ask somebody")
		}
	})
}

func TestTheReceiptStillSaysItWhenTheQueueHasMovedOn(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	e := outbox.Entry{ID: "x", Claim: "PUE-0421-TEST", State: outbox.Waiting}
	s.happens(Stored{Visit: s.s.Visit, Entry: e}).happens(Settled{Visit: s.s.Visit, Entry: e}).wants(Result)
	s.happens(QueueChanged{Visit: s.s.Visit, Requests: []Request{{Entry: e}}}).touches(PrintIt, "")
	if !s.s.Print.Order.Case.Unasked {
		t.Error("the paper no longer says that nobody could be asked about the card")
	}
}
