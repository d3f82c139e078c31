package printersim

import (
	"math/bits"
	"slices"
)

// Parity is the ninth bit that the printer's own switch may add to each byte. A host
// has none here.
type Parity string

const (
	ParityNone Parity = "none"
	ParityEven Parity = "even"
	ParityOdd  Parity = "odd"
)

// SetParity sets what the printer expects and sends behind the eight bits.
func (s *Sim) SetParity(p Parity) { s.turn(func() { s.parity = p }) }

// bit is the ninth bit of c, which is also what a host without parity takes for its
// stop bit.
func (p Parity) bit(c byte) int {
	odd := bits.OnesCount8(c) & 1
	if p == ParityOdd {
		return 1 - odd
	}
	return odd
}

// hear is what the printer makes of a byte without a ninth bit: in its place it reads
// the stop bit, which is 1.
func (p Parity) hear(c byte, count *Count) byte {
	if p == "" || p == ParityNone || p.bit(c) == 1 {
		return c
	}
	count.Garbled++
	return framingError
}

// heardWithout is what a host without parity hears: a ninth bit of 0 stands where its
// stop bit should, and the byte is thrown away.
func (p Parity) heardWithout(sent []byte) []byte {
	if p == "" || p == ParityNone {
		return sent
	}
	return slices.DeleteFunc(slices.Clone(sent), func(c byte) bool { return p.bit(c) == 0 })
}
