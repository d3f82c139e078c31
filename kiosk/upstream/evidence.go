package upstream

import (
	"cmp"
	"time"

	"pue/devices/smartcard"
)

// How sure the terminal was, of who confirmed. INPS decides what it makes of it:
// what the terminal could not ask, INPS can, when the record arrives.
const (
	identityVerified = "verified"         // the chain is good, and the authority said that the certificate still holds
	identityLocally  = "verified-locally" // card and PIN were, the rest was not or not all
	identityNone     = "none"             // nobody showed a card
)

// wireCard is what the terminal found out about the card. The certificate itself
// stands in the signature (RFC 7515 §4.1.6).
type wireCard struct {
	Kind           smartcard.Kind  `json:"kind"`
	Chain          smartcard.Chain `json:"chain"`
	DocumentSigner smartcard.Chain `json:"document_signer,omitempty"` // of a CIE
	Revocation     wireRevocation  `json:"revocation"`
}

type wireRevocation struct {
	State     smartcard.RevocationState `json:"state"`
	CheckedAt *time.Time                `json:"checked_at,omitempty"` // when the authority said so
	By        string                    `json:"by,omitempty"`
}

// certainty says in a word what wireCard says in detail.
func (r Record) certainty(id smartcard.Identity) string {
	switch {
	case r.Subject.IsZero():
		return identityNone
	case id.Chain == smartcard.ChainOK && r.Revocation.State == smartcard.RevocationGood && r.ClockTrusted:
		return identityVerified
	}
	return identityLocally
}

// cardEvidence is nil where nobody showed a card.
func cardEvidence(id smartcard.Identity, rev smartcard.Revocation) *wireCard {
	if !id.Complete() {
		return nil
	}
	w := &wireCard{Kind: id.Kind, Chain: id.Chain, DocumentSigner: id.DocumentSigner}
	w.Chain = cmp.Or(w.Chain, smartcard.ChainUnchecked)
	if id.Kind == smartcard.CIE {
		w.DocumentSigner = cmp.Or(w.DocumentSigner, smartcard.ChainUnchecked)
	}
	w.Revocation.State = smartcard.RevocationUnknown
	if rev.State != smartcard.RevocationGood {
		return w
	}
	w.Revocation.State = rev.State
	at := rev.CheckedAt.UTC().Truncate(time.Second)
	w.Revocation.CheckedAt, w.Revocation.By = &at, rev.By
	return w
}
