package upstream

import (
	"errors"
	"fmt"
	"strings"

	"pue/devices/smartcard"
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
	if r.Subject.IsZero() {
		return outbox.Parcel{}, errors.New("checking the record: nobody is the subject")
	}
	return c.pack(r, id, func(payload []byte) ([]byte, error) {
		return signCompact(recordType, payload, id.Path(), s)
	})
}

// PackRequest is Pack for a booking of somebody who showed no card: the terminal
// signs for where and when, nobody for who.
func (c *Client) PackRequest(r Record) (outbox.Parcel, error) {
	if !r.Subject.IsZero() {
		return outbox.Parcel{}, errors.New("checking the record: a subject whose card does not sign")
	}
	return c.pack(r, smartcard.Identity{}, func(payload []byte) ([]byte, error) {
		compact, err := c.deviceKey.compact(requestType, payload)
		if err != nil {
			return nil, fmt.Errorf("signing with the device key: %w", err)
		}
		return []byte(compact), nil
	})
}

// pack seals the record that sign signs.
func (c *Client) pack(r Record, id smartcard.Identity, sign func(payload []byte) ([]byte, error)) (outbox.Parcel, error) {
	if err := r.check(id, c.terminal, c.destination); err != nil {
		return outbox.Parcel{}, fmt.Errorf("checking the record: %w", err)
	}
	key, err := c.keys.at(r.CapturedAt, r.ClockTrusted)
	if err != nil {
		return outbox.Parcel{}, err
	}
	payload, err := r.encode(id, c.terminal, c.istat)
	if err != nil {
		return outbox.Parcel{}, err
	}
	defer clear(payload)
	jws, err := sign(payload)
	if err != nil {
		return outbox.Parcel{}, err
	}
	defer clear(jws)
	sealed, err := key.seal(jws, sealInfo(r.ID, c.terminal))
	if err != nil {
		return outbox.Parcel{}, fmt.Errorf("sealing the record: %w", err)
	}
	if c.keys.endSoon(r.CapturedAt) {
		c.log.Warn("the last sealing key ends soon", "key_id", key.id, "until", c.keys.last().until)
	}
	p := outbox.Parcel{
		ID: r.ID, Class: outside, CapturedAt: r.CapturedAt, Deadline: r.Deadline,
		KeyID: key.id, Sealed: sealed,
	}
	for _, a := range r.Attachments {
		p.Attachments = append(p.Attachments, a.Attachment)
	}
	return p, nil
}

// What is signed is told apart by its type, so that none passes for another (RFC
// 8725 §3.11): a record and, of somebody without a card, a request.
const (
	recordType  = "pue-submission+jws"
	requestType = "pue-request+jws"
)

// outside is the class that stands outside every seal, of a booking too: the
// class of a service inside would narrow down which one it is.
const outside = outbox.Application

// sealInfo is the context of the seal. None of its parts can hold a NUL, so
// that no two contexts read the same.
func sealInfo(id, terminal string) []byte {
	return []byte(strings.Join([]string{schema, id, terminal, string(outside)}, "\x00"))
}
