package faults

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
)

const (
	terminalID = "PUE-0421"
	officer    = "F-03"
)

// terminal is a store with its owners, opened as the daemon opens them.
type terminal struct {
	*outbox.Outbox
	st    *store.Store
	audit *audit.Audit
}

// pinWriter keeps the store's writer on one thread from its first transaction
// on: strace counts the calls of each thread apart.
var pinWriter bool

func openTerminal(dir string, log io.Writer) (*terminal, error) {
	st, err := store.Open(filepath.Join(dir, "pue.db"), store.Options{Log: logger(log)})
	if err != nil {
		return nil, err
	}
	if pinWriter {
		err = st.Update(context.Background(), func(*bolt.Tx) error { runtime.LockOSThread(); return nil })
		if err != nil {
			return nil, err
		}
	}
	a, err := audit.Open(st)
	if err != nil {
		return nil, fmt.Errorf("opening the audit: %w (closing: %v)", err, st.Close())
	}
	o, err := outbox.New(st, a, outbox.Options{Terminal: terminalID, Log: logger(log), Rand: impatient{}, Officers: []string{officer}})
	if err != nil {
		return nil, fmt.Errorf("opening the outbox: %w (closing: %v)", err, st.Close())
	}
	return &terminal{o, st, a}, nil
}

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// impatient is the randomness of a back-off that hardly waits. It is no zero, or
// the search for a number below a bound would never end.
type impatient struct{}

func (impatient) Uint64() uint64 { return 1 << 36 }

// idOf is the id of submission n.
func idOf(n int) string { return fmt.Sprintf("0192f0c1-7a3e-7c55-9d1b-%012x", n) }

// numberOf is the number in an id.
func numberOf(id string) int {
	var n int
	fmt.Sscanf(id[strings.LastIndexByte(id, '-')+1:], "%x", &n)
	return n
}

// citizens are as many as lanes of the queue are busy: a multiple of all numbers
// of producers, each of whom has citizens of its own.
const citizens = 8

// parcel is submission n. Its body tells its number, so that a wrong one is noticed.
func parcel(n int) outbox.Parcel {
	p := outbox.Parcel{
		ID: idOf(n), Class: outbox.Application, CapturedAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		KeyID: "0123456789abcdef", Sealed: body(n),
	}
	binary.BigEndian.PutUint64(p.Owner[:], uint64(n%citizens)+1)
	return p
}

// body is between 1 and 3 KiB for most submissions, and 40 KiB for a few.
func body(n int) []byte {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	size := 1024 + random.IntN(2048)
	if random.IntN(20) == 0 {
		size = 40 << 10
	}
	b := make([]byte, size)
	for i := 0; i+8 <= size; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], random.Uint64())
	}
	return b
}

// confirmed is INPS's word on p.
func confirmed(p outbox.Parcel) outbox.Confirmation {
	digest := sha256.Sum256(p.Sealed)
	return outbox.Confirmation{
		ID: p.ID, Protocol: "INPS.7003." + p.ID, FiledAt: time.Now().UTC(), Digest: hex.EncodeToString(digest[:]),
		Signed: []byte("header.payload.signature of " + p.ID),
	}
}

// counter is an INPS that checks every body against its number and has what
// stands in has.
type counter struct {
	has   map[string]bool
	twice []string
	wrong []string
}

func (c *counter) Send(_ context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	if !bytes.Equal(p.Sealed, body(numberOf(p.ID))) {
		c.wrong = append(c.wrong, p.ID)
	}
	if c.has[p.ID] {
		c.twice = append(c.twice, p.ID)
	}
	c.has[p.ID] = true
	return confirmed(p), nil
}

func (c *counter) Ask(_ context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	if !c.has[p.ID] {
		return outbox.Confirmation{}, outbox.ErrNotKnown
	}
	return confirmed(p), nil
}

// wantWhole opens what a fault left in dir, and demands that every acknowledged
// submission is there, that nothing else is (but what may be; nil: anything), that
// the chain of the audit holds, and that all of it goes to INPS, once and as it
// was put. inINPS are the ids that INPS had before. It reports whether all held.
func wantWhole(t *testing.T, dir string, acknowledged []string, maybe, inINPS map[string]bool) (whole bool) {
	t.Helper()
	wrong := func(format string, args ...any) {
		t.Helper()
		whole = false
		t.Errorf(format, args...)
	}
	whole = true
	k, err := openTerminal(dir, io.Discard)
	if err != nil {
		wrong("what the fault left does not open: %v", err)
		return whole
	}
	defer k.st.Close()
	// A first start that was cut short leaves a file with nothing in it.
	if r, ok := k.st.Recovery(); ok && r.Records+r.Lost > 0 {
		wrong("a whole file was taken for a damaged one: %+v", r)
	}
	entries := map[string]outbox.Entry{}
	for _, e := range k.List() {
		entries[e.ID] = e
		if e.State == outbox.Filed && !inINPS[e.ID] {
			wrong("submission %s is filed here and not at INPS", e.ID)
		}
	}
	for _, id := range acknowledged {
		if _, ok := entries[id]; !ok {
			wrong("acknowledged submission %s is lost", id)
		}
		delete(entries, id)
	}
	for id := range entries {
		if maybe != nil && !maybe[id] {
			wrong("submission %s is there and was never acknowledged", id)
		}
	}
	if r, err := k.audit.Verify(t.Context()); err != nil || !r.OK() {
		wrong("the chain of the audit: %+v, %v", r, err)
	}
	inps := &counter{has: inINPS}
	if err := k.drain(t.Context(), inps); err != nil {
		wrong("sending what is left: %v", err)
	}
	if len(inps.twice)+len(inps.wrong) > 0 {
		wrong("sent although INPS had them: %v; with another body: %v", inps.twice, inps.wrong)
	}
	return whole
}

func wantChain(t *testing.T, k *terminal) {
	t.Helper()
	if r, err := k.audit.Verify(t.Context()); err != nil || !r.OK() {
		t.Errorf("the chain of the audit: %+v, %v", r, err)
	}
}

// drain sends until everything is filed, or for longer than a loaded machine takes.
func (k *terminal) drain(ctx context.Context, s outbox.Sender) error {
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	defer stop()
	changed := k.Watch(ctx)
	done := make(chan error, 1)
	running, end := context.WithCancel(ctx)
	defer end()
	go func() { done <- k.Run(running, s) }()
	for k.waiting() > 0 {
		select {
		case <-changed:
		case err := <-done:
			return fmt.Errorf("the sender ended: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	end()
	return <-done
}

// waiting is how many submissions are still to be sent.
func (k *terminal) waiting() int {
	c := k.Counts()
	return c.Waiting + c.Unknown
}

// copied is a copy of what lies in dir, in a folder of its own.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, 0o700); err != nil {
		t.Fatal(err)
	}
	return to
}

// laidOut is a folder with these files.
func laidOut(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
