package control

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
)

// CardQuery asks for what a card says of itself.
type CardQuery struct {
	Reader string `json:"reader"`        // empty: the first with a card
	PIN    []byte `json:"pin,omitempty"` // offered once, if given
	Show   bool   `json:"show"`          // with the personal fields
}

// CardInfo is a technician's view of a card. The personal fields are empty
// unless asked for.
type CardInfo struct {
	Kind              smartcard.Kind  `json:"kind"`
	TaxCode           string          `json:"codice_fiscale,omitempty"`
	Surname           string          `json:"surname,omitempty"`
	GivenName         string          `json:"given_name,omitempty"`
	CardID            string          `json:"id_carta,omitempty"`
	Certificate       CertificateInfo `json:"certificate"`
	Chain             smartcard.Chain `json:"chain"`
	SignatureVerified bool            `json:"signature_verified"`
	PIN               *PINInfo        `json:"pin,omitempty"`
	APDUs             int             `json:"apdus"`
	BytesUp           int             `json:"bytes_up"`
	BytesDown         int             `json:"bytes_down"`
	Millis            int64           `json:"ms"`
}

// CertificateInfo tells certificates apart without naming the holder.
type CertificateInfo struct {
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	KeyBits   int       `json:"key_bits"`
	SHA256    string    `json:"sha256"` // of the DER; what enrols an officer
}

// PINInfo is what became of the PIN: attempts left, -1 when the card did not say.
type PINInfo struct {
	OK   bool `json:"ok"`
	Left int  `json:"left"`
}

// ReadCard opens the card in a reader, reads it, and with a PIN has it sign a
// challenge.
func ReadCard(ctx context.Context, readers smartcard.Readers, anchors *trust.Anchors, now time.Time, q CardQuery) (CardInfo, error) {
	begin := time.Now()
	line, err := readers.Connect(ctx, q.Reader)
	if err != nil {
		return CardInfo{}, fmt.Errorf("connecting to the card in %q: %w", q.Reader, err)
	}
	meter := &meter{Transport: line}
	card, err := smartcard.Open(meter, anchors)
	if err != nil {
		line.Close()
		return CardInfo{}, fmt.Errorf("recognising the card in %q: %w", q.Reader, err)
	}
	defer card.Close()
	id, err := card.Identity(now)
	if err != nil {
		return CardInfo{}, fmt.Errorf("reading the card in %q: %w", q.Reader, err)
	}
	info := Describe(id)
	if q.Show {
		info.TaxCode, info.CardID = id.TaxCode.Reveal(), id.CardID.Reveal()
		info.Surname, info.GivenName = id.Surname.Reveal(), id.GivenName.Reveal()
	}
	if len(q.PIN) > 0 {
		if err := try(card, id, q.PIN, &info); err != nil {
			return CardInfo{}, err
		}
	}
	info.APDUs, info.BytesUp, info.BytesDown = meter.apdus, meter.up, meter.down
	info.Millis = time.Since(begin).Milliseconds()
	return info, nil
}

// Describe tells of a card what names nobody.
func Describe(id smartcard.Identity) CardInfo {
	sum := sha256.Sum256(id.Certificate.Raw)
	info := CardInfo{Kind: id.Kind, Chain: id.Chain, Certificate: CertificateInfo{
		Issuer:    id.Certificate.Issuer.String(),
		NotBefore: id.Certificate.NotBefore, NotAfter: id.Certificate.NotAfter,
		SHA256: hex.EncodeToString(sum[:]),
	}}
	if key, ok := id.Certificate.PublicKey.(*rsa.PublicKey); ok {
		info.Certificate.KeyBits = key.N.BitLen()
	}
	return info
}

func try(card smartcard.Card, id smartcard.Identity, pin []byte, info *CardInfo) error {
	err := card.VerifyPIN(pin)
	var refused *smartcard.PINError
	if errors.As(err, &refused) {
		info.PIN = &PINInfo{Left: refused.Left}
		return nil
	}
	if err != nil {
		return fmt.Errorf("verifying the PIN: %w", err)
	}
	info.PIN = &PINInfo{OK: true, Left: -1}
	switch err := smartcard.Prove(card, id); {
	case err == nil:
		info.SignatureVerified = true
	case !errors.Is(err, smartcard.ErrInconsistent):
		return fmt.Errorf("having the card sign: %w", err)
	}
	return nil
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
