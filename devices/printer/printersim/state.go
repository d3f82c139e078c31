package printersim

import "slices"

// State is what somebody sees who looks at the printer, and what the sender did
// wrong so far.
type State struct {
	Offline     bool     `json:"offline"`
	PaperOut    bool     `json:"paper_out"`
	PaperLow    bool     `json:"paper_low"`
	CoverOpen   bool     `json:"cover_open"`
	Error       bool     `json:"error"`
	Plugged     bool     `json:"plugged"`
	Mouth       int      `json:"mouth"`   // the receipt that waits to be taken, 0 for none
	Waiting     int      `json:"waiting"` // bytes received and not interpreted
	FlashWrites int      `json:"flash_writes"`
	Receipts    int      `json:"receipts"`
	Count       Count    `json:"count"`
	Faults      []string `json:"faults"`
	Events      []Event  `json:"events"`
}

// State returns how the printer is now.
func (s *Sim) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{
		Offline: s.stopped(), PaperOut: s.paperOut, PaperLow: s.paperLow, CoverOpen: s.coverOpen, Error: s.inError(),
		Plugged: s.plugged, Waiting: len(s.buffer.bytes) + len(s.command), FlashWrites: s.stored.writes, Receipts: len(s.receipts),
		Count: s.count, Faults: append([]string{}, s.faults...), Events: slices.Clone(s.events),
	}
	if s.ticket.place == atMouth {
		state.Mouth = s.ticket.receipt
	}
	return state
}
