package outbox

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

var whole = cmp.Options{cmp.AllowUnexported(record{}, docket{}, wait{}, Attachment{}), cmpopts.EquateEmpty()}

func someRecord() record {
	id, _ := parseID(parcel(7).ID)
	r := record{
		id: id, spent: 3, doubt: true, strayed: true, told: ReasonNoLine, settled: morning.Add(time.Hour), version: recordVersion,
		wait: wait{ms: 1500, boot: 0xdeadbeef, due: 4711},
	}
	r.Entry = Entry{
		Seq: 12, ID: parcel(7).ID, Class: Application, State: Filed, CapturedAt: morning, By: lastDay(morning),
		Attempts: 5, Reason: ReasonBusy, Size: 4096, Delivered: true, Phone: true, HandedOut: true, Owner: citizen(3),
	}
	return r
}

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	for _, reason := range reasons {
		for _, state := range states[1:] {
			want := someRecord()
			want.Reason, want.State = reason, state
			got, err := decodeRecord(want.Seq, want.encode())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, whole); diff != "" {
				t.Fatalf("%s, %s (-want +got):\n%s", state, reason, diff)
			}
		}
	}
}

func TestARecordIsShort(t *testing.T) {
	if n := len(someRecord().encode()); n > 80 {
		t.Errorf("%d bytes", n)
	}
}

func TestWhatALaterVersionAddsIsKept(t *testing.T) {
	later := append(someRecord().encode(), "of a later version"...)
	later[0] = 9
	r, err := decodeRecord(12, later)
	if err != nil {
		t.Fatal(err)
	}
	r.Attempts++
	again := r.encode()
	if again[0] != 9 || string(again[len(again)-18:]) != "of a later version" {
		t.Errorf("it became %q", again)
	}
	if r, err := decodeRecord(12, again); err != nil || r.Attempts != someRecord().Attempts+1 {
		t.Errorf("%d attempts, %v", r.Attempts, err)
	}
}

func TestADocketIsReadAsItWasWritten(t *testing.T) {
	want := someRecord().docket()
	want.filedAt = morning.Add(time.Minute)
	want.digest, want.keyID, want.protocol, want.label = [32]byte{1, 2}, "0123456789abcdef", "INPS.1", []byte("label")
	want.attachments = []Attachment{
		{ID: documentID(1), Sealed: 65_608, Digest: [32]byte{3, 4}}, {ID: documentID(2), Sealed: 10 << 20, Digest: [32]byte{5}},
	}
	got, payload, err := readDocket(want.with([]byte("payload")))
	if err != nil || string(payload) != "payload" {
		t.Fatalf("payload %q, %v", payload, err)
	}
	if diff := cmp.Diff(want, got, whole); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzRecordsAreReadOrRefused(f *testing.F) {
	f.Add(someRecord().encode())
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := decodeRecord(12, value)
		if err != nil {
			if !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrNewer) {
				t.Errorf("%v is no meaning", err)
			}
			return
		}
		it := r.item()
		it.entry()
		back, err := decodeRecord(12, r.encode())
		r.version = max(r.version, recordVersion)
		if diff := cmp.Diff(r, back, whole); err != nil || diff != "" {
			t.Errorf("%v, it changed (-first +again):\n%s", err, diff)
		}
	})
}

func FuzzDocketsAreReadOrRefused(f *testing.F) {
	f.Add(someRecord().docket().with([]byte("sealed")))
	f.Add(make([]byte, docketLen))
	full := someRecord().docket()
	full.attachments = []Attachment{{ID: documentID(1), Sealed: 65_608}}
	f.Add(full.with(nil))
	f.Fuzz(func(t *testing.T, value []byte) {
		d, payload, err := readDocket(value)
		if err != nil {
			if !errors.Is(err, store.ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		if len(payload) > len(value) {
			t.Error("more came out than went in")
		}
		d.record(1)
	})
}

// spoil flips a bit of what is stored under seq.
func (k *terminal) spoil(table store.Table, seq uint64) {
	k.t.Helper()
	err := k.st.Update(k.t.Context(), func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(table))
		value := append([]byte(nil), b.Get(store.Key(seq))...)
		value[len(value)-1] ^= 1
		return b.Put(store.Key(seq), value)
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

func TestADamagedRecordIsMadeAgainFromTheBodyAndAskedAboutFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		before := k.put(parcel(1))
		k.spoil(recordTable, before.Seq)
		k.reopen()
		want := before
		want.State, want.Attempts = Unknown, 1
		if diff := cmp.Diff(want, k.entry(before.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		s := &script{t: t, steps: []step{{call: "ask", err: ErrNotKnown}, {call: "send"}}}
		stop := k.sending(s)
		k.Await(t.Context(), before.ID)
		stop()
		k.wantFiled(k.entry(before.ID))
		k.wantChain()
	})
}

func TestADamagedRecordOfAFiledSubmissionIsMadeAgainFromItsProof(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		id := k.put(parcel(1)).ID
		stop := k.sending(&script{t: t, steps: []step{{call: "send"}}})
		want, _ := k.Await(t.Context(), id)
		stop()
		k.spoil(recordTable, want.Seq)
		k.reopen()
		want.Attempts = 0 // nobody needs them any more
		if diff := cmp.Diff(want, k.entry(id)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		k.wantFiled(want)
	})
}

func TestAnOutboxThatLostBothRecordAndBodyDoesNotPretendToBeWhole(t *testing.T) {
	k := newTerminal(t)
	e := k.put(parcel(1))
	k.spoil(recordTable, e.Seq)
	k.spoil(bodyTable, e.Seq)
	if _, err := New(k.st, k.log, k.options); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestARecordSpoiltWhileTheTerminalRunsIsMadeAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		k.spoil(recordTable, e.Seq)
		stop := k.sending(&script{t: t, steps: []step{{call: "ask", err: ErrNotKnown}, {call: "send"}}})
		k.Await(t.Context(), e.ID)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		k.wantFiled(k.entry(e.ID))
	})
}
