package session

import "slices"

// lastTries are the cards of which somebody gave a wrong PIN, and how many more they
// bear: until a right one, over removals and visits. They are known by their
// fingerprints alone, and in memory.
type lastTries []lastTry

type lastTry struct {
	card [32]byte
	left int // -1 when the card did not say, or was gone before it could
}

// mostLastTries is far more than one point sees between two restarts.
const mostLastTries = 64

// find is how many tries are left to a card that the next wrong PIN may block.
func (l lastTries) find(card [32]byte) (left int, last bool) {
	i := slices.IndexFunc(l, func(t lastTry) bool { return t.card == card })
	if i < 0 || l[i].left > 1 {
		return 0, false
	}
	return l[i].left, true
}

// unheard counts an attempt of which nobody knows whether the card took it: one that
// bore two more may bear one now.
func (l lastTries) unheard(card [32]byte) lastTries {
	if slices.Contains(l, lastTry{card, 2}) {
		return l.with(card, -1)
	}
	return l
}

// with adds a card, and forgets the oldest when there are too many.
func (l lastTries) with(card [32]byte, left int) lastTries {
	l = append(l.without(card), lastTry{card, left})
	return l[max(0, len(l)-mostLastTries):]
}

// without is a copy, since a State is never changed.
func (l lastTries) without(card [32]byte) lastTries {
	return slices.DeleteFunc(slices.Clone(l), func(t lastTry) bool { return t.card == card })
}
