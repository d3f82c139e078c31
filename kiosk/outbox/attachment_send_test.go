package outbox

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
)

// carrier is an INPS that files what reaches it, and takes attachments as bring
// says.
type carrier struct {
	mu    sync.Mutex
	calls []string
	bring func(p Parcel) error
}

func (c *carrier) note(what string, p Parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, what+" "+p.ID[len(p.ID)-1:])
}

func (c *carrier) noted() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

func (c *carrier) Send(_ context.Context, p Parcel) (Confirmation, error) {
	c.note("send", p)
	return confirmed(p), nil
}

func (c *carrier) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	c.note("ask", p)
	return Confirmation{}, ErrNotKnown
}

func (c *carrier) SendAttachments(_ context.Context, p Parcel) error {
	c.note("bring", p)
	return c.bring(p)
}

// inAttachingBubble is inBubble with a terminal that takes documents.
func inAttachingBubble(t *testing.T, fn func(t *testing.T, k *terminal)) {
	t.Helper()
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.Attachments = filepath.Join(filepath.Dir(k.path), "attachments")
		k.reopen()
		fn(t, k)
	})
}

func (p Parcel) ownedBy(n int) Parcel {
	p.Owner = citizen(n)
	return p
}

func TestDocumentsGoBeforeTheirSubmissionAndLetOthersPass(t *testing.T) {
	inAttachingBubble(t, func(t *testing.T, k *terminal) {
		big := k.put(k.with(1, 1).ownedBy(1))
		pieces := 0
		c := &carrier{}
		c.bring = func(p Parcel) error {
			if pieces++; pieces == 2 { // two more citizens come meanwhile, and this one again
				k.put(parcel(2).ownedBy(2))
				k.put(parcel(3).ownedBy(3))
				k.put(parcel(4).ownedBy(1))
			}
			if pieces < 5 {
				return ErrMore
			}
			return nil
		}
		stop := k.sending(c)
		began := time.Now()
		k.Await(t.Context(), big.ID)
		k.Await(t.Context(), parcel(4).ID)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		want := []string{"bring 1", "bring 1", "send 2", "send 3", "bring 1", "bring 1", "bring 1", "send 1", "send 4"}
		if diff := cmp.Diff(want, c.noted()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if e := k.entry(big.ID); e.State != Filed || e.Attempts != 1 {
			t.Errorf("%s after %d attempts", e.State, e.Attempts)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("nobody had to wait, and it took %s", took)
		}
		k.wantFiles()
	})
}

func TestWhileDocumentsTravelTheCitizenCanStillTakeAllBack(t *testing.T) {
	inAttachingBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(k.with(1, 1))
		c := &carrier{bring: func(Parcel) error {
			if got := k.entry(e.ID); !got.Withdrawable() {
				t.Errorf("%s after %d attempts", got.State, got.Attempts)
			}
			return k.Withdraw(t.Context(), e.ID, e.Owner)
		}}
		stop := k.sending(c)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"bring 1"}, c.noted()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := k.entry(e.ID); got.State != Withdrawn {
			t.Errorf("it is %s", got.State)
		}
		k.wantFiles()
	})
}

func TestTroubleWithDocumentsIsNoAttempt(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		state  State
		reason string
	}{
		"no line":         {ErrNoLine, Waiting, ReasonNoLine},
		"busy":            {&BusyError{24 * time.Hour}, Waiting, ReasonBusy},
		"paused":          {&PausedError{"certificate"}, Waiting, ReasonPaused},
		"unknown outcome": {ErrUnknownOutcome, Waiting, ReasonUnknown},
		"refused":         {&RefusedError{409, "other-body"}, Refused, "other-body"},
	} {
		t.Run(name, func(t *testing.T) {
			inAttachingBubble(t, func(t *testing.T, k *terminal) {
				e := k.put(k.with(1, 1))
				s := &carrier{bring: func(Parcel) error { return c.err }}
				stop := k.sending(s)
				time.Sleep(time.Minute)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				got := k.entry(e.ID)
				if got.State != c.state || got.Attempts != 0 || got.Reason != c.reason {
					t.Errorf("%s, %q, after %d attempts", got.State, got.Reason, got.Attempts)
				}
				for _, call := range s.noted() {
					if call != "bring 1" {
						t.Errorf("%q", call)
					}
				}
				k.wantDocuments(got, 1)
				k.wantChain()
			})
		})
	}
}

func TestDocumentsOnWhichINPSAlwaysStumblesBecomeAPersonsBusiness(t *testing.T) {
	inAttachingBubble(t, func(t *testing.T, k *terminal) {
		k.options.MaxAttempts = 5
		k.reopen()
		e := k.put(k.with(1, 1))
		s := &carrier{bring: func(Parcel) error { return ErrUnknownOutcome }}
		stop := k.sending(s)
		k.Await(t.Context(), e.ID)
		time.Sleep(48 * time.Hour)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if got := k.entry(e.ID); got.State != Stuck || k.stored(e.Seq).doubt {
			t.Errorf("%s, in doubt %v", got.State, k.stored(e.Seq).doubt)
		}
		if n := len(s.noted()); n != 6 {
			t.Errorf("%d tries", n)
		}
		s.bring = func(Parcel) error { return nil }
		stop = k.sending(s)
		if err := k.Retry(t.Context(), e.ID, "mb"); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Await(t.Context(), e.ID); err != nil || got.State != Filed {
			t.Errorf("tried again it is %s, %v", got.State, err)
		}
		stop()
	})
}

func TestASenderThatTakesNoDocumentsNeverGetsTheirSubmission(t *testing.T) {
	inAttachingBubble(t, func(t *testing.T, k *terminal) {
		k.options.MaxAttempts = 3
		k.reopen()
		e := k.put(k.with(1, 1))
		stop := k.sending(&script{t: t})
		k.Await(t.Context(), e.ID)
		stop()
		if got := k.entry(e.ID); got.State != Stuck {
			t.Errorf("it is %s", got.State)
		}
	})
}

func TestASpoiltDocumentIsNeverSent(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"changed": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteAt([]byte{0}, 5000)
			}
			return errors.Join(err, f.Close())
		},
		"cut short": func(path string) error { return os.Truncate(path, 5000) },
		"longer":    func(path string) error { return os.Truncate(path, 200_000) },
		"gone":      os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			inAttachingBubble(t, func(t *testing.T, k *terminal) {
				e, other := k.put(k.with(1, 1, 2).ownedBy(1)), k.put(k.with(2, 3).ownedBy(2))
				if err := spoil(filepath.Join(k.options.Attachments, fileOf(1, 2))); err != nil {
					t.Fatal(err)
				}
				c := &carrier{bring: func(Parcel) error { return nil }}
				stop := k.sending(c)
				k.Await(t.Context(), other.ID)
				time.Sleep(time.Hour)
				stop()
				if diff := cmp.Diff([]string{"bring 2", "send 2"}, c.noted()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if got := k.entry(e.ID); got.State != Waiting || got.Alarm(time.Now()) != AlarmDamaged {
					t.Errorf("%s, alarm %q", got.State, got.Alarm(time.Now()))
				}
			})
		})
	}
}

func TestAfterAnUnknownOutcomeINPSIsAskedBeforeDocumentsGoAgain(t *testing.T) {
	inAttachingBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(k.with(1, 1))
		if _, err := k.change(t.Context(), e.Seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
			r.State, r.Attempts = Unknown, 1
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
		c := &carrier{bring: func(Parcel) error { return nil }}
		stop := k.sending(c)
		k.Await(t.Context(), e.ID)
		stop()
		if diff := cmp.Diff([]string{"ask 1", "bring 1", "send 1"}, c.noted()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestABundleHasTheDocumentsBesideTheirSubmissions(t *testing.T) {
	k := newAttaching(t)
	k.put(k.with(1, 1, 2))
	k.put(k.with(2, 3))
	k.put(k.with(3, 4))
	if err := os.Truncate(filepath.Join(k.options.Attachments, fileOf(2, 3)), 5); err != nil {
		t.Fatal(err)
	}
	m, x, raw := k.export()
	want := Exported{Items: 2, Left: 1, Bytes: int64(len(parcel(1).Sealed)+len(parcel(3).Sealed)) + 300_000 + 1 + 2 + 4}
	if diff := cmp.Diff(want, x); diff != "" {
		t.Error(diff)
	}
	if len(m.Items[0].Attachments) != 2 || len(m.Items[1].Attachments) != 1 || m.Items[0].Attachments[1].ID != documentID(2) {
		t.Errorf("%+v", m.Items)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		if f.Method != zip.Store || f.Flags&8 != 0 {
			t.Errorf("%s: method %d, flags %x", f.Name, f.Method, f.Flags)
		}
	}
	wantNames := []string{
		parcel(1).ID + sealedSuffix, fileOf(1, 1), fileOf(1, 2), parcel(3).ID + sealedSuffix, fileOf(3, 4), manifestName,
	}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Error(diff)
	}
	f, err := z.Open(fileOf(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, document(2, 100_002)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestABundleWithAChangedDocumentIsNotWhole(t *testing.T) {
	k := newAttaching(t)
	k.put(k.with(1, 1))
	_, _, raw := k.export()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(name string, data []byte) (string, []byte){
		"as it was": func(name string, data []byte) (string, []byte) { return name, data },
		"one bit": func(name string, data []byte) (string, []byte) {
			if strings.Contains(name, "/") {
				data[77] ^= 1
			}
			return name, data
		},
		"cut short": func(name string, data []byte) (string, []byte) {
			if strings.Contains(name, "/") {
				data = data[:len(data)-1]
			}
			return name, data
		},
		"another name": func(name string, data []byte) (string, []byte) {
			return strings.Replace(name, "/", "-", 1), data
		},
	} {
		var again bytes.Buffer
		w := zip.NewWriter(&again)
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			newName, data := change(f.Name, data)
			if err := pack(w, newName, data, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		_, err := CheckBundle(bytes.NewReader(again.Bytes()), int64(again.Len()))
		if wanted := name == "as it was"; (err == nil) != wanted || !wanted && !errors.Is(err, ErrBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
