package upstream

import (
	"fmt"
	"strings"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
)

// Pack turns a record into a parcel that only INPS can open: the record as
// JSON, signed by the card as a compact JWS, compressed and padded, sealed with
// HPKE base mode (RFC 9180 §6.1) to the key that is valid when the citizen
// signs. Documents were sealed before; the record names them with their digests.
// The card's PIN must have been verified. The parcel's Owner and Label
// are the caller's to fill in.
//
// The seal is bound to schema, id, terminal and class, so that a sealed body
// cannot travel under another name. Which service it is stands inside alone.
// The terminal keeps nothing that opens it.
func (c *Client) Pack(r Record, id smartcard.Identity, s Signer) (outbox.Parcel, error) {
	if err := r.check(id, c.terminal, c.destination); err != nil {
		return outbox.Parcel{}, fmt.Errorf("checking the record: %w", err)
	}
	key, err := c.keys.at(r.CapturedAt, r.ClockTrusted)
	if err != nil {
		return outbox.Parcel{}, err
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
	sealed, err := key.seal(jws, sealInfo(r.ID, c.terminal, r.Class))
	if err != nil {
		return outbox.Parcel{}, fmt.Errorf("sealing the record: %w", err)
	}
	if c.keys.endSoon(r.CapturedAt) {
		c.log.Warn("the last sealing key ends soon", "key_id", key.id, "until", c.keys.last().until)
	}
	p := outbox.Parcel{
		ID: r.ID, Class: outbox.Class(r.Class), CapturedAt: r.CapturedAt, Deadline: r.Deadline,
		KeyID: key.id, Sealed: sealed,
	}
	for _, a := range r.Attachments {
		p.Attachments = append(p.Attachments, a.Attachment)
	}
	return p, nil
}

// recordType tells a signed record from a log-in assertion: neither passes for
// the other (RFC 8725 §3.11).
const recordType = "pue-submission+jws"

// sealInfo is the context of the seal. None of its parts can hold a NUL, so
// that no two contexts read the same.
func sealInfo(id, terminal string, class catalog.Class) []byte {
	return []byte(strings.Join([]string{schema, id, terminal, string(class)}, "\x00"))
}
