package store

import (
	"errors"
	"fmt"

	bolterr "go.etcd.io/bbolt/errors"
)

// Errors about the file, as meanings.
var (
	// ErrInUse: another process has the file open: a second daemon.
	ErrInUse = errors.New("another daemon is using the same data")
	// ErrExposed: other users of the machine could look into the directory.
	ErrExposed = errors.New("directory is open to other users")
	// ErrUnknown: the commit failed at a point where nobody can say whether the
	// change is stored. Open the store again and look.
	ErrUnknown = errors.New("outcome of the commit is unknown")
	// ErrRefusing: an earlier commit failed; nothing of this change is stored.
	ErrRefusing = errors.New("store refuses to write until it is opened again")
	// ErrDamaged: what is on disk is not what was written.
	ErrDamaged = errors.New("stored data is damaged")
	// ErrNewer: a newer program has written the file.
	ErrNewer = errors.New("store was written by a newer program")
	// ErrTooLarge: the value is no record but a file.
	ErrTooLarge = errors.New("value is too large for a record")
	// ErrFull: there is no room for it. Nothing of this change is stored.
	ErrFull = errors.New("no room left to store more")
	// ErrClosed: the store was closed; nothing of this change is stored.
	ErrClosed = errors.New("store is closed")
)

// DamageError is a panic inside a transaction, turned into an error. The likely
// reason is a damaged page, and errors.Is finds [ErrDamaged]; the stack tells a
// programmer when it was something else.
type DamageError struct {
	Panic any
	Stack []byte
}

func (e *DamageError) Error() string { return fmt.Sprintf("%v: %v", ErrDamaged, e.Panic) }

func (e *DamageError) Unwrap() error { return ErrDamaged }

// meaning translates what bbolt says while opening.
func meaning(err error) error {
	switch {
	case errors.Is(err, bolterr.ErrTimeout):
		return ErrInUse
	case errors.Is(err, bolterr.ErrInvalid), errors.Is(err, bolterr.ErrChecksum):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, bolterr.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrNewer, err)
	}
	return err
}
