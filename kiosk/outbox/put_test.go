package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

func TestWhatWasPutIsThereAfterARestart(t *testing.T) {
	k := newTerminal(t)
	var want []Entry
	for n := range 20 {
		p := parcel(n)
		p.CapturedAt = time.Now().Add(-time.Hour)
		p.Deadline = time.Date(2027, 1, n+1, 0, 0, 0, 0, time.UTC)
		want = append(want, k.put(p))
	}
	k.reopen()
	if diff := cmp.Diff(want, k.List()); diff != "" {
		t.Errorf("entries (-before +after):\n%s", diff)
	}
	for _, e := range want {
		k.wantBody(e)
	}
	k.wantChain()
}

func TestTheSameIDIsOneSubmissionHoweverOftenItIsPut(t *testing.T) {
	k := newTerminal(t)
	entries := make([]Entry, 16)
	var all sync.WaitGroup
	for i := range entries {
		all.Go(func() {
			p := parcel(1)
			p.Sealed = append(p.Sealed, byte(i)) // sealing again gives other bytes
			entries[i], _ = k.Put(t.Context(), p)
		})
	}
	all.Wait()
	k.reopen()
	entries = append(entries, k.put(parcel(1)))
	for _, e := range entries {
		if diff := cmp.Diff(entries[0], e); diff != "" {
			t.Fatalf("two entries (-first +other):\n%s", diff)
		}
	}
	if n := len(k.List()); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

func TestAParcelThatCannotBeSentIsNotTaken(t *testing.T) {
	k := newTerminal(t)
	for name, spoil := range map[string]func(*Parcel){
		"no id":           func(p *Parcel) { p.ID = "" },
		"id that tells":   func(p *Parcel) { p.ID = "VRDNNA61A41H501X" },
		"no body":         func(p *Parcel) { p.Sealed = nil },
		"no owner":        func(p *Parcel) { p.Owner = Owner{} },
		"unknown class":   func(p *Parcel) { p.Class = "naspi" },
		"itself replaced": func(p *Parcel) { p.Replaces = p.ID },
	} {
		p := parcel(1)
		spoil(&p)
		if e, err := k.Put(t.Context(), p); err == nil {
			t.Errorf("%s: taken as %s", name, e.Claim)
		}
	}
	if n := len(k.List()); n != 0 {
		t.Errorf("%d entries, want none", n)
	}
}

func TestAFailedPutPromisesNothingAndLeavesNothing(t *testing.T) {
	k := newTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Put(ctx, parcel(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	k.st.Close()
	if _, err := k.Put(t.Context(), parcel(1)); !errors.Is(err, store.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if n := len(k.List()); n != 0 {
		t.Errorf("%d entries are shown", n)
	}
	k.reopen()
	if n := len(k.List()); n != 0 {
		t.Errorf("%d entries are stored", n)
	}
	k.put(parcel(1))
}

func TestTheOwnerIsKeyedAndNeverSpelledOut(t *testing.T) {
	const taxCode = "VRDNNA61A41H501X"
	k, other := newTerminal(t), newTerminal(t)
	owner := k.OwnerOf(taxCode)
	elsewhere := other.OwnerOf(taxCode)
	neighbour := k.OwnerOf("VRDNNA61A41H501Y")
	if owner == elsewhere || owner == neighbour || owner == (Owner{}) {
		t.Error("owners are not told apart")
	}
	p := parcel(1)
	p.Owner = owner
	want := k.put(p)
	k.put(parcel(2))
	k.reopen()
	if again := k.OwnerOf(taxCode); again != owner {
		t.Error("the owner changed with a restart")
	}
	if diff := cmp.Diff([]Entry{want}, k.ByOwner(owner)); diff != "" {
		t.Errorf("entries of the owner (-want +got):\n%s", diff)
	}
	shown, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(shown)), "owner") {
		t.Errorf("the owner is shown: %s", shown)
	}
	k.st.Close()
	file, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, want.Owner[:]) {
		t.Fatal("the search does not even find the owner")
	}
	if bytes.Contains(bytes.ToUpper(file), []byte(taxCode)) {
		t.Error("the codice fiscale is in the file")
	}
}

func TestDeliveredIsForFiledSubmissionsAndRemembered(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		id := k.put(parcel(1)).ID
		if err := k.Delivered(t.Context(), id); err == nil {
			t.Error("delivered before it was filed")
		}
		if err := k.Delivered(t.Context(), parcel(9).ID); !errors.Is(err, ErrNoEntry) {
			t.Errorf("got %v, want ErrNoEntry", err)
		}
		stop := k.sending(&script{t: t, steps: []step{{call: "send"}}})
		k.Await(t.Context(), id)
		stop()
		for range 2 {
			if err := k.Delivered(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		k.reopen()
		if !k.entry(id).Delivered {
			t.Error("the delivery is forgotten")
		}
		for range 2 {
			if err := k.NotDelivered(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		k.reopen()
		if waiting := k.ToDeliver(9); len(waiting) != 1 || waiting[0].ID != id {
			t.Errorf("the paper came back, and to be handed over is %v", waiting)
		}
		k.wantFiled(k.entry(id))
	})
}

func TestFiledSubmissionsAreForgottenAfterTheRetentionAndRefusedNever(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		filed, refused := k.put(parcel(1)), k.put(parcel(2))
		s := &script{t: t, steps: []step{{call: "send"}, {call: "send", err: &RefusedError{422, "schema"}}}}
		stop := k.sending(s)
		k.Await(t.Context(), refused.ID)
		time.Sleep(keepFiled - time.Minute)
		if k.entry(filed.ID).State != Filed {
			t.Error("forgotten too early")
		}
		time.Sleep(purgeEvery + 2*time.Minute)
		synctest.Wait()
		stop()
		for range 2 {
			if n := len(k.List()); n != 1 || k.entry(refused.ID).State != Refused {
				t.Errorf("%d entries left, want the refused one", n)
			}
			if _, err := k.Proof(t.Context(), filed.ID); !errors.Is(err, ErrNoEntry) {
				t.Errorf("proof: got %v, want ErrNoEntry", err)
			}
			k.wantBody(k.entry(refused.ID))
			k.reopen()
		}
		// A number is never given twice, so neither is a claim code.
		if next := k.put(parcel(3)); next.Seq != 3 {
			t.Errorf("next number is %d, want 3", next.Seq)
		}
	})
}

func TestAwaitEndsWithItsContextAndSaysHowThingsStand(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		id := k.put(parcel(1)).ID
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if e, err := k.Await(ctx, id); !errors.Is(err, context.DeadlineExceeded) || e.State != Waiting {
			t.Errorf("got %s, %v", e.State, err)
		}
		if _, err := k.Await(t.Context(), parcel(2).ID); !errors.Is(err, ErrNoEntry) {
			t.Errorf("got %v, want ErrNoEntry", err)
		}
		synctest.Wait()
		if len(k.watchers) != 0 {
			t.Errorf("%d watchers are left behind", len(k.watchers))
		}
	})
}

func TestWatchersHearOfEveryChangeAtLeastOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		ctx, cancel := context.WithCancel(t.Context())
		changed := k.Watch(ctx)
		k.put(parcel(1))
		k.put(parcel(2))
		<-changed // two changes may be one
		k.put(parcel(3))
		<-changed
		cancel()
		synctest.Wait()
		k.put(parcel(4))
		select {
		case <-changed:
			t.Error("heard after the end")
		default:
		}
	})
}

func TestADamagedBodyIsNotSentAndTheOthersAre(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		bad, good := k.put(parcel(1)), k.put(parcel(2))
		err := k.st.Update(t.Context(), func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(bodyTable))
			body := bytes.Clone(b.Get(store.Key(bad.Seq)))
			body[len(body)-1] ^= 1
			return b.Put(store.Key(bad.Seq), body)
		})
		if err != nil {
			t.Fatal(err)
		}
		stop := k.sending(&script{t: t, steps: []step{{call: "send"}}})
		k.Await(t.Context(), good.ID)
		time.Sleep(time.Hour)
		stop()
		if e := k.entry(bad.ID); e.State != Waiting || e.Reason != ReasonDamaged || e.Attempts != 0 {
			t.Errorf("the damaged one is %s (%s) after %d attempts", e.State, e.Reason, e.Attempts)
		}
	})
}

func TestABodyThatIsNotTheOneConfirmedIsDamage(t *testing.T) {
	k := newTerminal(t)
	one, two := k.put(parcel(1)), k.put(parcel(2))
	err := k.st.Update(t.Context(), func(tx *bolt.Tx) error {
		value, err := bodyTable.Get(tx, store.Key(two.Seq))
		if err != nil {
			return err
		}
		return bodyTable.Put(tx, store.Key(one.Seq), value)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.parcel(t.Context(), one.Seq); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	k.wantBody(two)
}
