package outbox

import (
	"crypto/sha256"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"
)

// mark tells the few keys of a terminal apart, so that opening a long queue reads
// one docket for each of them and not one for each submission. It decides which
// line waits for which, no more: what is sent goes where the docket says.
type mark uint16

// markOf is the mark of a key; 0 is none.
func markOf(keyID string) mark {
	sum := sha256.Sum256([]byte(keyID))
	return max(mark(binary.BigEndian.Uint16(sum[:])), 1)
}

// wayLoaded is the way of what is still to go out. b.loadMu is held.
func (b *Outbox) wayLoaded(tx *bolt.Tx, r record) uint8 {
	if way, seen := b.marks[r.mark]; seen && r.State.open() {
		return way
	}
	way := b.wayOnDisk(tx, r)
	if way != 0 && r.mark != 0 {
		b.marks[r.mark] = way
	}
	return way
}
