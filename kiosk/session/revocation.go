package session

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/audit"
)

// Revocation tells which certificates their authorities have taken back.
type Revocation interface {
	Check(ctx context.Context, cert *x509.Certificate) smartcard.Revocation
}

// revocationPatience bounds the question: whoever logs in waits for no more of it
// than is left after the notice and the PIN.
const revocationPatience = 5 * time.Second

// errRevoked is a card whose certificate was taken back.
var errRevoked = errors.New("certificate was revoked")

// RevocationKnown says what is known of the certificate of this visit's card.
type RevocationKnown struct {
	Visit uint64
	smartcard.Revocation
}

func (RevocationKnown) event() {}

// inquiry is the question whether the card of a visit was taken back.
type inquiry struct {
	asked bool          // under the lock of the card
	known chan struct{} // closed once the answer stands
	smartcard.Revocation
}

// inquire asks once in a visit, as soon as the card has named its holder, while the
// citizen reads and types. Only an authority that is believed is asked.
func (r *runner) inquire(v *visit) {
	if v.inquiry.asked || !v.identity.Complete() {
		return
	}
	v.inquiry.asked = true
	cert, good := v.identity.Certificate, v.identity.Chain == smartcard.ChainOK
	r.jobs.Go(func() {
		v.inquiry.Revocation = smartcard.Revocation{State: smartcard.RevocationUnknown}
		if good && r.o.Revocation != nil {
			ctx, cancel := context.WithTimeout(v.ctx, revocationPatience)
			defer cancel()
			v.inquiry.Revocation = r.o.Revocation.Check(ctx, cert)
		}
		r.report(RevocationKnown{v.number, v.inquiry.Revocation})
		close(v.inquiry.known)
	})
}

// revoked waits for the answer.
func (v *visit) revoked() bool {
	<-v.inquiry.known
	return v.inquiry.State == smartcard.RevocationRevoked
}

// revocationKnown ends the use of a card that was taken back, wherever its holder is
// by now. What it is signing has been answered for: nobody logs in before the answer.
func (t *turn) revocationKnown(e RevocationKnown) {
	if t.card().Kind == "" {
		return // it was refused for something else
	}
	known := &t.s.Citizen.Revocation
	if t.s.Officer.Reader != "" {
		known = &t.s.Officer.Revocation
	}
	*known = e.State
	if t.s.Citizen.LoggedIn {
		t.noteUnasked(e.State, "")
	}
	if e.State != smartcard.RevocationRevoked || t.s.Screen == Saving {
		return
	}
	t.s.Citizen.Form = nil // no PIN of this card finds it again
	t.refuseCard(FaultCardRevoked)
}

// unasked: the citizen showed a card, and nobody could say whether it was taken back.
func (c *citizen) unasked() bool { return !c.Cardless && c.Revocation != smartcard.RevocationGood }

// noteUnasked records that somebody was let in of whose card nobody could say whether
// it still holds.
func (t *turn) noteUnasked(state smartcard.RevocationState, officer string) {
	if state == smartcard.RevocationUnknown {
		t.do(note(audit.Event{Name: audit.RevocationUnknown, Officer: officer}))
	}
}
