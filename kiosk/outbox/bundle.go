package outbox

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// A bundle carries by hand what the line does not: a ZIP file with each sealed
// body as <id>.sealed, its attachments as <id>/<attachment>.sealed, and, last,
// manifest.jws, which lists them and is signed
// with the device key. The contract with INPS (upstream/openapi.yaml) has the
// details. Whoever finds the bundle learns from it how many submissions there
// are, how old and how large, and no more.

const (
	bundleSchema = "pue-bundle/1"
	manifestName = "manifest.jws"
	sealedSuffix = ".sealed"
	// bundleMost is how many submissions INPS takes in one bundle.
	bundleMost = 100_000
)

// ErrNothingToExport: there is no submission that INPS does not have.
var ErrNothingToExport = errors.New("nothing to export: INPS has all submissions")

// Manifest says what is in a bundle.
type Manifest struct {
	Schema   string       `json:"schema"`
	Terminal string       `json:"terminal"`
	MadeAt   time.Time    `json:"made_at"` // UTC
	Items    []BundleItem `json:"items"`
}

// BundleItem is one sealed body of a bundle.
type BundleItem struct {
	ID         string    `json:"id"`
	Class      Class     `json:"class"`
	KeyID      string    `json:"key_id"`
	Digest     string    `json:"digest"` // hex SHA-256
	CapturedAt time.Time `json:"captured_at"`
	Size       int       `json:"size"` // in bytes
	// Attachments are the documents beside it.
	Attachments []BundleAttachment `json:"attachments,omitempty"`
}

// BundleAttachment is one sealed document of a bundle.
type BundleAttachment struct {
	ID     string `json:"id"`
	Digest string `json:"digest"` // hex SHA-256
	Size   int64  `json:"size"`   // in bytes
}

// Exported is what went into a bundle.
type Exported struct {
	Items int   `json:"items"`
	Bytes int64 `json:"bytes"` // of sealed bodies and attachments
	// Left is how many should have gone in too: they are damaged, or beyond what
	// INPS takes at once.
	Left int `json:"left"`
}

// Export writes a bundle of all that a destination does not have, oldest first, with the
// manifest signed by sign. What INPS refused does not go along: by another way
// it would be refused again. What was exported stays in the queue and is still
// sent; INPS files it once, whichever way it comes. Before a byte of it is written,
// it is on disk that it was handed out: nobody can withdraw or replace it any more,
// and INPS is asked before it is sent.
//
// When there is nothing to export the error is [ErrNothingToExport], and nothing
// is written. After any other error w holds a part of a bundle, which INPS does
// not take.
func (b *Outbox) Export(ctx context.Context, destination string, w io.Writer, sign func([]byte) ([]byte, error)) (Exported, error) {
	x, err := b.export(ctx, destination, w, sign)
	if err == nil {
		err = b.audit.Record(ctx, audit.Event{Name: audit.SubmissionExported, Number: x.Items})
	}
	if err != nil {
		return Exported{}, fmt.Errorf("exporting the queue: %w", err)
	}
	b.log.Info("queue exported", "submissions", x.Items, "bytes", x.Bytes, "left", x.Left)
	return x, nil
}

func (b *Outbox) export(ctx context.Context, destination string, w io.Writer, sign func([]byte) ([]byte, error)) (x Exported, err error) {
	numbers, err := b.notThere(ctx, destination)
	if err != nil {
		return x, err
	}
	if n := len(numbers); n > bundleMost {
		numbers, x.Left = numbers[:bundleMost], n-bundleMost
	}
	if err := b.handOut(ctx, numbers); err != nil {
		return x, fmt.Errorf("noting what is handed out: %w", err)
	}
	made := time.Now().UTC().Truncate(time.Second)
	m := Manifest{Schema: bundleSchema, Terminal: b.claims.terminal, MadeAt: made}
	z := zip.NewWriter(w)
	for _, seq := range numbers {
		p, err := b.carried(ctx, seq)
		switch {
		case errors.Is(err, store.ErrDamaged):
			x.Left++
			continue
		case err != nil:
			return x, err
		case p.ID == "": // settled since we counted
			continue
		}
		n, err := p.pack(z, made)
		switch {
		case errors.Is(err, store.ErrDamaged):
			x.Left++
			continue
		case err != nil:
			return x, err
		}
		m.Items = append(m.Items, p.bundled())
		x.Bytes += n
	}
	if x.Items = len(m.Items); x.Items == 0 {
		return x, ErrNothingToExport
	}
	payload, err := json.Marshal(m)
	if err != nil {
		return x, err
	}
	signed, err := sign(payload)
	if err != nil {
		return x, fmt.Errorf("signing the manifest: %w", err)
	}
	if err := pack(z, manifestName, signed, made); err != nil {
		return x, err
	}
	return x, z.Close()
}

// notThere lists, by number and oldest first, what a destination does not have or
// may not have.
func (b *Outbox) notThere(ctx context.Context, destination string) (numbers []uint64, err error) {
	if err := b.loadAll(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.index.items {
		if it := &b.index.items[i]; states[it.state].toCarry() && b.ways.all[it.way].destination == destination {
			numbers = append(numbers, it.seq)
		}
	}
	return numbers, nil
}

// handOut notes that these submissions can reach INPS by another way from now on.
func (b *Outbox) handOut(ctx context.Context, numbers []uint64) error {
	for some := range slices.Chunk(numbers, handOutMost) {
		err := b.st.Update(ctx, func(tx *bolt.Tx) error {
			for _, seq := range some {
				if _, err := b.changeIn(tx, seq, b.handedOut); err != nil && !errors.Is(err, errNotHandedOut) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// handOutMost is how many are noted in one transaction: nobody waits long behind it.
const handOutMost = 500

// errNotHandedOut: it went out before, or does not go.
var errNotHandedOut = errors.New("not handed out now")

func (b *Outbox) handedOut(tx *bolt.Tx, r *record) ([]audit.Event, error) {
	body, err := bodyTable.Get(tx, store.Key(r.Seq))
	if err == nil {
		_, err = r.parcel(body)
	}
	if err != nil || r.HandedOut || !r.State.toCarry() {
		return nil, errNotHandedOut // a damaged one stays behind
	}
	r.HandedOut = true
	switch r.State {
	case Waiting:
		r.State = Unknown
	case Stuck:
		r.doubt, r.wait = true, until(b.clock, askAgain)
	}
	return []audit.Event{{Name: audit.SubmissionHandedOut, Submission: r.ID}}, nil
}

// toCarry: INPS may take it if it comes by another way than the line.
func (s State) toCarry() bool { return s.pending() || s == Stuck }

// carried reads one submission for a bundle; zero when there is nothing to carry
// any more.
func (b *Outbox) carried(ctx context.Context, seq uint64) (Parcel, error) {
	r, p, err := b.parcel(ctx, seq)
	if r.Seq != 0 && !r.State.toCarry() {
		return Parcel{}, nil
	}
	return p, err
}

func (p Parcel) bundled() BundleItem {
	digest := sha256.Sum256(p.Sealed)
	it := BundleItem{
		ID: p.ID, Class: p.Class, KeyID: p.KeyID, Digest: hex.EncodeToString(digest[:]),
		CapturedAt: p.CapturedAt.UTC(), Size: len(p.Sealed),
	}
	for _, a := range p.Attachments {
		it.Attachments = append(it.Attachments, BundleAttachment{ID: a.ID, Digest: hex.EncodeToString(a.Digest[:]), Size: a.Sealed})
	}
	return it
}

// pack puts the parcel into the bundle and says how many bytes it has. The error
// is [store.ErrDamaged] when an attachment is not as it was; then nothing was
// written.
func (p Parcel) pack(z *zip.Writer, at time.Time) (n int64, err error) {
	open := make([]*os.File, len(p.Attachments))
	defer func() {
		for _, f := range open {
			f.Close()
		}
	}()
	sums := make([]uint32, len(p.Attachments))
	for i, a := range p.Attachments {
		if open[i], err = a.Open(); err != nil {
			return 0, fmt.Errorf("attachment: %w: %w", store.ErrDamaged, err)
		}
		sum := crc32.NewIEEE()
		if err := a.checkFile(open[i], sum); err != nil {
			return 0, err
		}
		sums[i] = sum.Sum32()
	}
	if err := pack(z, p.ID+sealedSuffix, p.Sealed, at); err != nil {
		return 0, err
	}
	n = int64(len(p.Sealed))
	for i, a := range p.Attachments {
		if err := a.pack(z, p.ID, open[i], sums[i], at); err != nil {
			return 0, err
		}
		n += a.Sealed
	}
	return n, nil
}

func (a Attachment) pack(z *zip.Writer, submission string, f io.ReaderAt, sum uint32, at time.Time) error {
	w, err := create(z, submission+"/"+a.ID+sealedSuffix, a.Sealed, sum, at)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, io.NewSectionReader(f, 0, a.Sealed))
	return err
}

// pack puts one file into the bundle.
func pack(z *zip.Writer, name string, data []byte, at time.Time) error {
	f, err := create(z, name, int64(len(data)), crc32.ChecksumIEEE(data), at)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return err
}

// create begins a file that goes into the bundle as it is: what is sealed does
// not get any smaller. Its size stands before it, so that every unpacker
// understands.
func create(z *zip.Writer, name string, size int64, sum uint32, at time.Time) (io.Writer, error) {
	return z.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, Modified: at, CRC32: sum,
		CompressedSize64: uint64(size), UncompressedSize64: uint64(size),
	})
}
