package smartcard

import "math/bits"

// historical returns the historical bytes of an answer to reset (ISO/IEC 7816-3
// §8.2), nil when the ATR is not well formed.
func historical(atr []byte) []byte {
	if len(atr) < 2 || len(atr) > 33 {
		return nil
	}
	n := int(atr[1] & 0x0F)
	at := 2
	for next := atr[1] >> 4; next != 0; {
		at += bits.OnesCount8(next) // TA, TB, TC, TD that follow
		if next&0x8 == 0 {
			break
		}
		if at > len(atr) {
			return nil
		}
		next = atr[at-1] >> 4 // TD says what the next group holds
	}
	if at+n > len(atr) {
		return nil
	}
	return atr[at : at+n]
}

// Places in the 15 historical bytes of a CNS: the maker of the mask and the
// letters that name the card.
const (
	histLength = 15
	histMask   = 3
	histName   = 9
)

// maskSTIncard is the mask maker whose PIN is addressed with backtracking.
const maskSTIncard = 0x09

// saysCNS reports whether the historical bytes name a CNS, or a card of health
// professionals (HPC), which is made like one.
func saysCNS(hist []byte) bool {
	if len(hist) != histLength {
		return false
	}
	name := string(hist[histName : histName+3])
	return name == "CNS" || name == "HPC"
}

// saysOldCIE reports whether the historical bytes are those of the first or the
// second kind of identity card, which came before the CIE 3.0.
func saysOldCIE(hist []byte) bool {
	return string(hist) == "\x00\x31\x80\x00" ||
		len(hist) == histLength && string(hist[6:]) == "\x02ITID\x20\x20\x31\x80"
}
