package audit

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// chain is a closed record of a few events, as it lies in its file.
type chain struct {
	path  string
	file  []byte
	texts [][]byte // what is stored of each event
	head  string
}

func newChain(t *testing.T) chain {
	t.Helper()
	c := chain{path: place(t)}
	st, a := openAt(t, c.path)
	for i := range 3 {
		record(t, a, Event{Name: SubmissionAttempt, Submission: someID, Number: i + 1})
	}
	err := st.View(t.Context(), func(tx *bolt.Tx) error {
		for r := range table.All(tx) {
			c.texts = append(c.texts, bytes.Clone(r.Value))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.head = verify(t, a).Head
	st.Close()
	if c.file, err = os.ReadFile(c.path); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEveryChangedByteOnDiskIsFoundAndNamed changes each byte of each event in
// the file itself, wherever a copy of it lies.
func TestEveryChangedByteOnDiskIsFoundAndNamed(t *testing.T) {
	c := newChain(t)
	for i, text := range c.texts {
		for at := range text {
			file := bytes.Clone(c.file)
			copies := 0
			for from := 0; ; copies++ {
				found := bytes.Index(file[from:], text)
				if found < 0 {
					break
				}
				file[from+found+at] ^= 0x20
				from += found + len(text)
			}
			if copies == 0 {
				t.Fatalf("event %d is not in the file", i+1)
			}
			if err := os.WriteFile(c.path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			st, a := openAt(t, c.path)
			if r := verify(t, a); r.BrokenAt != uint64(i+1) || r.Why != "changed" {
				t.Errorf("event %d, byte %d: broken at %d (%s)", i+1, at, r.BrokenAt, r.Why)
			}
			st.Close()
		}
	}
}

// TestEveryChangedByteIsFoundBehindTheChecksums does the same as someone who
// knows the store, and gives what he changed the checksum that fits.
func TestEveryChangedByteIsFoundBehindTheChecksums(t *testing.T) {
	c := newChain(t)
	st, a := openAt(t, c.path)
	for i, text := range c.texts {
		for at := range text {
			changed := bytes.Clone(text)
			changed[at] ^= 0x20
			put := func(value []byte) {
				t.Helper()
				err := st.Update(t.Context(), func(tx *bolt.Tx) error { return table.Put(tx, store.Key(uint64(i+1)), value) })
				if err != nil {
					t.Fatal(err)
				}
			}
			put(changed)
			if r := verify(t, a); r.BrokenAt != uint64(i+1) || r.Why != "changed" {
				t.Errorf("event %d, byte %d: broken at %d (%s)", i+1, at, r.BrokenAt, r.Why)
			}
			put(text)
		}
	}
	if r := verify(t, a); !r.OK() || r.Head != c.head {
		t.Errorf("put right again: %+v", r)
	}
}

func TestARecoveryIsNotedOnceAndAcknowledgedByAnOfficer(t *testing.T) {
	c := newChain(t)
	if err := os.WriteFile(c.path, append(make([]byte, 4096), c.file[4096:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	st, a := openAt(t, c.path)
	recovery, ok := st.Recovery()
	if !ok {
		t.Fatal("nothing was recovered")
	}
	for range 2 {
		if err := a.NoteRecovery(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.AcknowledgeRecovery(t.Context(), "mb"); err != nil {
		t.Fatal(err)
	}
	if err := a.AcknowledgeRecovery(t.Context(), "lr"); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, a); !r.OK() || r.Events != len(c.texts)+2 {
		t.Errorf("%+v, want the events, one note and one acknowledgement", r)
	}
	if _, ok := st.Recovery(); ok || recovery.Records == 0 {
		t.Errorf("still to be acknowledged, or empty: %+v", recovery)
	}
}

func TestASecretThatWasMadeAnewIsNotedByItsName(t *testing.T) {
	path := place(t)
	st, _ := openAt(t, path)
	if _, err := st.Secret("owner", 32); err != nil {
		t.Fatal(err)
	}
	if err := st.Update(t.Context(), func(tx *bolt.Tx) error {
		return store.Table("secret").Delete(tx, []byte("owner"))
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Secret("owner", 32); !errors.Is(err, store.ErrDamaged) {
		t.Fatalf("a lost secret was given anew in silence: %v", err)
	}
	if err := errors.Join(st.Suspect(), st.Close()); err != nil {
		t.Fatal(err)
	}
	st, a := openAt(t, path)
	if err := a.NoteRecovery(t.Context()); err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := st.View(t.Context(), func(tx *bolt.Tx) error {
		for r := range store.Table("audit").All(tx) {
			names = append(names, string(r.Value))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if last := names[len(names)-1]; !strings.Contains(last, `"secret-renewed"`) || !strings.Contains(last, `"owner"`) {
		t.Errorf("the record ends with %s", last)
	}
}
