package outbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// terminal is one installation whose outbox can be closed and opened again.
type terminal struct {
	t       testing.TB
	path    string
	options Options

	st  *store.Store
	log *audit.Audit
	*Outbox
}

func newTerminal(t testing.TB) *terminal {
	t.Helper()
	k := &terminal{
		t:       t,
		path:    filepath.Join(t.TempDir(), "state", "pue.db"),
		options: Options{Terminal: "PUE-0421", Log: slog.New(slog.DiscardHandler), clock: &bubbleClock{}},
	}
	t.Cleanup(func() { k.st.Close() })
	k.reopen()
	return k
}

// reopen is a restart.
func (k *terminal) reopen() {
	k.t.Helper()
	if k.st != nil {
		k.st.Close()
	}
	var err error
	if k.st, err = store.Open(k.path, store.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		k.t.Fatal(err)
	}
	if k.log, err = audit.Open(k.st); err != nil {
		k.t.Fatal(err)
	}
	if k.Outbox, err = New(k.st, k.log, k.options); err != nil {
		k.t.Fatal(err)
	}
}

func (k *terminal) put(p Parcel) Entry {
	k.t.Helper()
	e, err := k.Put(k.t.Context(), p)
	if err != nil {
		k.t.Fatal(err)
	}
	return e
}

func (k *terminal) entry(id string) Entry {
	k.t.Helper()
	e, ok := k.byIDNow(id)
	if !ok {
		k.t.Fatalf("no entry %s", id)
	}
	return e
}

func (k *terminal) wantChain() {
	k.t.Helper()
	r, err := k.log.Verify(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	if !r.OK() {
		k.t.Errorf("audit chain broken at %d: %s", r.BrokenAt, r.Why)
	}
}

// parcel is the n-th invented submission.
func parcel(n int) Parcel {
	return Parcel{
		ID:         fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		Class:      Application,
		CapturedAt: time.Now(),
		Owner:      Owner{15: byte(n%7 + 1)},
		Sealed:     fmt.Appendf(nil, "sealed body of submission %d", n),
	}
}

func confirmed(p Parcel) Confirmation {
	digest := sha256.Sum256(p.Sealed)
	return Confirmation{
		ID:       p.ID,
		Protocol: "INPS.2100." + p.ID[len(p.ID)-8:],
		FiledAt:  time.Now().UTC().Round(0),
		Digest:   hex.EncodeToString(digest[:]),
		Signed:   []byte("header.payload.signature of " + p.ID),
	}
}

// longest is a source with which every wait is the longest that the back-off
// allows.
type longest struct{}

func (longest) Uint64() uint64 { return math.MaxUint64 }

// bubbleClock is the time since a boot by the clock of the test's bubble.
type bubbleClock struct {
	boot  uint32
	begin sync.Once
	at    time.Time // of the boot
}

func (c *bubbleClock) Boot() uint32 { return c.boot }

func (c *bubbleClock) Since() time.Duration {
	c.begin.Do(func() {
		if c.at.IsZero() {
			c.at = time.Now().Add(-time.Minute)
		}
	})
	return time.Since(c.at)
}
