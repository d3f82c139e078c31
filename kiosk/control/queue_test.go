package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/outbox"
)

// shelf is a queue for the socket: three submissions that change hands.
type shelf struct {
	entries []outbox.Entry
	bundle  []byte
	failure error // of Export, after the bundle was written; of Confirm
}

func newShelf() *shelf {
	return &shelf{entries: []outbox.Entry{
		{ID: "id-1", Claim: "PUE-0421-AAAA-BBBB", Class: outbox.Application, State: outbox.Waiting},
		{ID: "id-2", Claim: "PUE-0421-CCCC-DDDD", Class: outbox.Application, State: outbox.Stuck},
		{ID: "id-3", Claim: "PUE-0421-EEEE-FFFF", Class: outbox.Application, State: outbox.Filed, Protocol: "INPS.1"},
	}}
}

func (s *shelf) List() []outbox.Entry { return s.entries }

func (s *shelf) Find(claimOrID string) (outbox.Entry, bool) {
	if e := s.at(claimOrID); e != nil {
		return *e, true
	}
	return outbox.Entry{}, false
}

func (s *shelf) at(claimOrID string) *outbox.Entry {
	for i := range s.entries {
		if e := &s.entries[i]; e.ID == claimOrID || e.Claim == claimOrID {
			return e
		}
	}
	return nil
}

// turn changes a stuck one, for a technician: the socket knows no officer.
func (s *shelf) turn(id, officer string, to outbox.State) error {
	if officer != outbox.Technician {
		return fmt.Errorf("in the name of %s, who was not there", officer)
	}
	e := s.at(id)
	if e.State != outbox.Stuck {
		return fmt.Errorf("turning: %w", outbox.ErrNotDead)
	}
	e.State = to
	return nil
}

func (s *shelf) Proof(_ context.Context, id string) ([]byte, error) {
	if s.at(id).State != outbox.Filed {
		return nil, fmt.Errorf("reading the proof: %w", outbox.ErrNotFiled)
	}
	return []byte("INPS says " + id), nil
}

func (s *shelf) Retry(_ context.Context, id, officer string) error {
	return s.turn(id, officer, outbox.Unknown)
}

func (s *shelf) Close(_ context.Context, id, officer string) error {
	return s.turn(id, officer, outbox.Closed)
}

func (s *shelf) Export(_ context.Context, _ string, w io.Writer) (outbox.Exported, error) {
	if len(s.bundle) > 0 {
		if _, err := w.Write(s.bundle); err != nil {
			return outbox.Exported{}, err
		}
	}
	return outbox.Exported{Items: 2, Bytes: int64(len(s.bundle)), Left: 1}, s.failure
}

// ReadConfirmation believes "INPS says ID".
func (s *shelf) ReadConfirmation(compact []byte) (outbox.Confirmation, error) {
	id, ok := strings.CutPrefix(string(compact), "INPS says ")
	if !ok {
		return outbox.Confirmation{}, errors.New("signature does not verify")
	}
	return outbox.Confirmation{ID: id, Protocol: "INPS.7"}, nil
}

func (s *shelf) Confirm(_ context.Context, c outbox.Confirmation) (outbox.Entry, error) {
	if s.failure != nil {
		return outbox.Entry{}, s.failure
	}
	e := s.at(c.ID)
	if e.State != outbox.Filed {
		e.State, e.Protocol = outbox.Filed, c.Protocol
	}
	return *e, nil
}

func TestTheListSaysWhomAPersonMustLookAfterAndNamesNobody(t *testing.T) {
	s := newShelf()
	s.entries[0].Owner, s.entries[0].Label = outbox.Owner{1, 2}, []byte("label")
	c := serve(t, desk{queue: s})
	items, err := c.Queue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var alarms []outbox.Alarm
	for _, it := range items {
		alarms = append(alarms, it.Alarm)
		if it.Owner != (outbox.Owner{}) || it.Label != nil {
			t.Errorf("%+v", it)
		}
	}
	if diff := cmp.Diff([]outbox.Alarm{"", outbox.AlarmStuck, ""}, alarms); diff != "" {
		t.Error(diff)
	}
}

func TestAnEmptyQueueIsAnEmptyList(t *testing.T) {
	c := serve(t, desk{queue: &shelf{}})
	if items, err := c.Queue(t.Context()); err != nil || items == nil || len(items) != 0 {
		t.Errorf("%#v, %v", items, err)
	}
}

func TestAStuckSubmissionIsTriedAgainOrClosedByClaimCodeOrID(t *testing.T) {
	for _, name := range []string{"id-2", "PUE-0421-CCCC-DDDD"} {
		c := serve(t, desk{queue: newShelf()})
		if it, err := c.Submission(t.Context(), name); err != nil || it.Alarm != outbox.AlarmStuck {
			t.Errorf("%+v, %v", it, err)
		}
		if it, err := c.Retry(t.Context(), name); err != nil || it.State != outbox.Unknown || it.Claim != "PUE-0421-CCCC-DDDD" {
			t.Errorf("%+v, %v", it, err)
		}
		if _, err := c.Retry(t.Context(), name); !errors.Is(err, outbox.ErrNotDead) {
			t.Errorf("%v", err)
		}
		c = serve(t, desk{queue: newShelf()})
		if it, err := c.CloseSubmission(t.Context(), name); err != nil || it.State != outbox.Closed {
			t.Errorf("%+v, %v", it, err)
		}
	}
}

func TestINPSsWordIsReadOutByClaimCodeOrID(t *testing.T) {
	c := serve(t, desk{queue: newShelf()})
	for _, name := range []string{"id-3", "PUE-0421-EEEE-FFFF"} {
		if p, err := c.Proof(t.Context(), name); err != nil || p.Confirmation != "INPS says id-3" || p.Protocol != "INPS.1" {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if p, err := c.Proof(t.Context(), "id-1"); err == nil || !strings.Contains(err.Error(), outbox.ErrNotFiled.Error()) || p.Confirmation != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestASubmissionThatIsNotHereIsSaidToBeSo(t *testing.T) {
	c := serve(t, desk{queue: newShelf()})
	for what, ask := range map[string]func(string) (Item, error){
		"find":  func(id string) (Item, error) { return c.Submission(t.Context(), id) },
		"proof": func(id string) (Item, error) { p, err := c.Proof(t.Context(), id); return p.Item, err },
		"retry": func(id string) (Item, error) { return c.Retry(t.Context(), id) },
		"close": func(id string) (Item, error) { return c.CloseSubmission(t.Context(), id) },
	} {
		for _, id := range []string{"id-9", "../queue", "a/b", "%2e", "è"} {
			if _, err := ask(id); !errors.Is(err, outbox.ErrNoEntry) {
				t.Errorf("%s %q: %v", what, id, err)
			}
		}
	}
}

func TestABundleComesWholeOrAsAnError(t *testing.T) {
	whole := bytes.Repeat([]byte("sealed "), 40<<10)
	broken := errors.New("disk is broken")
	for what, c := range map[string]struct {
		shelf shelf
		want  error
		words string
		part  bool // some of it arrives
	}{
		"whole":                 {shelf: shelf{bundle: whole}, part: true},
		"nothing":               {shelf: shelf{failure: fmt.Errorf("exporting: %w", outbox.ErrNothingToExport)}, want: outbox.ErrNothingToExport},
		"failed at the start":   {shelf: shelf{failure: broken}, words: "disk is broken"},
		"failed after a while":  {shelf: shelf{bundle: whole, failure: broken}, want: ErrNoAnswer, part: true},
		"failed after few byte": {shelf: shelf{bundle: []byte("PK"), failure: broken}, want: ErrNoAnswer},
	} {
		var got bytes.Buffer
		x, err := serve(t, desk{queue: &c.shelf}).Export(t.Context(), "inps", &got)
		switch {
		case c.want == nil && c.words == "":
			if err != nil || !bytes.Equal(got.Bytes(), whole) || x != (outbox.Exported{Items: 2, Bytes: int64(len(whole)), Left: 1}) {
				t.Errorf("%s: %d bytes, %+v, %v", what, got.Len(), x, err)
			}
		case err == nil, c.want != nil && !errors.Is(err, c.want), !strings.Contains(err.Error(), c.words), x != outbox.Exported{}:
			t.Errorf("%s: %+v, %v", what, x, err)
		case !c.part && got.Len() > 0:
			t.Errorf("%s: %d bytes arrived", what, got.Len())
		}
	}
}

// fullStick takes nothing.
type fullStick struct{}

var errFull = errors.New("no space left")

func (fullStick) Write([]byte) (int, error) { return 0, errFull }

func TestAStickThatIsFullIsNotTakenForADaemonThatDoesNotAnswer(t *testing.T) {
	c := serve(t, desk{queue: &shelf{bundle: []byte("sealed")}})
	if _, err := c.Export(t.Context(), "inps", fullStick{}); !errors.Is(err, errFull) || errors.Is(err, ErrNoAnswer) {
		t.Errorf("%v", err)
	}
}

func TestEachConfirmationIsBelievedOnItsOwn(t *testing.T) {
	c := serve(t, desk{queue: newShelf()})
	file := strings.Join([]string{
		"INPS says id-2", "", "somebody says id-1", "INPS says id-3\r", "INPS says id-9", strings.Repeat("x", confirmationLargest+1), "  INPS says id-2",
	}, "\n")
	got, err := c.Import(t.Context(), strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	want := []Taken{
		{Line: 1, Outcome: Confirmed, Claim: "PUE-0421-CCCC-DDDD", Protocol: "INPS.7"},
		{Line: 3, Outcome: NotBelieved, Why: "signature does not verify"},
		{Line: 4, Outcome: KnownBefore, Claim: "PUE-0421-EEEE-FFFF", Protocol: "INPS.1"},
		{Line: 5, Outcome: NotHere, Protocol: "INPS.7", Why: outbox.ErrNoEntry.Error()},
		{Line: 6, Outcome: NotBelieved, Why: "longer than 16 KiB"},
		{Line: 7, Outcome: KnownBefore, Claim: "PUE-0421-CCCC-DDDD", Protocol: "INPS.7"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, one := range got {
		if one.Outcome.Good() != (one.Why == "") {
			t.Errorf("%+v", one)
		}
	}
}

func TestAConfirmationOfAnotherBodyOrThatIsNotStoredIsNotGood(t *testing.T) {
	for failure, want := range map[error]Outcome{outbox.ErrUnknownOutcome: NotBelieved, errors.New("disk is broken"): NotStored} {
		s := newShelf()
		s.failure = failure
		got, err := serve(t, desk{queue: s}).Import(t.Context(), strings.NewReader("INPS says id-2"))
		if err != nil || len(got) != 1 || got[0].Outcome != want || got[0].Claim != "PUE-0421-CCCC-DDDD" || got[0].Why == "" {
			t.Errorf("%v: %+v, %v", failure, got, err)
		}
	}
}

func TestTooMuchAtOnceIsRefusedAsAWhole(t *testing.T) {
	for what, file := range map[string]string{
		"bytes": strings.Repeat("INPS says id-2 "+strings.Repeat("x", 1<<20)+"\n", 17),
		"lines": strings.Repeat("\n", confirmationsMost) + "INPS says id-2\n",
	} {
		s := newShelf()
		if got, err := serve(t, desk{queue: s}).Import(t.Context(), strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), "at once") || s.entries[1].State != outbox.Stuck {
			t.Errorf("%s: %d taken, %v", what, len(got), err)
		}
	}
}

func TestNothingCarriedWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{&http.Client{Transport: silent{}}}
		for name, ask := range map[string]func() error{
			"export": func() error { _, err := c.Export(t.Context(), "inps", io.Discard); return err },
			"import": func() error { _, err := c.Import(t.Context(), strings.NewReader("")); return err },
			"retry":  func() error { _, err := c.Retry(t.Context(), "id-1"); return err },
			"close":  func() error { _, err := c.CloseSubmission(t.Context(), "id-1"); return err },
		} {
			begun := time.Now()
			if err := ask(); !errors.Is(err, ErrNoAnswer) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v after %v", name, err, time.Since(begun))
			}
		}
	})
}
