package session

import (
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// Filing is one authority that submissions go to: how they are made for it, and
// what it tells citizens about their data.
type Filing struct {
	Packer
	Notice NoticeView
}

// Packer makes submissions that only one authority can open.
type Packer interface {
	Pack(r upstream.Record, id smartcard.Identity, s upstream.Signer) (outbox.Parcel, error)
	// SealAttachment seals a page that goes with a submission.
	SealAttachment(w io.Writer, r io.Reader) (outbox.Attachment, error)
	// PackRequest is Pack for somebody who showed no card.
	PackRequest(r upstream.Record) (outbox.Parcel, error)
	// Sealing says to which key the authority wants submissions sealed now, and for
	// how long.
	Sealing(now time.Time) (upstream.SealingStatus, error)
}

// submits reports whether a service ends in a submission.
func submits(s *catalog.Service) bool { return s.Class.Filed() }

// notices are what the authorities tell citizens about their data.
func notices(filing map[string]Filing) map[string]NoticeView {
	all := map[string]NoticeView{}
	for destination, f := range filing {
		all[destination] = f.Notice
	}
	return all
}

// authorities are those that this terminal can send submissions to.
func authorities(filing map[string]Filing) []string { return slices.Sorted(maps.Keys(filing)) }

// offers reports whether this terminal can bring a service to its end: it has the
// pages for it, and the authority that is asked.
func (m *machine) offers(s *catalog.Service) bool {
	switch s.Class {
	case catalog.Application, catalog.Booking:
		return slices.Contains(m.filing, s.Destination)
	case catalog.Query, catalog.Certificate:
		return s.Destination == catalog.INPS
	case catalog.Info:
		return true
	}
	return false
}

// offered are the services in use that this terminal can bring to an end.
func (m *machine) offered(s *State) []*catalog.Service {
	return slices.DeleteFunc(slices.Clone(s.Catalog.Services()), func(s *catalog.Service) bool { return !m.offers(s) })
}

// KeyTrouble is an authority whose sealing keys somebody has to look after.
type KeyTrouble struct {
	Destination string `json:"destination"`
	// Missing: there is no key that a submission could be sealed to now.
	Missing bool `json:"missing,omitempty"`
	// Ends is when the last key ends, which is near; zero when none is valid.
	Ends time.Time `json:"ends,omitzero"`
}

// keyTrouble asks each authority for its keys, in a fixed order.
func keyTrouble(filing map[string]Filing, now time.Time) []KeyTrouble {
	var all []KeyTrouble
	for destination, f := range filing {
		switch sealing, err := f.Sealing(now); {
		case err != nil:
			all = append(all, KeyTrouble{Destination: destination, Missing: true})
		case sealing.Warn:
			all = append(all, KeyTrouble{Destination: destination, Ends: sealing.Until})
		}
	}
	slices.SortFunc(all, func(x, y KeyTrouble) int { return strings.Compare(x.Destination, y.Destination) })
	return all
}
