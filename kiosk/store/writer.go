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
// variables it returns through, and register functions with [Store.OnCommit]. It
// sees what the functions before it in the same transaction have written.
//
// ctx can end the wait for the writer, in which case fn has not run. It cannot
// end a transaction that has begun, because then nobody would know its outcome.
//
// When the commit fails, the store opens its file anew, without what the page
// cache says, and the disk tells the outcome. If the transaction is there, Update
// returns nil as if nothing had happened. If it is not, all of it runs once more,
// on a full disk after the reserve was given up; when that fails too, the error
// says why ([ErrFull] when there is no room), nothing of fn is stored, and the
// store goes on. Only if the file cannot be opened and written again is the error
// [ErrUnknown]: fn's changes may or may not be found later. From then on Update
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

// OnCommit has then run once the transaction tx is known to be on stable
// storage, in commit order and before any Update of that transaction returns. It
// is for functions that Update runs, and takes the place of [bolt.Tx.OnCommit],
// which knows nothing of a commit that failed and is on disk all the same.
func (s *Store) OnCommit(_ *bolt.Tx, then func()) { s.after = append(s.after, then) }

// write is the one goroutine that writes. It ends with Close or with the first
// failure that leaves the file in doubt.
func (s *Store) write() {
	defer close(s.stopped)
	s.idle.begin()
	for {
		c := s.idle.taken
		if s.idle.taken = nil; c == nil {
			select {
			case <-s.closing:
				return
			case <-s.idle.timer.C:
				if err := s.tidy(); err != nil {
					s.fail(err)
					return
				}
				continue
			case c = <-s.calls:
			}
		}
		if err := s.commit(s.join(c)); err != nil {
			s.fail(err)
			return
		}
		s.idle.again(idleAfter)
	}
}

func (s *Store) fail(err error) {
	s.failure = s.suspicious(err)
	close(s.failed)
	if c := s.idle.taken; c != nil {
		c.done <- fmt.Errorf("%w: %w", ErrRefusing, s.failure)
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
	again := false
	for len(group) > 0 {
		t, err := s.try(group)
		var damage *DamageError
		switch {
		case err == nil:
			s.settle(group)
			return nil
		case errors.As(err, &damage):
			if t.ran == len(group) {
				err = fmt.Errorf("%w: %w", ErrUnknown, err)
			}
			answer(group, err)
			return err
		case t.refused != nil:
			answer(group[t.ran:t.ran+1], s.suspicious(t.refused))
			group = slices.Delete(group, t.ran, t.ran+1)
			continue
		case t.id == 0: // the transaction never began
			answer(group, err)
			return err
		}
		stored, unsure := s.resolve(t.id, err)
		switch {
		case unsure != nil:
			err = fmt.Errorf("%w: %w", ErrUnknown, errors.Join(err, unsure))
			answer(group, err)
			return err
		case stored:
			s.settle(group)
			return nil
		case again:
			return s.commitEach(group, err)
		}
		again = true
	}
	return nil
}

// commitEach answers a group that twice did not fit: one of them may be large,
// and the others make room.
func (s *Store) commitEach(group []*call, err error) error {
	if len(group) == 1 || !outOfRoom(err) {
		answer(group, notStored(err))
		return nil
	}
	for i := range group {
		if err := s.commit(group[i : i+1 : i+1]); err != nil {
			answer(group[i+1:], fmt.Errorf("%w: %w", ErrRefusing, err))
			return err
		}
	}
	return nil
}

// trial is one transaction with a group.
type trial struct {
	id      int   // of the transaction
	ran     int   // how many of the group came through
	refused error // what the next one of them returned
}

func (s *Store) try(group []*call) (t trial, err error) {
	err = guard(func() error {
		return s.db.Update(func(tx *bolt.Tx) error {
			t, s.after = trial{id: tx.ID()}, nil
			for _, c := range group {
				if t.refused = c.fn(tx); t.refused != nil {
					return t.refused
				}
				t.ran++
			}
			return nil
		})
	})
	return t, err
}

// settle tells everyone in the group that it is stored.
func (s *Store) settle(group []*call) {
	for _, then := range s.after {
		then()
	}
	answer(group, nil)
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
