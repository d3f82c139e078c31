package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// newAttaching is a terminal that takes documents.
func newAttaching(t testing.TB) *terminal {
	t.Helper()
	k := newTerminal(t)
	k.options.Attachments = filepath.Join(filepath.Dir(k.path), "attachments")
	k.reopen()
	return k
}

// document is what the n-th invented document is when it is sealed.
func document(n, size int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "sealed document %d ", n), size/18+1)[:size]
}

func documentID(n int) string { return fmt.Sprintf("00000000-0000-4000-9000-%012d", n) }

// sealed stands for upstream's sealing.
func sealed(n, size int) func(io.Writer) (Attachment, error) {
	return func(w io.Writer) (Attachment, error) {
		_, err := io.Copy(w, bytes.NewReader(document(n, size)))
		return Attachment{ID: documentID(n)}, err
	}
}

func (k *terminal) attach(n, size int) Attachment {
	k.t.Helper()
	a, err := k.Attach(k.t.Context(), sealed(n, size))
	if err != nil {
		k.t.Fatal(err)
	}
	return a
}

// with is the n-th parcel with documents.
func (k *terminal) with(n int, documents ...int) Parcel {
	k.t.Helper()
	p := parcel(n)
	for _, d := range documents {
		p.Attachments = append(p.Attachments, k.attach(d, 100_000+d))
	}
	return p
}

// files lists what lies in the place for documents, .part files as such.
func (k *terminal) files() (names []string) {
	k.t.Helper()
	err := filepath.WalkDir(k.options.Attachments, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(k.options.Attachments, path)
			if strings.HasSuffix(name, partSuffix) {
				name = partSuffix
			}
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func (k *terminal) wantFiles(want ...string) {
	k.t.Helper()
	slices.Sort(want)
	if diff := cmp.Diff(want, k.files(), cmpopts.EquateEmpty()); diff != "" {
		k.t.Errorf("documents on disk (-want +got):\n%s", diff)
	}
}

func fileOf(submission, document int) string {
	return parcel(submission).ID + "/" + documentID(document) + sealedSuffix
}

// wantDocuments checks that a submission has its documents as they were kept.
func (k *terminal) wantDocuments(e Entry, documents ...int) {
	k.t.Helper()
	_, p, err := k.parcel(k.t.Context(), e.Seq)
	if err != nil {
		k.t.Fatal(err)
	}
	if len(p.Attachments) != len(documents) {
		k.t.Fatalf("%d documents, want %d", len(p.Attachments), len(documents))
	}
	for i, n := range documents {
		f, err := p.Attachments[i].Open()
		if err != nil {
			k.t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		f.Close()
		if err != nil || !bytes.Equal(got, document(n, 100_000+n)) {
			k.t.Errorf("document %d is not as it was kept: %v", n, err)
		}
	}
}

func TestDocumentsStayWithTheirSubmission(t *testing.T) {
	k := newAttaching(t)
	one, two := k.put(k.with(1, 1, 2)), k.put(k.with(2, 3))
	k.put(parcel(3))
	for range 2 {
		k.wantFiles(fileOf(1, 1), fileOf(1, 2), fileOf(2, 3))
		k.wantDocuments(one, 1, 2)
		k.wantDocuments(two, 3)
		k.reopen()
	}
	for _, path := range []string{"", parcel(1).ID, fileOf(1, 1)} {
		info, err := os.Stat(filepath.Join(k.options.Attachments, path))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q has mode %v, %v", path, info.Mode(), err)
		}
	}
}

func TestDocumentsGoWhenTheBodyGoes(t *testing.T) {
	for state, settle := range map[State]func(*terminal, Entry) error{
		Withdrawn: func(k *terminal, e Entry) error { return k.Withdraw(k.t.Context(), e.ID, e.Owner) },
		Closed: func(k *terminal, e Entry) error {
			k.turns(e, Refused)
			k.wantDocuments(e, 1) // a person may need them
			return k.Close(k.t.Context(), e.ID, "F-01")
		},
		Filed: func(k *terminal, e Entry) error {
			_, err := k.Confirm(k.t.Context(), confirmed(parcel(1)))
			return err
		},
		"replaced": func(k *terminal, e Entry) error {
			p := parcel(2)
			p.Owner, p.Replaces = e.Owner, e.ID
			_, err := k.Put(k.t.Context(), p)
			return err
		},
	} {
		t.Run(string(state), func(t *testing.T) {
			k := newAttaching(t)
			e := k.put(k.with(1, 1))
			if err := settle(k, e); err != nil {
				t.Fatal(err)
			}
			k.wantFiles()
			k.reopen()
			k.wantFiles()
		})
	}
}

func TestADiscardedDocumentLeavesNothing(t *testing.T) {
	k := newAttaching(t)
	a := k.attach(1, 1000)
	k.wantFiles(partSuffix)
	if err := k.Discard(a.ID); err != nil {
		t.Fatal(err)
	}
	k.wantFiles()
	if err := k.Discard(a.ID); !errors.Is(err, ErrNoAttachment) {
		t.Errorf("discarded twice: %v", err)
	}
	p := parcel(1)
	p.Attachments = []Attachment{a}
	if _, err := k.Put(t.Context(), p); !errors.Is(err, ErrNoAttachment) || len(k.List()) != 0 {
		t.Errorf("put with it: %v, %d entries", err, len(k.List()))
	}
}

func TestAPutThatFailsLeavesItsDocumentsForAnother(t *testing.T) {
	k := newAttaching(t)
	sent := k.put(parcel(9))
	k.turns(sent, Unknown)
	p := k.with(1, 1, 2)
	p.Owner, p.Replaces = sent.Owner, sent.ID
	if _, err := k.Put(t.Context(), p); !errors.Is(err, ErrTooLate) {
		t.Fatal(err)
	}
	k.wantFiles(partSuffix, partSuffix)
	p.Replaces = ""
	e := k.put(p)
	k.wantFiles(fileOf(1, 1), fileOf(1, 2))
	k.wantDocuments(e, 1, 2)
}

func TestAParcelWithDocumentsThatAreNotItsOwnIsNotTaken(t *testing.T) {
	k := newAttaching(t)
	k.put(k.with(1, 1))
	for name, change := range map[string]func(*Parcel){
		"unknown":              func(p *Parcel) { p.Attachments[0].ID = documentID(99) },
		"of another":           func(p *Parcel) { p.Attachments[0].ID = documentID(1) },
		"no id":                func(p *Parcel) { p.Attachments[0].ID = "../../pue.db" },
		"another digest":       func(p *Parcel) { p.Attachments[0].Digest[0]++ },
		"another length":       func(p *Parcel) { p.Attachments[0].Sealed++ },
		"twice":                func(p *Parcel) { p.Attachments = append(p.Attachments, p.Attachments[0]) },
		"more than INPS takes": func(p *Parcel) { p.Attachments = make([]Attachment, attachmentsMost+1) },
	} {
		p := parcel(2)
		p.Attachments = []Attachment{k.attach(2, 100_002)}
		change(&p)
		if _, err := k.Put(t.Context(), p); err == nil {
			t.Errorf("%s: taken", name)
		}
		k.wantFiles(fileOf(1, 1), partSuffix)
		if err := k.Discard(documentID(2)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADocumentThatCannotBeKeptWholeIsNotKept(t *testing.T) {
	k := newAttaching(t)
	ctx, cancel := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		seal func(io.Writer) (Attachment, error)
		want error
	}{
		"sealing fails": {func(w io.Writer) (Attachment, error) {
			w.Write(document(1, 1000))
			return Attachment{}, io.ErrNoProgress
		}, io.ErrNoProgress},
		"no id": {func(w io.Writer) (Attachment, error) { return Attachment{ID: "x"}, nil }, errNoUUID},
		"too large": {func(w io.Writer) (Attachment, error) {
			for range attachmentLargest/1000 + 1 {
				w.Write(document(1, 1000)) // whatever it says
			}
			return Attachment{ID: documentID(1)}, nil
		}, store.ErrTooLarge},
		"stopped": {func(w io.Writer) (Attachment, error) {
			w.Write(document(1, 1000))
			cancel()
			_, err := w.Write(document(1, 1000))
			return Attachment{ID: documentID(1)}, err
		}, context.Canceled},
	} {
		if _, err := k.Attach(ctx, c.seal); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		k.wantFiles()
		ctx, cancel = context.WithCancel(t.Context())
	}
	cancel()
	if _, err := newTerminal(t).Attach(t.Context(), sealed(1, 10)); err == nil {
		t.Error("kept without a place")
	}
}

// The moments of a Put at which the power can go.
func TestAPowerCutLeavesADocumentWithItsSubmissionOrNotAtAll(t *testing.T) {
	t.Run("before Put", func(t *testing.T) {
		k := newAttaching(t)
		k.attach(1, 1000)
		k.reopen()
		k.wantFiles()
	})
	t.Run("between the names and the commit", func(t *testing.T) {
		k := newAttaching(t)
		if _, err := k.enclose(k.with(1, 1, 2)); err != nil {
			t.Fatal(err)
		}
		k.wantFiles(fileOf(1, 1), fileOf(1, 2), partSuffix, partSuffix)
		k.reopen()
		k.wantFiles()
	})
	t.Run("after the commit", func(t *testing.T) {
		k := newAttaching(t)
		e := k.put(k.with(1, 1))
		first := filepath.Join(k.options.Attachments, "1"+partSuffix)
		if err := os.Link(filepath.Join(k.options.Attachments, fileOf(1, 1)), first); err != nil {
			t.Fatal(err)
		}
		k.wantFiles(fileOf(1, 1), partSuffix)
		k.reopen()
		k.wantFiles(fileOf(1, 1))
		k.wantDocuments(e, 1)
	})
	t.Run("after the confirmation", func(t *testing.T) {
		k := newAttaching(t)
		k.put(k.with(1, 1))
		kept := filepath.Join(k.options.Attachments, parcel(1).ID)
		if err := os.CopyFS(kept+"-copy", os.DirFS(kept)); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Confirm(t.Context(), confirmed(parcel(1))); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(kept+"-copy", kept); err != nil {
			t.Fatal(err)
		}
		k.wantFiles(fileOf(1, 1))
		k.reopen()
		k.wantFiles()
	})
	t.Run("after another Put of the same id", func(t *testing.T) {
		k := newAttaching(t)
		e := k.put(k.with(1, 1))
		stray := filepath.Join(k.options.Attachments, fileOf(1, 2))
		if err := os.WriteFile(stray, document(2, 10), 0o600); err != nil {
			t.Fatal(err)
		}
		k.reopen()
		k.wantFiles(fileOf(1, 1))
		k.wantDocuments(e, 1)
	})
}

func TestADocumentWithoutItsSubmissionGoesAfterSomeHours(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.Attachments = filepath.Join(filepath.Dir(k.path), "attachments")
		k.reopen()
		e := k.put(k.with(1, 1))
		a := k.attach(2, 1000)
		stop := k.sending(&carrier{bring: func(Parcel) error { return ErrNoLine }})
		time.Sleep(3 * time.Hour)
		k.wantFiles(fileOf(1, 1), partSuffix)
		time.Sleep(3 * time.Hour)
		k.wantFiles(fileOf(1, 1))
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if err := k.Discard(a.ID); !errors.Is(err, ErrNoAttachment) {
			t.Errorf("discarded: %v", err)
		}
		k.wantDocuments(e, 1)
	})
}

func TestNothingIsSweptUntilARecoveryWasLookedAt(t *testing.T) {
	k := newAttaching(t)
	k.put(k.with(1, 1))
	k.st.Close()
	if err := os.WriteFile(k.path, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.reopen()
	if _, recovered := k.st.Recovery(); !recovered || len(k.List()) != 0 {
		t.Fatalf("recovered %v, %d entries", recovered, len(k.List()))
	}
	k.wantFiles(fileOf(1, 1))
	if err := k.st.AcknowledgeRecovery(t.Context(), func(*bolt.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	k.reopen()
	k.wantFiles()
}
