package outbox

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

const (
	annasPhone = "+390521000001"
	marta      = "op-7" // an officer, and so is
	nino       = "op-8"
)

// secretOf is what an officer's card would sign.
func secretOf(officer string) []byte { return bytes.Repeat([]byte(officer), 64) }

// staffed is a terminal with two officers, of whom Marta has unlocked it once.
func staffed(t *testing.T) *terminal {
	t.Helper()
	k := newTerminal(t)
	k.options.Officers = []string{marta, nino}
	k.reopen()
	k.enrols(marta)
	return k
}

func (k *terminal) enrols(officer string) {
	k.t.Helper()
	if err := k.Enrol(k.t.Context(), officer, secretOf(officer)); err != nil {
		k.t.Fatal(err)
	}
}

// leaves stores the n-th submission, and a telephone number for it.
func (k *terminal) leaves(n int) Entry {
	k.t.Helper()
	p := parcel(n)
	p.Deadline = time.Time{}
	e := k.put(p)
	if err := k.LeavePhone(k.t.Context(), e.ID, e.Owner, annasPhone); err != nil {
		k.t.Fatal(err)
	}
	return k.entry(e.ID)
}

// turns has the submission stand where it gives reason to call, or no more.
func (k *terminal) turns(e Entry, s State) {
	k.t.Helper()
	if _, err := k.change(k.t.Context(), e.Seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
		r.State = s
		return nil, nil
	}); err != nil {
		k.t.Fatal(err)
	}
}

func (k *terminal) phonesOnDisk() (n int) {
	k.t.Helper()
	if err := k.st.View(k.t.Context(), func(tx *bolt.Tx) error {
		for r := range phoneTable.All(tx) {
			n++
			if r.Err != nil || bytes.Contains(r.Value, []byte(annasPhone[4:])) {
				k.t.Errorf("record %q, %v", r.Value, r.Err)
			}
		}
		return nil
	}); err != nil {
		k.t.Fatal(err)
	}
	return n
}

func TestANumberIsShownOnceToAnOfficerWhenSomethingWentWrong(t *testing.T) {
	for _, s := range []State{Refused, Stuck} {
		k := staffed(t)
		e := k.leaves(1)
		if !e.Phone || k.phonesOnDisk() != 1 {
			t.Fatalf("%+v, %d numbers on disk", e, k.phonesOnDisk())
		}
		if _, err := k.ShowPhone(t.Context(), e.ID, marta, secretOf(marta)); !errors.Is(err, ErrNoAlarm) {
			t.Errorf("while all is well: %v", err)
		}
		k.turns(e, s)
		k.reopen()
		got, err := k.ShowPhone(t.Context(), e.ID, marta, secretOf(marta))
		if err != nil || got != annasPhone {
			t.Fatalf("%s: %q, %v", s, got, err)
		}
		if k.phonesOnDisk() != 0 || k.entry(e.ID).Phone {
			t.Errorf("%s: the number is still there", s)
		}
		if got, err := k.ShowPhone(t.Context(), e.ID, marta, secretOf(marta)); !errors.Is(err, ErrNoPhone) || got != "" {
			t.Errorf("%s: a second time: %q, %v", s, got, err)
		}
		k.wantChain()
	}
}

func TestANumberIsShownWhenTheLegalTermIsNear(t *testing.T) {
	k := staffed(t)
	p := parcel(1)
	p.Deadline = time.Now().Add(24 * time.Hour)
	e := k.put(p)
	if err := k.LeavePhone(t.Context(), e.ID, e.Owner, annasPhone); err != nil {
		t.Fatal(err)
	}
	if got, err := k.ShowPhone(t.Context(), e.ID, marta, secretOf(marta)); err != nil || got != annasPhone {
		t.Errorf("%q, %v", got, err)
	}
}

func TestANumberOpensForNobodyElse(t *testing.T) {
	k := staffed(t)
	e := k.leaves(1)
	k.turns(e, Stuck)
	k.enrols(nino) // too late for this number
	for what, c := range map[string]struct {
		officer string
		secret  []byte
	}{
		"an officer who came later":        {nino, secretOf(nino)},
		"an officer in another's name":     {marta, secretOf(nino)},
		"an officer with another's secret": {nino, secretOf(marta)},
		"somebody unknown":                 {"op-9", secretOf(marta)},
		"somebody without a card":          {marta, nil},
	} {
		if got, err := k.ShowPhone(t.Context(), e.ID, c.officer, c.secret); err == nil || got != "" {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	if !k.entry(e.ID).Phone || k.phonesOnDisk() != 1 {
		t.Error("the number went without having been shown")
	}
	if got, err := k.ShowPhone(t.Context(), e.ID, marta, secretOf(marta)); err != nil || got != annasPhone {
		t.Errorf("%q, %v", got, err)
	}
}

func TestANumberMovedToAnotherSubmissionDoesNotOpen(t *testing.T) {
	k := staffed(t)
	one, two := k.leaves(1), k.leaves(2)
	k.turns(two, Stuck)
	if err := k.st.Update(t.Context(), func(tx *bolt.Tx) error {
		sealed, err := phoneTable.Get(tx, store.Key(one.Seq))
		if err != nil {
			return err
		}
		return phoneTable.Put(tx, store.Key(two.Seq), sealed)
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := k.ShowPhone(t.Context(), two.ID, marta, secretOf(marta)); !errors.Is(err, ErrNotForYou) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestEachOfficerKnownThenCanReadANumber(t *testing.T) {
	k := staffed(t)
	k.enrols(nino)
	for n, officer := range []string{marta, nino} {
		e := k.leaves(n + 1)
		k.turns(e, Refused)
		if got, err := k.ShowPhone(t.Context(), e.ID, officer, secretOf(officer)); err != nil || got != annasPhone {
			t.Errorf("%s: %q, %v", officer, got, err)
		}
	}
}

func TestNothingIsSealedToAnOfficerWhoDoesNotCountAnyMore(t *testing.T) {
	k := staffed(t)
	k.options.Officers = []string{nino}
	k.reopen()
	if k.CanLeavePhone() {
		t.Error("a number could be left that nobody may read")
	}
	e := k.put(parcel(1))
	if err := k.LeavePhone(t.Context(), e.ID, e.Owner, annasPhone); !errors.Is(err, ErrNobodyToCall) || k.phonesOnDisk() != 0 {
		t.Errorf("%v, %d numbers", err, k.phonesOnDisk())
	}
	if err := k.Enrol(t.Context(), marta, secretOf(marta)); !errors.Is(err, ErrNotAnOfficer) {
		t.Errorf("enrolling: %v", err)
	}
	k.enrols(nino)
	if !k.CanLeavePhone() {
		t.Error("no number can be left")
	}
}

func TestANewCardOfAnOfficerTakesThePlaceOfTheOldOne(t *testing.T) {
	k := staffed(t)
	old := k.leaves(1)
	events := k.events()
	k.enrols(marta) // the same card: nothing new
	if k.events() != events {
		t.Error("an officer who is known was enrolled again")
	}
	fresh := bytes.Repeat([]byte("new card"), 32)
	if err := k.Enrol(t.Context(), marta, fresh); err != nil || k.events() != events+1 {
		t.Fatalf("%v, %d events, want %d", err, k.events(), events+1)
	}
	k.reopen()
	e := k.leaves(2)
	k.turns(old, Stuck)
	k.turns(e, Stuck)
	if got, err := k.ShowPhone(t.Context(), old.ID, marta, fresh); !errors.Is(err, ErrNotForYou) {
		t.Errorf("what was left before: %q, %v", got, err)
	}
	if got, err := k.ShowPhone(t.Context(), e.ID, marta, fresh); err != nil || got != annasPhone {
		t.Errorf("what was left after: %q, %v", got, err)
	}
}

func (k *terminal) events() int {
	k.t.Helper()
	r, err := k.log.Verify(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	return r.Events
}

func TestTheOwnerTakesANumberBackAndNobodyElseDoes(t *testing.T) {
	k := staffed(t)
	e := k.leaves(1)
	if err := k.TakeBackPhone(t.Context(), e.ID, Owner{1}); !errors.Is(err, ErrNoEntry) || k.phonesOnDisk() != 1 {
		t.Errorf("another's: %v", err)
	}
	events := k.events()
	for range 2 {
		if err := k.TakeBackPhone(t.Context(), e.ID, e.Owner); err != nil {
			t.Fatal(err)
		}
	}
	if k.phonesOnDisk() != 0 || k.entry(e.ID).Phone || k.events() != events+1 {
		t.Errorf("%d numbers, %d events more", k.phonesOnDisk(), k.events()-events)
	}
	k.turns(e, Stuck)
	if _, err := k.ShowPhone(t.Context(), e.ID, marta, secretOf(marta)); !errors.Is(err, ErrNoPhone) {
		t.Errorf("shown after it was taken back: %v", err)
	}
}

func TestANumberIsLeftByTheOwnerOnlyAndForAnOpenSubmissionOnly(t *testing.T) {
	k := staffed(t)
	e := k.put(parcel(1))
	if err := k.LeavePhone(t.Context(), e.ID, Owner{1}, annasPhone); !errors.Is(err, ErrNoEntry) {
		t.Errorf("another's submission: %v", err)
	}
	if err := k.LeavePhone(t.Context(), "nowhere", e.Owner, annasPhone); !errors.Is(err, ErrNoEntry) {
		t.Errorf("no submission: %v", err)
	}
	for _, wrong := range []string{"", "+", "12", "0521 000001", "+39a", strings.Repeat("1", 21), "+390521000001\n"} {
		if err := k.LeavePhone(t.Context(), e.ID, e.Owner, wrong); !errors.Is(err, ErrNotAPhone) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := k.Withdraw(t.Context(), e.ID, e.Owner); err != nil {
		t.Fatal(err)
	}
	if err := k.LeavePhone(t.Context(), e.ID, e.Owner, annasPhone); !errors.Is(err, ErrNoEntry) {
		t.Errorf("withdrawn: %v", err)
	}
	if k.phonesOnDisk() != 0 {
		t.Error("a number is on disk")
	}
}

func TestANumberGoesWithWhatItWasLeftFor(t *testing.T) {
	for what, end := range map[string]func(*terminal, Entry) error{
		"withdrawal": func(k *terminal, e Entry) error { return k.Withdraw(k.t.Context(), e.ID, e.Owner) },
		"closing": func(k *terminal, e Entry) error {
			k.turns(e, Refused)
			return k.Close(k.t.Context(), e.ID, marta)
		},
		"filing": func(k *terminal, e Entry) error {
			_, err := k.Confirm(k.t.Context(), Confirmation{
				ID: e.ID, Protocol: "INPS.1", FiledAt: time.Now(), Digest: e.Digest, Signed: []byte("signed"),
			})
			return err
		},
		"replacement": func(k *terminal, e Entry) error {
			p := parcel(2)
			p.Owner, p.Replaces = e.Owner, e.ID
			_, err := k.Put(k.t.Context(), p)
			return err
		},
	} {
		k := staffed(t)
		e := k.leaves(1)
		if err := end(k, e); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if k.phonesOnDisk() != 0 || k.entry(e.ID).Phone {
			t.Errorf("the number outlives the %s", what)
		}
	}
}

func TestANumberIsFoundAgainWhenTheRecordOfItsSubmissionIsSpoilt(t *testing.T) {
	k := staffed(t)
	e := k.leaves(1)
	if err := k.st.Update(t.Context(), func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(recordTable)).Put(store.Key(e.Seq), []byte("spoilt"))
	}); err != nil {
		t.Fatal(err)
	}
	k.reopen()
	if !k.entry(e.ID).Phone {
		t.Fatal("the number is not known any more")
	}
	k.turns(e, Stuck)
	if got, err := k.ShowPhone(t.Context(), e.ID, marta, secretOf(marta)); err != nil || got != annasPhone {
		t.Errorf("%q, %v", got, err)
	}
}

func TestASecondNumberReplacesTheFirst(t *testing.T) {
	k := staffed(t)
	e := k.leaves(1)
	if err := k.LeavePhone(t.Context(), e.ID, e.Owner, "3330000001"); err != nil {
		t.Fatal(err)
	}
	k.turns(e, Stuck)
	if got, err := k.ShowPhone(t.Context(), e.ID, marta, secretOf(marta)); err != nil || got != "3330000001" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestANumberSealedByAnotherToolOpensWithTheOfficersSecret(t *testing.T) {
	v := readPeopleVectors(t)
	b := &Outbox{claims: &claims{terminal: v.Terminal}}
	key, err := b.officerKey(unhex(t, v.OfficerSecret))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(unhex(t, v.OfficerPublic), key.PublicKey().Bytes()); diff != "" {
		t.Errorf("public key: %s", diff)
	}
	plain, err := unseal(key, b.phoneContext(v.ID, v.Officer), unhex(t, v.SealedPhone))
	if err != nil || string(plain[1:1+plain[0]]) != v.Phone {
		t.Errorf("%q, %v, want %s", plain, err, v.Phone)
	}
}

func TestNeitherNumberNorSecretNorPrivateKeyIsOnDisk(t *testing.T) {
	k := staffed(t)
	k.leaves(1)
	key, err := k.officerKey(secretOf(marta))
	if err != nil {
		t.Fatal(err)
	}
	k.st.Close()
	file, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, key.PublicKey().Bytes()) { // the search finds what is there
		t.Error("the public key is not on disk")
	}
	for what, secret := range map[string][]byte{
		"number": []byte(annasPhone[3:]), "secret": secretOf(marta)[:16], "private key": key.Bytes(),
	} {
		if bytes.Contains(file, secret) {
			t.Errorf("the %s is on disk", what)
		}
	}
}
