package printersim

// framingError is what stands for a byte without a stop bit.
const framingError = '?'

// mismatch says whether a host listens and sends at another speed than the
// printer; a UART forgives some three percent.
func (s *Sim) mismatch(h Host) bool {
	if s.baud == 0 || h.Baud == 0 {
		return false
	}
	off := s.baud - h.Baud
	return off*off*1000 > s.baud*s.baud
}

// garble is what a UART at one speed makes of bytes that were sent, without a
// pause, at another: it waits for the line to fall, and then looks at it in the
// middle of each of its own bits.
func garble(sent []byte, from, to int) []byte {
	// One bit of the sender lasts to units, one of the receiver from units.
	const frame = 10 // start, eight bits from the least significant, stop
	end := len(sent) * frame * to
	high := func(t int) bool {
		if t >= end {
			return true
		}
		c, i := sent[t/to/frame], t/to%frame
		return i == frame-1 || i > 0 && c>>(i-1)&1 == 1
	}
	var got []byte
	for t := 0; t < end; {
		if high(t) {
			t = (t/to + 1) * to // the line falls only where a bit begins
			continue
		}
		sample := t + from/2
		var c byte
		for i := range 8 {
			sample += from
			if high(sample) {
				c |= 1 << i
			}
		}
		sample += from
		if t = sample; high(t) {
			got = append(got, c)
			continue
		}
		got = append(got, framingError)
		for t < end && !high(t) {
			t = (t/to + 1) * to
		}
	}
	return got
}
