package ui

import (
	"pue/devices/smartcard"
	"pue/kiosk/session"
)

// To is a message key in the words for one destination, where these differ from
// those for INPS.
func (p page) To(destination, key string) string {
	if k := key + "." + destination; p.L.Has(k) {
		return k
	}
	return key
}

// OfCard is a message key in the words for the kind of card that the page is about,
// where these differ: its PIN, its letter and its office are others. Where both kinds
// can be read, there are words for both.
func (p page) OfCard(key string) string {
	if k := p.To(string(p.Card), key); k != key {
		return k
	}
	if p.Place.HasPlate() {
		return p.To("plate", key)
	}
	return key
}

// OnPlate reports whether the card that the page is about lies on the plate.
func (p page) OnPlate() bool { return p.Card == smartcard.CIE && p.Place.HasPlate() }

// Reason is why a device does not work, in words. Reasons are born in the devices;
// one that has no words yet is shown as it is, to the officer alone.
func (p page) Reason(d session.DeviceView) string {
	k := "board.reason." + d.Reason
	if d.Name == "line-comune" {
		k = p.To("comune", k)
	}
	if p.L.Has(k) {
		return p.T(k)
	}
	return d.Reason
}
