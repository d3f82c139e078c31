package upstream

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
)

// Pack turns a record into a parcel that only INPS can open: the record as
// JSON, signed by the card as a compact JWS, sealed with HPKE base mode (RFC
// 9180 §6.1). The card's PIN must have been verified. The parcel's Owner is the
// caller's to fill in.
//
// The seal is bound to schema, id, terminal and service, so that a sealed body
// cannot travel under another name. The terminal keeps nothing that opens it.
func (c *Client) Pack(r Record, id smartcard.Identity, s Signer) (outbox.Parcel, error) {
	if err := r.check(id, c.terminal); err != nil {
		return outbox.Parcel{}, fmt.Errorf("checking the record: %w", err)
	}
	payload, err := r.encode(c.terminal, c.istat)
	if err != nil {
		return outbox.Parcel{}, err
	}
	defer clear(payload)
	jws, err := signCompact(recordType, payload, id.Certificate, s)
	if err != nil {
		return outbox.Parcel{}, err
	}
	defer clear(jws)
	sealed, err := hpke.Seal(c.sealTo, hpke.HKDFSHA256(), hpke.AES128GCM(), sealInfo(r.ID, c.terminal, r.Service), jws)
	if err != nil {
		return outbox.Parcel{}, fmt.Errorf("sealing the record: %w", err)
	}
	return outbox.Parcel{
		ID: r.ID, Service: r.Service, CapturedAt: r.CapturedAt, Deadline: r.Deadline, Sealed: sealed,
	}, nil
}

// recordType tells a signed record from a log-in assertion: neither passes for
// the other (RFC 8725 §3.11).
const recordType = "pue-submission+jws"

// sealInfo is the context of the seal. None of its parts can hold a NUL, so
// that no two contexts read the same.
func sealInfo(id, terminal, service string) []byte {
	return []byte(strings.Join([]string{schema, id, terminal, service}, "\x00"))
}

func sealingKey(data []byte) (hpke.PublicKey, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, errors.New("not a PEM public key")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	pub, ok := parsed.(*ecdh.PublicKey)
	if !ok || pub.Curve() != ecdh.X25519() {
		return nil, errors.New("not an X25519 key")
	}
	return hpke.NewDHKEMPublicKey(pub)
}
