package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// spoil changes a closed store's file.
func spoil(t *testing.T, path string, how func(file []byte)) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	how(file)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// newerMeta zeroes the meta page of the last transaction.
func newerMeta(file []byte) {
	f := readImage(bytes.NewReader(file), int64(len(file)))
	clear(file[int64(f.metas[0].txid%2)*f.pageSize:][:f.pageSize])
}

// rootPage zeroes the list of tables.
func rootPage(file []byte) {
	f := readImage(bytes.NewReader(file), int64(len(file)))
	clear(file[int64(f.metas[0].root)*f.pageSize:][:f.pageSize])
}

// many stores n records in one transaction each.
func many(t *testing.T, s *Store, n int) map[string]string {
	t.Helper()
	all := map[string]string{}
	for i := range uint64(n) {
		value := strings.Repeat(fmt.Sprint(i, " "), 50)
		update(t, s, put(string(Key(i)), value))
		all[string(Key(i))] = value
	}
	return all
}

func TestADamagedFileIsPutAsideAndSaysSoUntilAcknowledged(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func([]byte)
		how   How
		lost  bool
	}{
		"newer meta page":    {newerMeta, Previous, false},
		"list of tables":     {rootPage, Salvaged, false},
		"nothing left of it": {func(file []byte) { clear(file) }, Empty, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := place(t)
			s := open(t, path)
			want := many(t, s, 60)
			s.Close()
			spoil(t, path, c.spoil)
			damaged, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s = open(t, path)
			r, ok := s.Recovery()
			if !ok || r.How != c.how || r.At.IsZero() || r.Noted || (r.Records == 0) != c.lost {
				t.Fatalf("recovery %+v, %v, want %s", r, ok, c.how)
			}
			if c.lost {
				want = map[string]string{}
			}
			wantContents(t, s, want)
			aside, err := os.ReadFile(filepath.Join(filepath.Dir(path), r.Aside))
			if err != nil || !bytes.Equal(aside, damaged) {
				t.Errorf("the damaged file is not what lies aside: %v", err)
			}
			s.Close()

			s = open(t, path) // nobody has acknowledged
			if again, ok := s.Recovery(); !ok || !cmp.Equal(again, r) {
				t.Errorf("after a restart %+v, %v, want %+v", again, ok, r)
			}
			noted := 0
			note := func(*bolt.Tx, Recovery) error { noted++; return nil }
			if err := errors.Join(s.NoteRecovery(t.Context(), note), s.NoteRecovery(t.Context(), note)); err != nil || noted != 1 {
				t.Errorf("noted %d times, %v", noted, err)
			}
			refusal := errors.New("no")
			if err := s.AcknowledgeRecovery(t.Context(), func(*bolt.Tx) error { return refusal }); !errors.Is(err, refusal) {
				t.Errorf("got %v, want the refusal", err)
			}
			if _, ok := s.Recovery(); !ok {
				t.Error("acknowledged although it was not stored")
			}
			if err := s.AcknowledgeRecovery(t.Context(), put("who", "mb")); err != nil {
				t.Fatal(err)
			}
			s.Close()
			s = open(t, path)
			if r, ok := s.Recovery(); ok {
				t.Errorf("acknowledged, and still there: %+v", r)
			}
			want["who"] = "mb"
			wantContents(t, s, want)
		})
	}
}

// suffering damages the store at path and opens it again.
func suffering(t *testing.T, path string, how func([]byte)) (*Store, Recovery) {
	t.Helper()
	spoil(t, path, how)
	s := open(t, path)
	r, ok := s.Recovery()
	if !ok {
		t.Fatal("nothing was recovered")
	}
	return s, r
}

// goOn stores other things, so that there are older copies of the list of tables,
// which has all of a small store on it.
func goOn(t *testing.T, s *Store) {
	t.Helper()
	for range 4 {
		update(t, s, put("a", "1"))
	}
}

// namesAside are the damaged files beside the store's.
func namesAside(t *testing.T, path string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(path + asideMark + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, filepath.Base(f))
	}
	return names
}

func TestTheNewestThreeDamagedFilesAreKept(t *testing.T) {
	path := place(t)
	open(t, path).Close()
	for range 5 {
		s, _ := suffering(t, path, rootPage)
		if err := s.AcknowledgeRecovery(t.Context(), put("who", "mb")); err != nil {
			t.Fatal(err)
		}
		goOn(t, s)
		s.Close()
	}
	if diff := cmp.Diff([]string{"pue.db.damaged-0003", "pue.db.damaged-0004", "pue.db.damaged-0005"}, namesAside(t, path)); diff != "" {
		t.Errorf("aside (-want +got):\n%s", diff)
	}
}

func TestNoDamagedFileIsDeletedBeforeItIsAcknowledged(t *testing.T) {
	path := place(t)
	open(t, path).Close()
	for _, year := range []string{"2090", "2091", "2092"} { // by a clock that was wrong
		if err := os.WriteFile(path+asideMark+year+"0101T000000.000", nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 6 {
		s, r := suffering(t, path, rootPage)
		goOn(t, s)
		s.Close()
		if i > 0 && r.First != "pue.db.damaged-0001" {
			t.Errorf("the first one is %q", r.First)
		}
		if there := namesAside(t, path); len(there) != keepAside || there[0] != "pue.db.damaged-0001" && i > 1 || !slices.Contains(there, r.Aside) {
			t.Errorf("%d: aside %v, want the first one and %s among three", i, there, r.Aside)
		}
	}
}

func TestADamagedFileGetsOneNameHoweverOftenItsRecoveryIsCutShort(t *testing.T) {
	path := place(t)
	open(t, path).Close()
	spoil(t, path, rootPage)
	if err := os.Link(path, path+asideMark+"0007"); err != nil { // as far as the first one got
		t.Fatal(err)
	}
	r, _ := open(t, path).Recovery()
	if there := namesAside(t, path); len(there) != 1 || there[0] != r.Aside {
		t.Errorf("aside %v, want %s alone", there, r.Aside)
	}
}

func TestAFileThatHasGoneDoesNotBeginAnewInSilence(t *testing.T) {
	path := place(t)
	s := open(t, path)
	many(t, s, 3)
	s.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if r, ok := open(t, path).Recovery(); !ok || r.How != Empty {
		t.Errorf("recovery %+v, %v, want an empty one", r, ok)
	}
}

func TestAnUnfoundedSuspicionChangesNothing(t *testing.T) {
	path := place(t)
	s := open(t, path)
	want := many(t, s, 20)
	if err := errors.Join(s.Suspect(), s.Suspect()); err != nil {
		t.Fatal(err)
	}
	<-s.Suspected()
	s.Close()
	for range 2 {
		s = open(t, path)
		if r, ok := s.Recovery(); ok || s.suspected() {
			t.Errorf("recovery %+v, mark %v", r, s.suspected())
		}
		wantContents(t, s, want)
		s.Close()
	}
}

// spoilRecord flips a bit of one value, past every checksum.
func spoilRecord(t *testing.T, path, value string) {
	t.Helper()
	spoil(t, path, func(file []byte) {
		for at, n := 0, 0; ; n++ {
			i := bytes.Index(file[at:], []byte(value))
			if i < 0 {
				if n == 0 {
					t.Fatalf("%q is not in the file", value)
				}
				return
			}
			file[at+i] ^= 1
			at += i + 1
		}
	})
}

func TestWhatIsFoundDamagedWhileRunningIsSavedAtTheNextStart(t *testing.T) {
	path := place(t)
	s := open(t, path)
	want := many(t, s, 40)
	s.Close()
	spoilRecord(t, path, want[string(Key(7))])
	s = open(t, path)
	if _, ok := s.Recovery(); ok {
		t.Error("opening found it: it must not have to read everything")
	}
	if _, err := contents(s); !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %v, want ErrDamaged", err)
	}
	<-s.Suspected()
	update(t, s, put("after", "1")) // the rest goes on
	s.Close()
	s = open(t, path)
	if r, ok := s.Recovery(); !ok || r.How != Salvaged || r.Lost != 1 {
		t.Errorf("recovery %+v, %v, want one record lost", r, ok)
	}
	delete(want, string(Key(7)))
	want["after"] = "1"
	wantContents(t, s, want)
}

func TestWhatWasDeletedStaysDeletedWhenSomethingElseIsDamaged(t *testing.T) {
	path := place(t)
	s := open(t, path)
	want := many(t, s, 60)
	for i := range uint64(20) {
		update(t, s, func(tx *bolt.Tx) error { return things.Delete(tx, Key(i)) })
		delete(want, string(Key(i)))
	}
	update(t, s, put(string(Key(50)), "new"))
	want[string(Key(50))] = "new"
	s.Close()
	spoilRecord(t, path, want[string(Key(45))])
	delete(want, string(Key(45)))
	s = mustSuspect(t, path)
	if r, ok := s.Recovery(); !ok || r.Lost != 1 {
		t.Errorf("recovery %+v, %v", r, ok)
	}
	wantContents(t, s, want)
}

// mustSuspect opens the store with a suspicion.
func mustSuspect(t *testing.T, path string) *Store {
	t.Helper()
	if err := os.WriteFile(path+".suspect", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

func TestNumbersAreNotGivenTwiceAfterARecovery(t *testing.T) {
	path := place(t)
	s := open(t, path)
	number := func() (n uint64) {
		update(t, s, func(tx *bolt.Tx) (err error) {
			if n, err = things.NextSequence(tx); err != nil {
				return err
			}
			return things.Put(tx, Key(n), []byte("value"))
		})
		return n
	}
	var last uint64
	for range 30 {
		last = number()
	}
	update(t, s, func(tx *bolt.Tx) error { return things.Delete(tx, Key(last)) })
	s.Close()
	for _, how := range []func([]byte){newerMeta, rootPage} {
		spoil(t, path, how)
		s = open(t, path)
		if n := number(); n <= last {
			t.Errorf("number %d after %d", n, last)
		} else {
			last = n
		}
		s.Close()
	}
}

func TestASequenceBehindItsKeysIsDamage(t *testing.T) {
	s := open(t, place(t))
	update(t, s, put(string(Key(9)), "value"))
	err := s.Update(t.Context(), func(tx *bolt.Tx) error {
		_, err := things.NextSequence(tx)
		return err
	})
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestATableThatHasGoneDoesNotBeginAnewInSilence(t *testing.T) {
	path := place(t)
	s := open(t, path)
	want := many(t, s, 20)
	s.Close()
	spoil(t, path, func(file []byte) { // its name, on the newest list only
		f := readImage(bytes.NewReader(file), int64(len(file)))
		at := int64(f.metas[0].root) * f.pageSize
		i := bytes.LastIndex(file[at:][:f.pageSize], []byte(things))
		file[at+int64(i)] ^= 1
	})
	s, err := Open(path, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), things.Make); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	s.Close()
	s = open(t, path)
	if r, ok := s.Recovery(); !ok || r.How != Salvaged {
		t.Errorf("recovery %+v, %v", r, ok)
	}
	wantContents(t, s, want)
}

func TestAFileOfALaterProgramIsReadAndLosesNothing(t *testing.T) {
	const later Table = "later"
	path := place(t)
	s := open(t, path)
	many(t, s, 5)
	made := schema{thisSchema.version + 3, thisSchema.version}
	update(t, s, func(tx *bolt.Tx) error {
		return errors.Join(
			metaTable.Put(tx, schemaKey, append(made.encode(), "and more"...)),
			later.Make(tx), later.Put(tx, []byte("key"), []byte("what this program does not know")))
	})
	s.Close()
	unchanged := func(when string) {
		t.Helper()
		err := s.View(context.Background(), func(tx *bolt.Tx) error {
			value, err := later.Get(tx, []byte("key"))
			if string(value) != "what this program does not know" {
				t.Errorf("%s: the later table has %q", when, value)
			}
			kept, err2 := metaTable.Get(tx, schemaKey)
			if string(kept) != string(made.encode())+"and more" {
				t.Errorf("%s: the schema has become %x", when, kept)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	s = open(t, path)
	update(t, s, put("a", "1"))
	unchanged("read and written")
	s.Close()
	spoil(t, path, rootPage)
	s = open(t, path)
	unchanged("salvaged")
}

func TestTheDamagedFileIsCopiedWhereItCannotHaveTwoNames(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "pue.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content := bytes.Repeat([]byte("damaged "), 5000)
	if _, err := f.WriteAt(content, 0); err != nil {
		t.Fatal(err)
	}
	// Two file systems never share a file.
	aside := filepath.Join("/dev/shm", fmt.Sprintf("pue-test-%d", os.Getpid()))
	defer os.Remove(aside)
	if err := keep(f, aside); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(aside); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
