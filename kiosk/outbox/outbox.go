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
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

const (
	// keepFiled is long enough for a citizen to come back for the final receipt,
	// and no longer than that: INPS has the submission.
	keepFiled = 30 * day
	// maxAttempts without a word of INPS: by the longest back-off, the better part
	// of a working day.
	maxAttempts = 40
)

// The tables. Every key is the submission's number, see [store.Key]; one record
// in sub, and beside it one in body or in proof.
const (
	recordTable store.Table = "sub"   // what changes and what finding needs, see record
	bodyTable   store.Table = "body"  // docket and sealed body, until INPS has confirmed it
	proofTable  store.Table = "proof" // docket and INPS's signed confirmation, if there is one
)

var (
	// ErrNoEntry: the outbox does not hold such a submission.
	ErrNoEntry = errors.New("no such submission")
	// ErrTooLate: an attempt has begun, and INPS may have the submission.
	ErrTooLate = errors.New("an attempt to send the submission has begun")
	// ErrNotFiled: there is no word of INPS that it has the submission.
	ErrNotFiled = errors.New("INPS has not confirmed the submission")
	// ErrNotDead: the submission does not wait for a person's decision.
	ErrNotDead = errors.New("submission does not wait for a person")
	// ErrLost: what there was of it, body or proof, went with a damaged page.
	ErrLost = errors.New("neither body nor proof of the submission is left")
	// ErrOtherOwner: another citizen has a submission of this id.
	ErrOtherOwner = errors.New("the id is that of another citizen's submission")
	// ErrRunning: Run was called while it runs.
	ErrRunning = errors.New("outbox is being sent already")
)

// Options are what an outbox needs to know.
type Options struct {
	// Terminal is the id of this terminal, PUE-0421; each claim code begins with it.
	Terminal string
	// KeepFiled is how long a submission can still be found here that is filed,
	// withdrawn or closed; 0 means 30 days.
	KeepFiled time.Duration
	// MaxAttempts is how many attempts may end without a word of INPS before a
	// person has to look at the submission; 0 means 40.
	MaxAttempts int
	// Officers are the pseudonyms to whom a citizen's telephone number may be
	// sealed.
	Officers []string
	// ClockTrusted reports whether the wall clock is right, without which nothing
	// is forgotten for its age; nil: it always is.
	ClockTrusted func() bool
	// Attachments is the directory in which sealed documents are kept, made when it
	// is not there; empty: none are taken.
	Attachments string
	// Route names the destination that can open what is sealed to a key, or reports
	// that this terminal knows nobody who can: such a submission is a person's
	// business. Each destination has a line of its own, see [Schedule]. Nil: there is
	// one destination, and everything goes to it.
	Route func(keyID string) (destination string, known bool)
	// Rand spreads the retries; nil means the system's randomness.
	Rand rand.Source
	Log  *slog.Logger

	clock clock // nil: the kernel's
}

// Outbox holds the submissions of one terminal. All methods may be called
// concurrently, Run once at a time.
type Outbox struct {
	st       *store.Store
	audit    *audit.Audit
	log      *slog.Logger
	o        Options
	clock    clock
	claims   *claims
	ownerKey []byte
	labelKey []byte
	running  sync.Mutex
	kick     chan struct{} // of capacity 1

	enrolling sync.Mutex // of officers, one at a time
	parts     parts

	// trying guards tries; who holds it may call the store.
	trying sync.Mutex
	tries  tries

	// loadMu guards loading and marks. It is taken before mu, and never inside a
	// transaction.
	loadMu  sync.Mutex
	loading loading
	marks   map[mark]uint8 // the way of each, as far as dockets were read

	// mu guards what follows. The writer of the store takes it after a commit, so
	// nobody may hold it while calling the store.
	mu       sync.Mutex
	index    index
	ways     ways
	putting  map[string]chan struct{}
	watchers map[chan struct{}]struct{}
	officers officers
}

// terminalID is what can be read out on the telephone and typed again.
var terminalID = regexp.MustCompile(`^[A-Z0-9]+(-[A-Z0-9]+)*$`)

// New opens the outbox in st. It reads the first thousand submissions, which
// are all there ever should be, and beyond that goes on reading while they are
// being sent. A record that does not pass its checksum is made again from what
// lies with the body; where that is not possible either, the error is
// [store.ErrDamaged], of New or later of Run: an outbox that has lost sight of a
// submission must not pretend to be whole.
func New(st *store.Store, a *audit.Audit, o Options) (*Outbox, error) {
	b, err := open(st, a, o)
	if err != nil {
		return nil, fmt.Errorf("opening the outbox: %w", err)
	}
	return b, nil
}

func open(st *store.Store, a *audit.Audit, o Options) (*Outbox, error) {
	if !terminalID.MatchString(o.Terminal) {
		return nil, fmt.Errorf("terminal id %q is not of the form PUE-0421", o.Terminal)
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	claimKey, err := st.Secret("claim", 16)
	if err != nil {
		return nil, err
	}
	ownerKey, err := st.Secret("owner", sha256.Size)
	if err != nil {
		return nil, err
	}
	labelKey, err := st.Secret(labelSecret, sha256.Size)
	if err != nil {
		return nil, err
	}
	b := &Outbox{
		st:       st,
		audit:    a,
		marks:    map[mark]uint8{},
		log:      o.Log,
		o:        o,
		clock:    o.clock,
		claims:   newClaims(o.Terminal, claimKey),
		ownerKey: ownerKey,
		labelKey: labelKey,
		kick:     make(chan struct{}, 1),
		index:    index{byID: map[uuid]uint64{}},
		ways:     newWays(o),
		putting:  map[string]chan struct{}{},
		watchers: map[chan struct{}]struct{}{},
		parts:    parts{byID: map[string]part{}},
	}
	if err := st.Update(context.Background(), makeTables); err != nil {
		return nil, err
	}
	if err := b.loadOfficers(); err != nil {
		return nil, err
	}
	if err := b.loadTries(context.Background()); err != nil {
		return nil, err
	}
	if err := b.openAttachments(); err != nil {
		return nil, err
	}
	if err := b.load(context.Background()); err != nil {
		return nil, err
	}
	b.sweep(context.Background())
	return b, nil
}

// complete fills in what was left open.
func (o *Options) complete() (err error) {
	if o.KeepFiled == 0 {
		o.KeepFiled = keepFiled
	}
	if o.MaxAttempts == 0 {
		o.MaxAttempts = maxAttempts
	}
	if o.ClockTrusted == nil {
		o.ClockTrusted = func() bool { return true }
	}
	if o.clock == nil {
		o.clock, err = newKernelClock()
	}
	return err
}

func makeTables(tx *bolt.Tx) error {
	for _, t := range []store.Table{recordTable, bodyTable, proofTable, phoneTable, officerTable, triesTable} {
		if err := t.Make(tx); err != nil {
			return err
		}
	}
	return nil
}

// show makes r visible to all, after it was stored.
func (b *Outbox) show(r record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if before := b.index.get(r.Seq); before != nil && r.way == 0 {
		r.way = before.way
	}
	b.index.put(r.item())
	b.enrol(r, time.Time{})
	b.wakeWatchers()
}

// enrol gives its way what is to be tried, and takes from it what is not. What is
// in already keeps its time. b.mu is held.
func (b *Outbox) enrol(r record, due time.Time) {
	w := b.ways.all[r.way]
	if r.way != 0 { // it may have been where nobody knew its key
		b.ways.all[0].Remove(r.Seq)
	}
	switch {
	case r.State.pending() && r.Reason != ReasonDamaged:
		w.Add(r.Seq, r.Owner, due)
	case r.State.pending(), r.State == Stuck && r.doubt:
		w.AddAside(r.Seq, due)
	default:
		w.Remove(r.Seq)
	}
}

// OwnerOf is the owner under which the submissions of the citizen with this
// codice fiscale are found: HMAC-SHA256 with a key of this installation, cut to
// 128 bits. The same citizen is another owner at another terminal.
func (b *Outbox) OwnerOf(taxCode string) Owner {
	mac := hmac.New(sha256.New, b.ownerKey)
	mac.Write([]byte(taxCode))
	return Owner(mac.Sum(nil)[:len(Owner{})])
}
