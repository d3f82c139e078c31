package smartcard

import "time"

// ChainInDoubt is the verdict of a terminal that cannot trust its clock, and knows
// of the time only that it is later than past. A certificate that ended before then
// has ended, whatever the clock says. That any other is out of its time, no such
// clock can tell: it stays unchecked.
func (id Identity) ChainInDoubt(past time.Time) Chain {
	ended := id.Complete() && id.Certificate.NotAfter.Before(past)
	switch {
	case id.Chain != ChainExpired && id.Chain != ChainUnchecked:
		return id.Chain
	case ended:
		return ChainExpired
	}
	return ChainUnchecked
}
