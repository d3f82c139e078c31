package paper

import (
	"context"
	"crypto/rand"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"
)

const (
	numbersNote = "print-numbers"
	logoNote    = "printer-logo"
)

// numbers are what the printer counts its documents by.
type numbers struct{ base, last uint32 }

// numbersPerJob are how many numbers a job may use up: its own, and that of the
// picture which the printer is given to keep before it.
const numbersPerJob = 2

// NumberFrom is the number after which the printer may count its documents in this
// run. It is past all that earlier runs have used; and it begins at random, so that
// a terminal that lost its disk does not begin where it once did.
func (j *Journal) NumberFrom() uint32 { return j.numbers.base + numbersPerJob*j.numbers.last }

func (j *Journal) openNumbers() error {
	ctx := context.Background()
	base, err := j.st.Noted(ctx, numbersNote)
	if err != nil {
		return err
	}
	if len(base) != 4 {
		base = make([]byte, 4)
		_, _ = rand.Read(base) // never fails (crypto/rand)
		if err := j.st.Note(ctx, numbersNote, base); err != nil {
			return err
		}
	}
	return j.st.View(ctx, func(tx *bolt.Tx) error {
		last, err := jobTable.Sequence(tx)
		j.numbers = numbers{binary.BigEndian.Uint32(base), uint32(last)}
		return err
	})
}

// Stored reports whether the printer keeps the picture of that hash, as far as the
// terminal knows.
func (j *Journal) Stored(ctx context.Context, hash string) (bool, error) {
	kept, err := j.st.Noted(ctx, logoNote)
	return hash != "" && string(kept) == hash, err
}

// NoteStored remembers that the printer keeps the picture of that hash.
func (j *Journal) NoteStored(ctx context.Context, hash string) error {
	return j.st.Note(ctx, logoNote, []byte(hash))
}
