package peers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
)

// outboxQueue is the product through its public API, with all that a submission
// has: claim code, entry, sealed body, audit line; and, on the way to INPS, the
// attempt on disk before its first byte and the signed confirmation after it.
// The peers acknowledge with one write what takes the outbox two.
type outboxQueue struct {
	st  *store.Store
	box *outbox.Outbox
	n   atomic.Uint64
}

func openOutbox(dir string) (Queue, error) {
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(filepath.Join(dir, "state", "pue.db"), store.Options{Log: log})
	if err != nil {
		return nil, err
	}
	a, err := audit.Open(st)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	box, err := outbox.New(st, a, outbox.Options{Terminal: "PUE-0421", Log: log})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &outboxQueue{st: st, box: box}, nil
}

func (q *outboxQueue) Put(body []byte) error {
	n := q.n.Add(1)
	p := outbox.Parcel{ID: newID(), Class: outbox.Application, CapturedAt: time.Now(), Sealed: body}
	// Forty citizens: nobody has the terminal to himself, and few come once only.
	binary.BigEndian.PutUint64(p.Owner[:], n%40+1)
	_, err := q.box.Put(context.Background(), p)
	return err
}

// newID is a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Drain sends to somebody who confirms at once. The outbox sends one at a time.
func (q *outboxQueue) Drain(n, _ int, take func([]byte)) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	goal := q.box.Counts().Filed + n
	to := &takes{left: n, take: take, all: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- q.box.Run(ctx, to) }()
	select {
	case <-to.all:
	case err := <-ended:
		return err
	}
	changed := q.box.Watch(ctx)
	for q.box.Counts().Filed < goal {
		<-changed
	}
	stop()
	return <-ended
}

func (q *outboxQueue) Close() error { return q.st.Close() }

// takes confirms the first submissions that it gets and holds the next one.
type takes struct {
	mu   sync.Mutex
	left int
	take func([]byte)
	all  chan struct{}
}

func (t *takes) Send(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left == 0 {
		<-ctx.Done()
		return outbox.Confirmation{}, outbox.ErrNoLine
	}
	t.take(p.Sealed)
	if t.left--; t.left == 0 {
		close(t.all)
	}
	digest := sha256.Sum256(p.Sealed)
	return outbox.Confirmation{
		ID: p.ID, Protocol: "INPS.2100." + p.ID[:8], FiledAt: time.Now().UTC(),
		Digest: hex.EncodeToString(digest[:]), Signed: signed,
	}, nil
}

func (t *takes) Ask(context.Context, outbox.Parcel) (outbox.Confirmation, error) {
	return outbox.Confirmation{}, outbox.ErrNotKnown
}

// signed has the length of a real confirmation with its certificate.
var signed = make([]byte, 1500)
