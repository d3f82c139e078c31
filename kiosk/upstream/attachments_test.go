package upstream_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

const (
	largest = 10 << 20
	chunk   = 64 << 10
	tag     = 16
	head    = 56
)

// road is the whole way of a document: a terminal's outbox, its client, and the
// reference side, which keeps what it gets on disk.
type road struct {
	*rig
	*outbox.Outbox
	t *testing.T
}

func newRoad(t *testing.T, change ...func(*upstream.Options)) *road {
	t.Helper()
	dir := t.TempDir()
	if err := upstreamsim.Provision(dir, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	sim, err := upstreamsim.New(upstreamsim.Options{Dir: dir, Anchors: cardAnchors(t), Ledger: filepath.Join(dir, "ledger")})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{dir: dir, sim: sim, url: serve(t, sim)}
	r.client = newClient(t, dir, r.url, change...)
	return &road{r, newOutbox(t), t}
}

func newOutbox(t *testing.T) *outbox.Outbox {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	silent := slog.New(slog.DiscardHandler)
	st, err := store.Open(filepath.Join(dir, "pue.db"), store.Options{Log: silent})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	a, err := audit.Open(st)
	if err != nil {
		t.Fatal(err)
	}
	box, err := outbox.New(st, a, outbox.Options{
		Terminal: terminal, Attachments: filepath.Join(dir, "attachments"), Rand: impatient{}, MaxAttempts: 3, Log: silent,
	})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// impatient is the randomness of a back-off that hardly waits.
type impatient struct{}

func (impatient) Uint64() uint64 { return 1 << 36 }

// attach seals a document and keeps it; spoil may change what was sealed.
func (r *road) attach(document io.Reader, spoil func([]byte) []byte) outbox.Attachment {
	r.t.Helper()
	a, err := r.Attach(r.t.Context(), func(w io.Writer) (outbox.Attachment, error) {
		if spoil == nil {
			return r.client.SealAttachment(w, document)
		}
		var sealed bytes.Buffer
		a, err := r.client.SealAttachment(&sealed, document)
		w.Write(spoil(sealed.Bytes()))
		return a, err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// confirm signs, seals and stores submission n with its documents.
func (r *road) confirm(n int, documents ...outbox.Attachment) outbox.Entry {
	r.t.Helper()
	carla := insert(r.t, "carla")
	rec := record(carla, n)
	for _, d := range documents {
		rec.Attachments = append(rec.Attachments, upstream.Attachment{Attachment: d, Name: "lettera", MediaType: "application/pdf"})
	}
	p, err := r.client.Pack(rec, carla.Identity, carla)
	if err != nil {
		r.t.Fatal(err)
	}
	p.Owner = r.OwnerOf(rec.ID)
	e, err := r.Put(r.t.Context(), p)
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// send runs the outbox until the submission is no longer on its way.
func (r *road) send(e outbox.Entry) outbox.Entry {
	r.t.Helper()
	return r.sendBy(r.client, e)
}

func (r *road) sendBy(s outbox.Sender, e outbox.Entry) outbox.Entry {
	r.t.Helper()
	stop := runOutbox(r.t, r.Outbox, s)
	defer stop()
	e, err := r.Await(r.t.Context(), e.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// scan is a document of n bytes that nobody has to hold: noise from seed on.
func scan(seed uint32, n int64) io.Reader { return io.LimitReader(&noiseReader{seed}, n) }

type noiseReader struct{ x uint32 }

func (r *noiseReader) Read(p []byte) (int, error) {
	for i := range p {
		r.x = r.x*1664525 + 1013904223
		p[i] = byte(r.x >> 24)
	}
	return len(p), nil
}

func TestADocumentArrivesAsTheCitizenHandedItIn(t *testing.T) {
	r := newRoad(t)
	for n, size := range []int64{1, chunk - 1, chunk, chunk + 1, 5*chunk + 17} {
		a, second := r.attach(scan(1, size), nil), r.attach(strings.NewReader("due"), nil)
		if e := r.send(r.confirm(n, a, second)); e.State != outbox.Filed || e.Attempts != 1 {
			t.Fatalf("%d bytes: %s, %q, after %d attempts", size, e.State, e.Reason, e.Attempts)
		}
		sum := sha256.New()
		io.Copy(sum, scan(1, size))
		filed := r.sim.Filed()[n].Attachments
		if len(filed) != 2 || filed[0].Size != size || filed[0].SHA256 != hex.EncodeToString(sum.Sum(nil)) || filed[1].Size != 3 {
			t.Errorf("%d bytes: filed %+v", size, filed)
		}
		if filed[0].Name != "lettera" || filed[0].MediaType != "application/pdf" || filed[0].ID != a.ID {
			t.Errorf("filed %+v", filed[0])
		}
	}
}

func TestASealedDocumentShowsNothingButHowManyChunksItHas(t *testing.T) {
	r := newRig(t)
	const planted = "PRVCRL63P41X999U"
	lengths := map[int]int{}
	for _, size := range []int{1, 1000, chunk - 1, chunk, chunk + 1, 2 * chunk} {
		var sealed bytes.Buffer
		document := strings.Repeat(planted+" ", size/17+1)[:size]
		a, err := r.client.SealAttachment(&sealed, strings.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		if a.Size != int64(size) || a.SHA256 != sha256.Sum256([]byte(document)) {
			t.Errorf("%d bytes: %+v", size, a)
		}
		if !shows([]byte("x"+document), planted) && size > 100 {
			t.Error("the control was not found")
		}
		if shows(sealed.Bytes(), planted) {
			t.Error("the document can be read")
		}
		if !bytes.HasPrefix(sealed.Bytes(), []byte("pue-attachment/1")) {
			t.Error("no header")
		}
		lengths[sealed.Len()]++
	}
	if lengths[head+chunk+tag] != 4 || lengths[head+2*(chunk+tag)] != 2 {
		t.Errorf("lengths %v", lengths)
	}
}

// failing ends with err after n bytes.
type failing struct {
	n   int
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.n == 0 {
		return 0, f.err
	}
	n := min(len(p), f.n)
	f.n -= n
	return n, nil
}

func (f *failing) Write(p []byte) (int, error) { return f.Read(p) }

func TestADocumentThatCannotBeSentIsNotSealed(t *testing.T) {
	r := newRig(t)
	spent := newClient(t, r.dir, r.url, func(o *upstream.Options) {
		o.SealingKeys = o.SealingKeys[:1]
		o.SealingKeys[0].From, o.SealingKeys[0].Until = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(0, 0, -1)
	})
	broken := errors.New("broken")
	counted := &noiseReader{}
	endless := &counting{r: counted}
	for name, c := range map[string]struct {
		client *upstream.Client
		w      io.Writer
		r      io.Reader
		want   error
	}{
		"empty":                       {r.client, io.Discard, strings.NewReader(""), upstream.ErrEmpty},
		"endless":                     {r.client, io.Discard, endless, upstream.ErrTooLarge},
		"a byte too many":             {r.client, io.Discard, scan(1, largest+1), upstream.ErrTooLarge},
		"the most":                    {r.client, io.Discard, scan(1, largest), nil},
		"reader fails":                {r.client, io.Discard, &failing{100_000, broken}, broken},
		"fails at the end of a chunk": {r.client, io.Discard, &failing{chunk, broken}, broken},
		"no room":                     {r.client, &failing{100_000, io.ErrShortWrite}, scan(1, largest), io.ErrShortWrite},
		"no room at once":             {r.client, &failing{0, io.ErrShortWrite}, scan(1, 1), io.ErrShortWrite},
		"no key":                      {spent, io.Discard, scan(1, 1), upstream.ErrNoSealingKey},
	} {
		if _, err := c.client.SealAttachment(c.w, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if endless.n > largest+1 {
		t.Errorf("%d bytes were read of what is too large", endless.n)
	}
}

// counting counts what is read.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func TestARecordWithDocumentsINPSWouldRefuseIsNotPacked(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	good, err := r.client.SealAttachment(io.Discard, scan(1, 100))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*upstream.Record){
		"":           func(*upstream.Record) {},
		"no id":      func(r *upstream.Record) { r.Attachments[0].ID = "1" },
		"twice":      func(r *upstream.Record) { r.Attachments = append(r.Attachments, r.Attachments[0]) },
		"no field":   func(r *upstream.Record) { r.Attachments[0].Name = "" },
		"path":       func(r *upstream.Record) { r.Attachments[0].Name = "../lettera" },
		"no type":    func(r *upstream.Record) { r.Attachments[0].MediaType = "pdf" },
		"nothing":    func(r *upstream.Record) { r.Attachments[0].Size = 0 },
		"too large":  func(r *upstream.Record) { r.Attachments[0].Size = largest + 1 },
		"twenty-one": func(r *upstream.Record) { r.Attachments = make([]upstream.Attachment, 21) },
	} {
		rec := record(carla, 1)
		rec.Attachments = []upstream.Attachment{{Attachment: good, Name: "lettera", MediaType: "image/jpeg"}}
		change(&rec)
		if _, err := r.client.Pack(rec, carla.Identity, carla); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestADocumentThatWasChangedBeforeItWasKeptIsRefusedByINPS(t *testing.T) {
	const sealedChunk = chunk + tag
	at := func(n int) int { return head + n*sealedChunk }
	for name, c := range map[string]struct {
		spoil  func([]byte) []byte
		state  outbox.State
		reason string
	}{
		"one bit":      {func(b []byte) []byte { b[at(1)+5] ^= 1; return b }, outbox.Refused, outbox.RefusedSeal},
		"the key's id": {func(b []byte) []byte { b[17] ^= 1; return b }, outbox.Refused, outbox.RefusedSeal},
		"chunks swapped": {func(b []byte) []byte {
			return bytes.Join([][]byte{b[:at(1)], b[at(2):at(3)], b[at(1):at(2)], b[at(3):]}, nil)
		}, outbox.Refused, outbox.RefusedSeal},
		"one chunk twice":  {func(b []byte) []byte { return append(b, b[at(3):]...) }, outbox.Refused, outbox.RefusedSeal},
		"a chunk cut off":  {func(b []byte) []byte { return b[:at(3)] }, outbox.Stuck, ""},
		"cut in the chunk": {func(b []byte) []byte { return b[:at(3)+100] }, outbox.Stuck, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoad(t)
			e := r.send(r.confirm(1, r.attach(scan(1, 4*chunk-9), c.spoil)))
			if e.State != c.state || e.Reason != c.reason || len(r.sim.Filed()) != 0 {
				t.Errorf("%s, %q, %d filed", e.State, e.Reason, len(r.sim.Filed()))
			}
		})
	}
}

func TestDocumentsCarriedByHandAreFiledOnceWhicheverWayTheyCame(t *testing.T) {
	r := newRoad(t)
	entries := []outbox.Entry{r.confirm(1, r.attach(scan(1, 3*chunk), nil), r.attach(scan(2, 10), nil)), r.confirm(2)}
	var bundle bytes.Buffer
	x, err := r.Export(t.Context(), "", &bundle, r.client.SignManifest)
	if err != nil || x.Items != 2 || x.Left != 0 {
		t.Fatalf("%+v, %v", x, err)
	}
	text, err := r.sim.Import(bytes.NewReader(bundle.Bytes()), int64(bundle.Len()))
	if err != nil || strings.Count(string(text), "\n") != 2 {
		t.Fatalf("%v\n%s", err, text)
	}
	again, err := r.sim.Import(bytes.NewReader(bundle.Bytes()), int64(bundle.Len()))
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("handed in again: %v", err)
	}
	before := r.sim.Filed()
	if e := r.send(entries[0]); e.State != outbox.Filed {
		t.Errorf("by the line it is %s", e.State)
	}
	r.send(entries[1])
	if n := r.sim.Requests()["PUT /applications/{id}/attachments/{aid}/chunks/{n}"]; n != 0 {
		t.Errorf("%d chunks were sent that INPS had", n)
	}
	if after := r.sim.Filed(); len(before) != 2 || len(after) != 2 || after[0].Protocol != before[0].Protocol {
		t.Errorf("filed %d, then %d", len(before), len(after))
	}
}

func TestABundleWithAnotherDocumentThanTheManifestSaysIsRefusedWhole(t *testing.T) {
	r := newRoad(t)
	r.confirm(1, r.attach(scan(1, 100), nil))
	var bundle bytes.Buffer
	if _, err := r.Export(t.Context(), "", &bundle, r.client.SignManifest); err != nil {
		t.Fatal(err)
	}
	raw := bundle.Bytes()
	raw[bytes.Index(raw, []byte("pue-attachment/1"))+100] ^= 1
	if _, err := r.sim.Import(bytes.NewReader(raw), int64(len(raw))); !errors.Is(err, upstreamsim.ErrBundle) || len(r.sim.Filed()) != 0 {
		t.Errorf("%v, %d filed", err, len(r.sim.Filed()))
	}
	if kept, err := filepath.Glob(filepath.Join(r.dir, "ledger", "attachments", "*")); err != nil || len(kept) != 0 {
		t.Errorf("kept %v, %v", kept, err)
	}
}

func TestTheTerminalForgetsTheDocumentsThatINPSHas(t *testing.T) {
	r := newRoad(t)
	a := r.attach(scan(1, 100), nil)
	e := r.confirm(1, a)
	r.send(e)
	if err := r.Discard(a.ID); !errors.Is(err, outbox.ErrNoAttachment) {
		t.Error(err)
	}
	if _, err := a.Open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}
