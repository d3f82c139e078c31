package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// call is one Update on its way through the writer.
type call struct {
	fn   func(*bolt.Tx) error
	done chan error // of capacity 1: the writer never waits for a caller
}

// Update runs fn in a transaction, together with the functions of whoever else
// is waiting, and returns nil once all of it is on stable storage.
//
// When fn returns an error, nothing of fn is stored, Update returns that error,
// and the others in the transaction are not affected: the transaction is rolled
// back and the others run again in a new one. So fn may run more than once, and
// only its last run counts. It must do nothing but read and write tx, set the
// variables it returns through, and register [bolt.Tx.OnCommit] functions, which
// run in commit order before Update returns. It sees what the functions before
// it in the same transaction have written.
//
// ctx can end the wait for the writer, in which case fn has not run. It cannot
// end a transaction that has begun, because then nobody would know its outcome.
//
// If the error is [ErrUnknown], the commit failed and fn's changes may or may
// not be found after the store has been opened again. From then on Update
// returns [ErrRefusing].
func (s *Store) Update(ctx context.Context, fn func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("waiting for the store: %w", err)
	}
	c := &call{fn: fn, done: make(chan error, 1)}
	select {
	case s.calls <- c:
		return <-c.done
	case <-ctx.Done():
		return fmt.Errorf("waiting for the store: %w", ctx.Err())
	case <-s.failed:
		return fmt.Errorf("%w: %w", ErrRefusing, s.failure)
	case <-s.closing:
		return ErrClosed
	}
}

// write is the one goroutine that writes. It ends with Close or with the first
// failure that leaves the file in doubt.
func (s *Store) write() {
	defer close(s.stopped)
	for {
		select {
		case <-s.closing:
			return
		case c := <-s.calls:
			if err := s.commit(s.join(c)); err != nil {
				s.failure = err
				close(s.failed)
				return
			}
		}
	}
}

// join returns first and everybody who is waiting beside it.
func (s *Store) join(first *call) []*call {
	// Those answered after the last commit are runnable and about to come back:
	// letting them run first makes full groups without waiting for a clock.
	runtime.Gosched()
	group := []*call{first}
	for {
		select {
		case c := <-s.calls:
			group = append(group, c)
		default:
			return group
		}
	}
}

// commit stores the group and answers everyone in it. Its own error means that
// the store must not be written to any more.
func (s *Store) commit(group []*call) error {
	for len(group) > 0 {
		ran, fnErr := 0, error(nil)
		err := guard(func() error {
			return s.db.Update(func(tx *bolt.Tx) error {
				for _, c := range group {
					if fnErr = c.fn(tx); fnErr != nil {
						return fnErr
					}
					ran++
				}
				return nil
			})
		})
		var damage *DamageError
		switch {
		case err == nil:
			answer(group, nil)
			return nil
		case fnErr != nil && !errors.As(err, &damage):
			answer(group[ran:ran+1], fnErr)
			group = slices.Delete(group, ran, ran+1)
		case ran < len(group): // the commit never began: nothing is stored
			answer(group, err)
			return err
		default:
			err = fmt.Errorf("%w: %w", ErrUnknown, err)
			answer(group, err)
			return err
		}
	}
	return nil
}

func answer(group []*call, err error) {
	for _, c := range group {
		c.done <- err
	}
}

// guard turns a panic of bbolt, and a fault on the mapped file (a page that the
// disk cannot read), into a [DamageError] instead of the end of the process.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &DamageError{Panic: p, Stack: debug.Stack()}
		}
	}()
	return fn()
}
