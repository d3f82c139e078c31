package smartcard

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Identity is what a card says of its holder, read without a PIN, and how far
// the terminal believes it. A card alone identifies a card, not a person who
// consents: that takes the PIN and a signature.
type Identity struct {
	Kind        Kind
	TaxCode     TaxCode
	Surname     Private
	GivenName   Private
	CardID      Private // ID_Carta of a CNS, 16 digits
	Certificate *x509.Certificate
	Chain       Chain
}

// Kind is the family of a card.
type Kind string

const CNS Kind = "cns"

// Chain is the verdict on the certificate path (RFC 5280 §6).
type Chain string

const (
	ChainOK        Chain = "ok"        // leads to a provisioned anchor, valid now
	ChainUntrusted Chain = "untrusted" // no path to an anchor, or wrong policy
	ChainExpired   Chain = "expired"   // outside its validity
	ChainRevoked   Chain = "revoked"
	ChainUnchecked Chain = "unchecked" // nothing to check against; or all is good but a validity that no clock can judge
)

// Card is an opened card whose application was recognised.
type Card interface {
	// Identity reads and checks who the card says it is; it needs no PIN.
	Identity(now time.Time) (Identity, error)
	// VerifyPIN offers the PIN once. The error is a *PINError when it is
	// refused. The caller wipes pin.
	VerifyPIN(pin []byte) error
	// Sign makes an RSASSA-PKCS1-v1_5 signature over a SHA-256 digest (RFC
	// 8017 §8.2) with the authentication key. The PIN must have been verified.
	Sign(digest []byte) ([]byte, error)
	// Forget drops the verified PIN and keeps the card powered.
	Forget() error
	// Close ends all use of the card.
	Close() error
}

// Errors about a card, as meanings; status words stay inside.
var (
	ErrRemoved     = errors.New("card removed")
	ErrUnsupported = errors.New("card is neither a CNS nor a CIE")
	ErrUnreadable  = errors.New("card does not answer as it should")
)

// PINError reports a refused PIN.
type PINError struct {
	// Left is the number of attempts that remain, 0 when the PIN is blocked,
	// -1 when the card did not say.
	Left int
}

// Blocked reports whether only the PUK can help.
func (e *PINError) Blocked() bool { return e.Left == 0 }

func (e *PINError) Error() string {
	if e.Left < 0 {
		return "PIN refused"
	}
	return fmt.Sprintf("PIN refused, %d attempts left", e.Left)
}
