package control

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
)

// authority says the same of every certificate, and counts who asked.
type authority struct {
	smartcard.Revocation
	asked int
}

func (a *authority) Check(context.Context, *x509.Certificate) smartcard.Revocation {
	a.asked++
	return a.Revocation
}

func bench(t *testing.T, person string, a *authority) Bench {
	t.Helper()
	return Bench{Readers: reader(t, person), Anchors: simulated(t), Now: time.Now(), Revocation: a}
}

// simulated are the issuers of the simulated cards.
func simulated(t *testing.T) *trust.Anchors {
	t.Helper()
	citizens, documents, err := cardsim.Provision(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := trust.ReadAnchors(citizens)
	if err != nil {
		t.Fatal(err)
	}
	if err := anchors.ReadDocumentAnchors(documents); err != nil {
		t.Fatal(err)
	}
	return anchors
}

func TestTheAuthorityIsAskedOnceItIsKnownWhose(t *testing.T) {
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	pin := []byte("12345678")
	for name, c := range map[string]struct {
		person string
		pin    []byte
		says   smartcard.Revocation
		want   *RevocationInfo
		chain  smartcard.Chain
	}{
		"good":           {"anna", nil, smartcard.Revocation{State: smartcard.RevocationGood, CheckedAt: at, By: "ocsp"}, &RevocationInfo{"good", at, "ocsp"}, smartcard.ChainOK},
		"revoked":        {"anna", nil, smartcard.Revocation{State: smartcard.RevocationRevoked, CheckedAt: at, By: "crl"}, &RevocationInfo{"revoked", at, "crl"}, smartcard.ChainRevoked},
		"unknown":        {"anna", nil, smartcard.Revocation{State: smartcard.RevocationUnknown}, &RevocationInfo{State: "unknown"}, smartcard.ChainOK},
		"a CIE":          {"carla", pin, smartcard.Revocation{State: smartcard.RevocationUnknown}, &RevocationInfo{State: "unknown"}, smartcard.ChainOK},
		"a CIE, no PIN":  {"carla", nil, smartcard.Revocation{}, nil, smartcard.ChainOK},
		"one that ended": {"sergio", nil, smartcard.Revocation{}, nil, smartcard.ChainExpired},
	} {
		a := &authority{Revocation: c.says}
		info, err := bench(t, c.person, a).ReadCard(t.Context(), CardQuery{Reader: "A", PIN: c.pin})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, info.Revocation); diff != "" || info.Chain != c.chain || (a.asked == 1) != (c.want != nil) {
			t.Errorf("%s: chain %s, asked %d times, %s", name, info.Chain, a.asked, diff)
		}
	}
}

func TestAClockInDoubtIsSaidOfACardAsTheSessionJudgesIt(t *testing.T) {
	past := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	pin := []byte("12345678")
	for _, now := range []time.Time{{}, past.AddDate(-10, 0, 0), past.AddDate(100, 0, 0)} {
		for person, want := range map[string]smartcard.Chain{
			"sergio": smartcard.ChainExpired, "tina": smartcard.ChainExpired, // ended before
			"anna": smartcard.ChainUnchecked, "carla": smartcard.ChainUnchecked,
		} {
			b := bench(t, person, &authority{})
			b.Now, b.Past = now, past
			info, err := b.ReadCard(t.Context(), CardQuery{Reader: "A", PIN: pin})
			if err != nil || info.Chain != want {
				t.Errorf("%s by a clock at %v: chain %s, %v; want %s", person, now, info.Chain, err, want)
			}
		}
	}
}

func TestWhatACardAnswersIsShownOnlyWhereItsHolderIs(t *testing.T) {
	for _, show := range []bool{false, true} {
		b := bench(t, "carla", nil)
		b.Revocation = nil
		info, err := b.ReadCard(t.Context(), CardQuery{Reader: "A", PIN: []byte("12345678"), Show: show, Trace: true})
		if err != nil {
			t.Fatal(err)
		}
		nis := fmt.Sprintf("%X", "999000000006") // as the file of the card holds it
		if strings.Contains(info.Trace, nis) != show || (info.NIS != "") != show {
			t.Errorf("show %t: the trace says the NIS: %t; NIS %q", show, strings.Contains(info.Trace, nis), info.NIS)
		}
		if strings.Contains(info.Trace, fmt.Sprintf("%X", "12345678")) {
			t.Error("the trace holds the PIN")
		}
	}
}

// broken fails at reading cards.
type broken struct {
	desk
	err error
}

func (b broken) ReadCard(context.Context, CardQuery) (CardInfo, error) {
	return CardInfo{}, fmt.Errorf("reading the card: %w", b.err)
}

func TestWhatHappenedToACardCrossesTheSocketWithItsMeaning(t *testing.T) {
	for _, want := range []error{
		smartcard.ErrRemoved, smartcard.ErrReset, smartcard.ErrPayment, smartcard.ErrUnsupported,
		smartcard.ErrInconsistent, smartcard.ErrBusy, smartcard.ErrUnreadable, smartcard.ErrPINFormat, devices.ErrAbsent,
	} {
		h := http.Header{}
		tellMeaning(h, fmt.Errorf("reading the card: %w", want))
		if got := hear(h, "words"); !errors.Is(got, want) || got.Error() != "words" {
			t.Errorf("%v: %v, header %q", want, got, h.Get(meaningHeader))
		}
	}
	if narrow := hear(http.Header{meaningHeader: {"card-unsupported"}}, ""); errors.Is(narrow, smartcard.ErrPayment) {
		t.Error("any card that is not supported passes for a bank card")
	}
	if got := hear(http.Header{meaningHeader: {"new"}}, "words"); got.Error() != "words" {
		t.Errorf("a meaning of a later version: %v", got)
	}
	c := serveTerminal(t, broken{desk{free: true, queue: newShelf()}, smartcard.ErrRemoved})
	if _, err := c.CardInfo(t.Context(), CardQuery{}); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("%v", err)
	}
}
