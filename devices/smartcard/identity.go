package smartcard

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Identity is what a card says of its holder, and how far the terminal believes
// it. A card alone identifies a card, not a person who consents: that takes the
// PIN and a signature.
//
// A CNS says everything without a PIN. A CIE says its NIS, and the rest once the
// PIN was verified: see [Identity.Complete].
type Identity struct {
	Kind Kind
	// Fingerprint tells this card from every other without a PIN: the SHA-256 of
	// the certificate of a CNS, of the security object (EF.SOD) of a CIE.
	Fingerprint [sha256.Size]byte
	PIN         PINLength
	NIS         Private // of a CIE, 12 digits: a number of the chip, not of the person

	TaxCode     TaxCode
	Surname     Private
	GivenName   Private
	CardID      Private // ID_Carta of a CNS, 16 digits; document number of a CIE, 9 characters
	Certificate *x509.Certificate
	// Issuers lead from Certificate towards an anchor, nearest first and without
	// the root, as far as the terminal was given them: no card carries them.
	Issuers []*x509.Certificate
	Chain   Chain // on Certificate, and for a CIE on who signed its security object
	// DocumentSigner is the verdict on who signed the security object of a CIE,
	// for itself; empty for a CNS, which has none.
	DocumentSigner Chain
}

// Path is the certificate and those that lead from it towards an anchor.
func (id Identity) Path() []*x509.Certificate {
	return append([]*x509.Certificate{id.Certificate}, id.Issuers...)
}

// Complete reports whether the card has said who its holder is.
func (id Identity) Complete() bool { return id.Certificate != nil }

// Kind is the family of a card.
type Kind string

const (
	CNS Kind = "cns" // Carta Nazionale dei Servizi, TS-CNS
	CIE Kind = "cie" // Carta d'Identità Elettronica 3.0
)

// PINLength is how many digits a PIN of a kind of card has.
type PINLength struct{ Least, Most int }

// Chain is the verdict on the certificate path (RFC 5280 §6).
type Chain string

const (
	ChainOK        Chain = "ok"        // leads to a provisioned anchor, valid now
	ChainUntrusted Chain = "untrusted" // no path to an anchor, or wrong policy
	ChainExpired   Chain = "expired"   // outside its validity
	ChainRevoked   Chain = "revoked"
	ChainUnchecked Chain = "unchecked" // nothing to check against; or all is good but a validity that no clock can judge
)

// Judge decides whom the terminal believes. A nil Judge means that there is
// nothing to check against: chains are unchecked.
type Judge interface {
	// Judge gives the verdict on the authentication certificate of a card. A zero
	// now means that no clock can be trusted.
	Judge(cert *x509.Certificate, kind Kind, now time.Time) Chain
	// DocumentSigner gives the verdict on who signed the security object of a
	// CIE. It never answers for a citizen's certificate, nor the other way round.
	DocumentSigner(cert *x509.Certificate, now time.Time) Chain
}

// Revocation is what is known of a certificate that may have been taken back
// before its end (RFC 5280 §5, RFC 6960).
type Revocation struct {
	State     RevocationState
	CheckedAt time.Time // when its authority said so; zero while State is unknown
	By        string    // "ocsp" or "crl"; empty while State is unknown
}

// RevocationState is an authority's word on a certificate.
type RevocationState string

const (
	RevocationUnknown RevocationState = "unknown" // nobody could be asked
	RevocationGood    RevocationState = "good"
	RevocationRevoked RevocationState = "revoked"
)

// Card is an opened card whose application was recognised.
type Card interface {
	// Identity reads and checks who the card says it is, as far as it says so
	// now: once before the PIN, and for a CIE once more after it.
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
	// ErrReset is a card that another program has reset: what was selected and
	// verified is gone.
	ErrReset = errors.New("card was reset by another program")
	// ErrBusy is a card that another program does not let go. It is an
	// ErrUnreadable too, which time may heal.
	ErrBusy = fmt.Errorf("card is in use by another program: %w", ErrUnreadable)
	// ErrBlocked is a PIN that only the PUK can help.
	ErrBlocked = errors.New("PIN is blocked")
	// ErrPayment is a bank card, or a telephone that plays one.
	ErrPayment = fmt.Errorf("card is for payments: %w", ErrUnsupported)
)

// PINError reports a refused PIN.
type PINError struct {
	// Left is the number of attempts that remain, 0 when the PIN is blocked,
	// -1 when the card did not say.
	Left int
}

// Blocked reports whether only the PUK can help.
func (e *PINError) Blocked() bool { return e.Left == 0 }

// Is makes a blocked PIN an [ErrBlocked].
func (e *PINError) Is(target error) bool { return target == ErrBlocked && e.Blocked() }

func (e *PINError) Error() string {
	if e.Left < 0 {
		return "PIN refused"
	}
	return fmt.Sprintf("PIN refused, %d attempts left", e.Left)
}
