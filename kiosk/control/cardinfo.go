package control

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
)

// CardQuery asks for what a card says of itself.
type CardQuery struct {
	Reader string `json:"reader"`          // empty: the first with a card
	PIN    []byte `json:"pin,omitempty"`   // offered once, if given
	Show   bool   `json:"show"`            // with the personal fields
	Trace  bool   `json:"trace,omitempty"` // with what passed between terminal and card
}

// CardInfo is a technician's view of a card. The personal fields are empty
// unless asked for. A CIE keeps its certificate, and all that stands in it, until
// its PIN was right: see [CardInfo.Complete].
type CardInfo struct {
	Kind              smartcard.Kind  `json:"kind"`
	Fingerprint       string          `json:"fingerprint"` // of the card; what enrols an officer
	TaxCode           string          `json:"codice_fiscale,omitempty"`
	Surname           string          `json:"surname,omitempty"`
	GivenName         string          `json:"given_name,omitempty"`
	NIS               string          `json:"nis,omitempty"`
	CardID            string          `json:"id_carta,omitempty"`
	Certificate       CertificateInfo `json:"certificate,omitzero"`
	Chain             smartcard.Chain `json:"chain"`
	DocumentSigner    smartcard.Chain `json:"document_signer,omitempty"` // of a CIE
	Revocation        *RevocationInfo `json:"revocation,omitempty"`      // absent where nobody was asked
	SignatureVerified bool            `json:"signature_verified"`
	PIN               *PINInfo        `json:"pin,omitempty"`
	APDUs             int             `json:"apdus"`
	BytesUp           int             `json:"bytes_up"`
	BytesDown         int             `json:"bytes_down"`
	Millis            int64           `json:"ms"`
	Trace             string          `json:"trace,omitempty"` // one line for each command
}

// Complete reports whether the card has said all it can.
func (i CardInfo) Complete() bool { return i.Certificate.SHA256 != "" }

// CertificateInfo tells certificates apart without naming the holder.
type CertificateInfo struct {
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	KeyBits   int       `json:"key_bits"`
	SHA256    string    `json:"sha256"` // of the DER
}

// RevocationInfo is what the card's authority says of its certificate.
type RevocationInfo struct {
	State     smartcard.RevocationState `json:"state"`
	CheckedAt time.Time                 `json:"checked_at,omitzero"`
	By        string                    `json:"by,omitempty"`
}

// PINInfo is what became of the PIN: attempts left, -1 when the card did not say.
type PINInfo struct {
	OK   bool `json:"ok"`
	Left int  `json:"left"`
}

// Bench is what a technician reads cards with.
type Bench struct {
	Readers smartcard.Readers
	Anchors *trust.Anchors // nil: there is nothing to check against
	Now     time.Time      // by which certificates are judged; zero: no clock is right
	// Past, if set, says that the clock is not to be trusted, and of the time only
	// that it is later than this.
	Past time.Time
	// Revocation, if set, is asked of a certificate whose chain is good.
	Revocation Revocation
}

// Revocation knows which certificates were taken back.
type Revocation interface {
	Check(ctx context.Context, cert *x509.Certificate) smartcard.Revocation
}

// ReadCard opens the card in a reader, reads it, and with a PIN has it sign a
// challenge.
func (b Bench) ReadCard(ctx context.Context, q CardQuery) (CardInfo, error) {
	begin := time.Now()
	line, err := b.Readers.Connect(ctx, q.Reader)
	if err != nil {
		return CardInfo{}, fmt.Errorf("connecting to the card in %q: %w", q.Reader, err)
	}
	meter := &meter{Transport: line}
	var trace bytes.Buffer
	card, err := smartcard.Open(q.traced(meter, &trace), b.Anchors)
	if err != nil {
		line.Close()
		return CardInfo{}, fmt.Errorf("recognising the card in %q: %w", q.Reader, err)
	}
	id, pin, signed, err := b.read(card, q.PIN)
	card.Close() // ends the trace; a card that is gone was told of above
	if err != nil {
		return CardInfo{}, fmt.Errorf("reading the card in %q: %w", q.Reader, err)
	}
	info := Describe(id)
	info.PIN, info.SignatureVerified, info.Trace = pin, signed, trace.String()
	info.APDUs, info.BytesUp, info.BytesDown = meter.apdus, meter.up, meter.down
	info.Millis = time.Since(begin).Milliseconds()
	if q.Show {
		info.TaxCode, info.CardID, info.NIS = id.TaxCode.Reveal(), id.CardID.Reveal(), id.NIS.Reveal()
		info.Surname, info.GivenName = id.Surname.Reveal(), id.GivenName.Reveal()
	}
	if b.Revocation != nil && id.Complete() && id.Chain == smartcard.ChainOK {
		r := b.Revocation.Check(ctx, id.Certificate)
		info.Revocation = &RevocationInfo{r.State, r.CheckedAt, r.By}
		if r.State == smartcard.RevocationRevoked {
			info.Chain = smartcard.ChainRevoked
		}
	}
	return info, nil
}

// traced writes down what passes, as openly as the personal fields are shown.
func (q CardQuery) traced(t smartcard.Transport, w io.Writer) smartcard.Transport {
	switch {
	case !q.Trace:
		return t
	case q.Show:
		return smartcard.TraceOpenly(t, w)
	}
	return smartcard.Trace(t, w)
}

// read asks the card who it is; and, when there is a PIN and it is right, to prove
// it, after a CIE has said the rest.
func (b Bench) read(card smartcard.Card, pin []byte) (id smartcard.Identity, info *PINInfo, signed bool, err error) {
	if id, err = b.identity(card); err != nil || len(pin) == 0 {
		return id, nil, false, err
	}
	err = card.VerifyPIN(pin)
	if refused, ok := errors.AsType[*smartcard.PINError](err); ok {
		return id, &PINInfo{Left: refused.Left}, false, nil
	}
	if err != nil {
		return id, nil, false, err
	}
	info = &PINInfo{OK: true, Left: -1}
	if !id.Complete() {
		if id, err = b.identity(card); err != nil {
			return id, info, false, err
		}
	}
	switch err = smartcard.Prove(card, id); {
	case err == nil:
		return id, info, true, nil
	case errors.Is(err, smartcard.ErrInconsistent):
		return id, info, false, nil
	}
	return id, info, false, fmt.Errorf("having the card sign: %w", err)
}

// identity asks the card who it is, as the session does.
func (b Bench) identity(card smartcard.Card) (smartcard.Identity, error) {
	id, err := card.Identity(b.Now)
	if err == nil && !b.Past.IsZero() {
		id.Chain = id.ChainInDoubt(b.Past)
	}
	return id, err
}

// Describe tells of a card what names nobody.
func Describe(id smartcard.Identity) CardInfo {
	info := CardInfo{
		Kind: id.Kind, Fingerprint: hex.EncodeToString(id.Fingerprint[:]), Chain: id.Chain, DocumentSigner: id.DocumentSigner,
	}
	if !id.Complete() {
		return info
	}
	sum := sha256.Sum256(id.Certificate.Raw)
	info.Certificate = CertificateInfo{
		Issuer:    printable(id.Certificate.Issuer.String()),
		NotBefore: id.Certificate.NotBefore, NotAfter: id.Certificate.NotAfter,
		SHA256: hex.EncodeToString(sum[:]),
	}
	if key, ok := id.Certificate.PublicKey.(*rsa.PublicKey); ok {
		info.Certificate.KeyBits = key.N.BitLen()
	}
	return info
}

// printable keeps what a certificate says from moving a technician's terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// meter counts what goes over the line to a card.
type meter struct {
	smartcard.Transport
	apdus, up, down int
}

func (m *meter) Transmit(apdu []byte) ([]byte, error) {
	answer, err := m.Transport.Transmit(apdu)
	m.apdus++
	m.up += len(apdu)
	m.down += len(answer)
	return answer, err
}
