package outbox

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// unsigned stands for a signature that nobody here checks.
func unsigned(payload []byte) ([]byte, error) {
	return []byte("e30." + base64.RawURLEncoding.EncodeToString(payload) + ".c2ln"), nil
}

func (k *terminal) export() (Manifest, Exported, []byte) {
	k.t.Helper()
	var out bytes.Buffer
	x, err := k.Export(k.t.Context(), "", &out, unsigned)
	if err != nil {
		k.t.Fatal(err)
	}
	m, err := CheckBundle(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		k.t.Fatal(err)
	}
	return m, x, out.Bytes()
}

// oneOfEach stores a submission for every state, and tells what was stored.
func oneOfEach(k *terminal) map[State]Parcel {
	k.t.Helper()
	byState := map[State]Parcel{}
	for n, s := range states[1:] {
		p := parcel(n + 1)
		p.KeyID, p.Deadline = "0123456789abcdef", time.Date(2027, 1, n+1, 0, 0, 0, 0, time.UTC)
		k.turns(k.put(p), s)
		byState[s] = p
	}
	return byState
}

func TestABundleHoldsAllThatINPSMayTakeOldestFirst(t *testing.T) {
	k := newTerminal(t)
	byState := oneOfEach(k)
	events := k.events()
	m, x, raw := k.export()
	var items []BundleItem
	for _, s := range []State{Waiting, Unknown, Stuck} {
		p := byState[s]
		digest := sha256.Sum256(p.Sealed)
		items = append(items, BundleItem{
			ID: p.ID, Class: Application, KeyID: "0123456789abcdef", Digest: hex.EncodeToString(digest[:]),
			CapturedAt: p.CapturedAt.UTC().Truncate(time.Microsecond), Size: len(p.Sealed),
		})
	}
	if diff := cmp.Diff(items, m.Items); diff != "" {
		t.Error(diff)
	}
	want := Exported{Items: 3, Bytes: int64(3 * len(parcel(1).Sealed))}
	if diff := cmp.Diff(want, x); diff != "" || m.Terminal != "PUE-0421" || m.MadeAt.IsZero() {
		t.Errorf("%s%+v", diff, m)
	}
	if k.events() != events+4 {
		t.Errorf("%d events more, want one for each and one for the bundle", k.events()-events)
	}
	k.wantChain()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.Method != zip.Store || f.Flags&8 != 0 {
			t.Errorf("%s: method %d, flags %x", f.Name, f.Method, f.Flags)
		}
	}
}

func TestWhatWasExportedIsStillSentAndCanBeExportedAgain(t *testing.T) {
	k := newTerminal(t)
	e := k.put(parcel(1))
	k.export()
	events := k.events()
	if m, _, _ := k.export(); len(m.Items) != 1 || k.events() != events+1 {
		t.Errorf("%d the second time, %d events", len(m.Items), k.events()-events)
	}
	stop := k.sending(&script{t: t, steps: []step{{call: "ask", err: ErrNotKnown}, {call: "send"}}})
	k.Await(t.Context(), e.ID)
	stop()
	k.wantFiled(k.entry(e.ID))
}

func TestWhatWasHandedOutIsNeitherWithdrawnNorReplaced(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		if _, err := k.Export(t.Context(), "", &narrow{100}, unsigned); !errors.Is(err, errFull) {
			t.Fatal(err)
		}
		other := parcel(2)
		other.Owner, other.Replaces = e.Owner, e.ID
		for range 2 {
			if got := k.entry(e.ID); got.State != Unknown || !got.HandedOut || got.Withdrawable() {
				t.Errorf("%+v", got)
			}
			if err := k.Withdraw(t.Context(), e.ID, e.Owner); !errors.Is(err, ErrTooLate) {
				t.Errorf("withdrawing: %v", err)
			}
			if _, err := k.Put(t.Context(), other); !errors.Is(err, ErrTooLate) {
				t.Errorf("replacing: %v", err)
			}
			// An attempt of which no byte leaves does not undo that it was handed out.
			stop := k.sending(&script{t: t, steps: []step{{call: "ask", err: ErrNotKnown}, {call: "send", err: ErrNoLine}}})
			synctest.Wait()
			stop()
			k.reopen()
			k.Kick()
		}
	})
}

func TestWhatIsStuckAndWasHandedOutIsAskedAboutUntilINPSHasIt(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		k.turns(e, Stuck)
		k.export()
		s := &script{t: t, steps: []step{{call: "ask", err: ErrNotKnown}, {call: "ask", err: ErrNotKnown}, {call: "ask"}}}
		stop := k.sending(s)
		time.Sleep(4 * day)
		stop()
		k.wantFiled(k.entry(e.ID))
	})
}

func TestNothingIsWrittenWhenINPSHasAll(t *testing.T) {
	k := newTerminal(t)
	e := k.put(parcel(1))
	k.turns(e, Refused)
	events := k.events()
	var out bytes.Buffer
	if _, err := k.Export(t.Context(), "", &out, unsigned); !errors.Is(err, ErrNothingToExport) || out.Len() != 0 || k.events() != events {
		t.Errorf("%v, %d bytes, %d events more", err, out.Len(), k.events()-events)
	}
}

func TestADamagedBodyStaysBehindAndIsCounted(t *testing.T) {
	k := newTerminal(t)
	e, whole := k.put(parcel(1)), k.put(parcel(2))
	if err := k.st.Update(t.Context(), func(tx *bolt.Tx) error {
		value, err := bodyTable.Get(tx, store.Key(e.Seq))
		if err != nil {
			return err
		}
		value[len(value)-1] ^= 1
		return bodyTable.Put(tx, store.Key(e.Seq), value)
	}); err != nil {
		t.Fatal(err)
	}
	m, x, _ := k.export()
	if x.Left != 1 || len(m.Items) != 1 || m.Items[0].ID != whole.ID {
		t.Errorf("%+v, %+v", x, m)
	}
}

// narrow takes so many bytes and then no more, like a stick that is full.
type narrow struct{ left int }

var errFull = errors.New("full")

func (n *narrow) Write(p []byte) (int, error) {
	if n.left -= len(p); n.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestABundleThatCannotBeWrittenOrSignedIsAnErrorAndNotRecorded(t *testing.T) {
	k := newTerminal(t)
	for n := range 3 {
		k.put(parcel(n + 1))
	}
	errKey := errors.New("no key")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, c := range map[string]struct {
		ctx  context.Context
		w    io.Writer
		sign func([]byte) ([]byte, error)
		want error
	}{
		"full":     {t.Context(), &narrow{100}, unsigned, errFull},
		"unsigned": {t.Context(), io.Discard, func([]byte) ([]byte, error) { return nil, errKey }, errKey},
		"stopped":  {ctx, io.Discard, unsigned, context.Canceled},
	} {
		if _, err := k.Export(c.ctx, "", c.w, c.sign); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	if got := k.tells()[audit.SubmissionExported]; got != 0 {
		t.Errorf("%d exports that failed are in the record", got)
	}
}

func TestABundleTellsNothingOfTheCitizen(t *testing.T) {
	k := newTerminal(t)
	p := parcel(1)
	p.Label = k.SealLabel(annasCard, p.ID, "naspi")
	k.put(p)
	_, _, raw := k.export()
	m, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	compact, err := unpack(m.File[len(m.File)-1], manifestLargest)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(compact), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(payload, []byte(p.ID)) {
		t.Fatalf("%s", payload)
	}
	for _, hidden := range [][]byte{[]byte("owner"), []byte("label"), []byte("naspi"), []byte("claim")} {
		if bytes.Contains(payload, hidden) {
			t.Errorf("%s in %s", hidden, payload)
		}
	}
}

func TestEveryChangedByteOfABodyIsFoundInABundle(t *testing.T) {
	k := newTerminal(t)
	k.put(parcel(1))
	_, _, raw := k.export()
	check := func(raw []byte) error {
		_, err := CheckBundle(bytes.NewReader(raw), int64(len(raw)))
		return err
	}
	at := bytes.Index(raw, parcel(1).Sealed)
	if at < 0 {
		t.Fatal("the sealed body is not in the bundle as it is")
	}
	for i := range parcel(1).Sealed {
		raw[at+i] ^= 1
		if err := check(raw); !errors.Is(err, ErrBundle) {
			t.Fatalf("byte %d: %v", i, err)
		}
		raw[at+i] ^= 1
	}
	for _, n := range []int{0, 1, at, len(raw) / 2, len(raw) - 1} {
		if err := check(raw[:n]); !errors.Is(err, ErrBundle) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if err := check(raw); err != nil {
		t.Error(err)
	}
}

func FuzzABundleIsWholeOrRefused(f *testing.F) {
	var one bytes.Buffer
	z := zip.NewWriter(&one)
	p := Parcel{ID: "00000000-0000-4000-8000-000000000001", Class: Application, Sealed: []byte("sealed")}
	m, _ := unsigned([]byte(`{"schema":"pue-bundle/1","items":[]}`))
	if err := errors.Join(pack(z, p.ID+sealedSuffix, p.Sealed, time.Time{}), pack(z, manifestName, m, time.Time{}), z.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(one.Bytes())
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := CheckBundle(bytes.NewReader(raw), int64(len(raw)))
		if (err == nil) != (m.Schema == bundleSchema) || err != nil && !errors.Is(err, ErrBundle) {
			t.Errorf("%+v, %v", m, err)
		}
	})
}
