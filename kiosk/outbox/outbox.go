package outbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// keepFiled is long enough for a citizen to come back for the final receipt, and
// no longer than that: INPS has the submission.
const keepFiled = 30 * 24 * time.Hour

// The tables. Every key is the submission's number, see [store.Key].
const (
	entryTable store.Table = "sub"   // an entry as JSON
	bodyTable  store.Table = "body"  // the sealed body, until INPS has confirmed it
	proofTable store.Table = "proof" // INPS's signed confirmation
)

var (
	// ErrNoEntry: the outbox does not hold such a submission.
	ErrNoEntry = errors.New("no such submission")
	// ErrTooLate: an attempt has begun, and INPS may have the submission.
	ErrTooLate = errors.New("an attempt to send the submission has begun")
	// ErrNotDead: the submission does not wait for a person's decision.
	ErrNotDead = errors.New("submission does not wait for a person")
	// ErrRunning: Run was called while it runs.
	ErrRunning = errors.New("outbox is being sent already")
)

// Options are what an outbox needs to know.
type Options struct {
	// Terminal is the id of this terminal, PUE-0421; each claim code begins with it.
	Terminal string
	// KeepFiled is how long a filed submission can still be found here, counted
	// from the moment INPS gave it; 0 means 30 days.
	KeepFiled time.Duration
	// MaxAttempts is how many attempts may end without a word of INPS before a
	// person has to look at the submission; 0 means 40.
	MaxAttempts int
	// ClockTrusted reports whether the wall clock is right, without which nothing
	// is forgotten for its age; nil: it always is.
	ClockTrusted func() bool
	// Rand spreads the retries; nil means the system's randomness.
	Rand rand.Source
	Log  *slog.Logger
}

// Outbox holds the submissions of one terminal. All methods may be called
// concurrently, Run once at a time.
type Outbox struct {
	st        *store.Store
	audit     *audit.Audit
	log       *slog.Logger
	claims    claims
	ownerKey  []byte
	keepFiled time.Duration
	running   sync.Mutex
	kick      chan struct{} // of capacity 1

	// mu guards what follows. The writer of the store takes it after a commit, so
	// nobody may hold it while calling the store.
	mu       sync.Mutex
	entries  map[uint64]*Entry
	byID     map[string]uint64
	order    []uint64 // all numbers, oldest first
	schedule *Schedule
	putting  map[string]chan struct{}
	watchers map[chan struct{}]struct{}
}

// seen is the entry with the time at which it will really be tried; b.mu is held.
func (b *Outbox) seen(seq uint64) Entry {
	e := *b.entries[seq]
	e.NextTry = b.schedule.Due(seq)
	return e
}

// terminalID is what can be read out on the telephone and typed again.
var terminalID = regexp.MustCompile(`^[A-Z0-9]+(-[A-Z0-9]+)*$`)

// New opens the outbox in st and reads what it holds. A record that does not
// pass its checksum is an error ([store.ErrDamaged]): an outbox that has lost
// sight of a submission must not pretend to be whole.
func New(st *store.Store, a *audit.Audit, o Options) (*Outbox, error) {
	if !terminalID.MatchString(o.Terminal) {
		return nil, fmt.Errorf("opening the outbox: terminal id %q is not of the form PUE-0421", o.Terminal)
	}
	claimKey, err := st.Secret("claim", 16)
	if err != nil {
		return nil, fmt.Errorf("opening the outbox: %w", err)
	}
	ownerKey, err := st.Secret("owner", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("opening the outbox: %w", err)
	}
	b := &Outbox{
		st:        st,
		audit:     a,
		log:       o.Log,
		claims:    newClaims(o.Terminal, claimKey),
		ownerKey:  ownerKey,
		keepFiled: o.KeepFiled,
		kick:      make(chan struct{}, 1),
		entries:   map[uint64]*Entry{},
		schedule:  NewSchedule(o.Rand),
		byID:      map[string]uint64{},
		putting:   map[string]chan struct{}{},
		watchers:  map[chan struct{}]struct{}{},
	}
	if b.keepFiled == 0 {
		b.keepFiled = keepFiled
	}
	if err := st.Update(context.Background(), makeTables); err != nil {
		return nil, fmt.Errorf("opening the outbox: %w", err)
	}
	if err := b.load(); err != nil {
		return nil, fmt.Errorf("opening the outbox: %w", err)
	}
	return b, nil
}

func makeTables(tx *bolt.Tx) error {
	for _, t := range []store.Table{entryTable, bodyTable, proofTable} {
		if err := t.Make(tx); err != nil {
			return err
		}
	}
	return nil
}

// load fills the indexes.
func (b *Outbox) load() error {
	now := time.Now()
	return b.st.View(context.Background(), func(tx *bolt.Tx) error {
		for r := range entryTable.All(tx) {
			if r.Err != nil {
				return r.Err
			}
			e, err := decode(r.Value)
			if err != nil {
				return fmt.Errorf("reading submission %d: %w", store.KeyNumber(r.Key), err)
			}
			// The clock may have been set back while we were off.
			if latest := now.Add(retryMost); e.NextTry.After(latest) {
				e.NextTry = latest
			}
			b.show(e)
		}
		return nil
	})
}

// show makes e visible to all, after it was stored.
func (b *Outbox) show(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries[e.Seq] == nil {
		b.byID[e.ID] = e.Seq
		b.order = with(b.order, e.Seq)
	}
	b.entries[e.Seq] = &e
	if e.State.pending() {
		b.schedule.Add(e.Seq, e.Owner, e.NextTry)
	} else {
		b.schedule.Remove(e.Seq)
	}
	b.wakeWatchers()
}

// with is the sorted numbers with n among them.
func with(numbers []uint64, n uint64) []uint64 {
	at, found := slices.BinarySearch(numbers, n)
	if found {
		return numbers
	}
	return slices.Insert(numbers, at, n)
}

// without is the sorted numbers without n.
func without(numbers []uint64, n uint64) []uint64 {
	at, found := slices.BinarySearch(numbers, n)
	if !found {
		return numbers
	}
	return slices.Delete(numbers, at, at+1)
}

// OwnerOf is the owner under which the submissions of the citizen with this
// codice fiscale are found: HMAC-SHA256 with a key of this installation, cut to
// 128 bits. The same citizen is another owner at another terminal.
func (b *Outbox) OwnerOf(taxCode string) Owner {
	mac := hmac.New(sha256.New, b.ownerKey)
	mac.Write([]byte(taxCode))
	return Owner(mac.Sum(nil)[:len(Owner{})])
}
