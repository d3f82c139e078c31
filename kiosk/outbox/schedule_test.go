package outbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pue/kiosk/store"
)

var morning = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func citizen(n int) Owner { return Owner{15: byte(n)} }

// wantNext checks what goes next; seq 0 with the wait that is left.
func wantNext(t *testing.T, s *Schedule, now time.Time, seq uint64, wait time.Duration) {
	t.Helper()
	if gotSeq, gotWait := s.Next(now); gotSeq != seq || gotWait != wait {
		t.Errorf("next is %d in %s, want %d in %s", gotSeq, gotWait, seq, wait)
	}
}

func TestAnEmptyScheduleIsIdle(t *testing.T) {
	s := NewSchedule(nil)
	wantNext(t, s, morning, 0, Idle)
	s.Add(1, citizen(1), time.Time{})
	s.Learn(1, ErrNoLine, morning)
	s.Remove(1)
	wantNext(t, s, morning, 0, Idle)
}

func TestOnlyTheFirstOfALaneGoesAndHoldsNoOther(t *testing.T) {
	s := NewSchedule(longest{})
	s.Add(1, citizen(1), morning.Add(time.Hour))
	s.Add(2, citizen(1), time.Time{})
	s.Add(3, citizen(2), time.Time{})
	wantNext(t, s, morning, 3, 0)
	s.Remove(3)
	wantNext(t, s, morning, 0, time.Hour)
	wantNext(t, s, morning.Add(time.Hour), 1, 0)
	s.Remove(1)
	wantNext(t, s, morning, 2, 0)
}

func TestAnOlderOneThatComesBackGoesBeforeTheOthersOfItsLane(t *testing.T) {
	s := NewSchedule(nil)
	for _, seq := range []uint64{5, 3, 9, 7, 1} {
		s.Add(seq, citizen(1), time.Time{})
	}
	for _, seq := range []uint64{1, 3, 5, 7, 9} {
		wantNext(t, s, morning, seq, 0)
		s.Remove(seq)
	}
	wantNext(t, s, morning, 0, Idle)
}

func TestWhatIsSetAsideFreesItsLaneAndComesInItsTime(t *testing.T) {
	s := NewSchedule(nil)
	s.Add(1, citizen(1), time.Time{})
	s.Add(2, citizen(1), time.Time{})
	s.SetAside(1, morning.Add(24*time.Hour))
	wantNext(t, s, morning, 2, 0)
	s.Remove(2)
	s.Kick() // not for this
	wantNext(t, s, morning, 0, 24*time.Hour)
	wantNext(t, s, morning.Add(24*time.Hour), 1, 0)
}

func TestWhatGoesInPiecesLetsAllOthersPassInBetween(t *testing.T) {
	s := NewSchedule(nil)
	for seq := range uint64(4) {
		s.Add(seq+1, citizen(int(seq)), time.Time{})
	}
	for _, seq := range []uint64{1, 2, 3} { // large ones
		wantNext(t, s, morning, seq, 0)
		s.Pass(seq)
	}
	wantNext(t, s, morning, 4, 0)
	s.Remove(4)
	for _, seq := range []uint64{1, 2, 3, 1} { // in turn
		wantNext(t, s, morning, seq, 0)
		s.Pass(seq)
	}
	s.Add(5, citizen(5), time.Time{})
	wantNext(t, s, morning, 5, 0)
	s.Remove(5)
	wantNext(t, s, morning, 2, 0)
	s.Pass(9)
}

func TestASpoiltBodyFreesItsLane(t *testing.T) {
	s := NewSchedule(nil)
	s.Add(1, citizen(1), time.Time{})
	s.Add(2, citizen(1), time.Time{})
	if reason, next := s.Learn(1, store.ErrDamaged, morning); reason != ReasonDamaged || !next.Equal(morning.Add(retryMost)) {
		t.Errorf("learned %s, again at %s", reason, next)
	}
	wantNext(t, s, morning, 2, 0)
	s.Remove(2)
	wantNext(t, s, morning, 0, retryMost)
}

func TestTroubleOfTheLineHoldsAllAndASuccessBringsThemBackSoon(t *testing.T) {
	s := NewSchedule(longest{})
	for n := range 4 {
		s.Add(uint64(n+1), citizen(n), time.Time{})
	}
	now := morning
	for range 12 {
		seq, wait := s.Next(now)
		if wait > 0 {
			t.Fatalf("nothing goes for %s", wait)
		}
		if _, next := s.Learn(seq, ErrUnknownOutcome, now); !next.After(now) {
			t.Fatal("it may go again at once")
		}
		_, wait = s.Next(now)
		now = now.Add(wait)
	}
	s.Remove(4)
	s.Works(now)
	for range 3 {
		_, wait := s.Next(now)
		if now = now.Add(wait); wait > retryFirst {
			t.Fatalf("after the first success the next one waits %s", wait)
		}
		seq, _ := s.Next(now)
		s.Remove(seq)
	}
	wantNext(t, s, now, 0, Idle)
}

func TestAProcessedSubmissionKeepsItsOwnWaitWhenTheLineWorks(t *testing.T) {
	s := NewSchedule(longest{})
	s.Add(1, citizen(1), time.Time{})
	s.Add(2, citizen(2), time.Time{})
	now := morning
	for range 6 { // 2, 4 … 64 s
		s.Learn(1, ErrProcessing, now)
	}
	s.Learn(2, ErrNoLine, now)
	s.Remove(2)
	s.Works(now)
	wantNext(t, s, now, 0, 64*time.Second)
}

func TestAllOfABusyINPSComeBackSpreadOverAsLongAgain(t *testing.T) {
	const asked = 10 * time.Minute
	random := rand.NewPCG(1, 2)
	var quarters [4]int
	for range 4000 {
		s := NewSchedule(random)
		s.Add(1, citizen(1), time.Time{})
		_, next := s.Learn(1, &BusyError{asked}, morning)
		beyond := next.Sub(morning) - asked
		if beyond < 0 || beyond > asked {
			t.Fatalf("back %s after the time asked for", beyond)
		}
		quarters[min(3, 4*beyond/asked)]++
	}
	for i, n := range quarters {
		if n < 850 || n > 1150 {
			t.Errorf("%d of 4000 come back in quarter %d of the spread", n, i+1)
		}
	}
}

// outageOf has a schedule with one submission find INPS gone for so long, and
// then back.
func outageOf(d time.Duration, src rand.Source) (s *Schedule, back time.Time) {
	s = NewSchedule(src)
	s.Add(1, citizen(1), time.Time{})
	s.Learn(1, ErrNoLine, morning)
	back = morning.Add(d)
	s.Learn(1, ErrNoLine, back)
	s.Reachable(back)
	s.Next(back)
	return s, back
}

func TestAfterAShortOutageWhatWaitsGoesOutAtOnceAndAfterALongOneInTurn(t *testing.T) {
	random := rand.NewPCG(1, 2)
	for _, c := range []struct{ outage, most time.Duration }{
		{10 * time.Second, retryFirst},
		{time.Minute, 5 * time.Second},
		{time.Hour, 5 * time.Minute},
		{3 * time.Hour, retryMost},
		{300 * time.Hour, retryMost},
	} {
		var longest time.Duration
		for range 300 {
			s, back := outageOf(c.outage, random)
			_, wait := s.Next(back)
			longest = max(longest, wait)
		}
		if longest > c.most || longest < c.most*9/10 {
			t.Errorf("after %s they come back over %s, want %s", c.outage, longest, c.most)
		}
	}
}

func TestWhoIsTurnedAwayByTheCrowdWaitsForMinutesAndOtherwiseForSeconds(t *testing.T) {
	const asked = 10 * time.Second
	random := rand.NewPCG(1, 2)
	for range 300 {
		s, back := outageOf(3*time.Hour, random)
		_, next := s.Learn(1, &BusyError{asked}, back.Add(time.Minute))
		if wait := next.Sub(back.Add(time.Minute)); wait < asked+crowdLeast*4/5 || wait > asked+crowdLeast+asked {
			t.Fatalf("after a long outage it waits %s", wait)
		}
		s, back = outageOf(time.Minute, random)
		_, next = s.Learn(1, &BusyError{asked}, back.Add(time.Minute))
		if wait := next.Sub(back.Add(time.Minute)); wait < asked || wait > 2*asked {
			t.Fatalf("after a short outage it waits %s", wait)
		}
		s, back = outageOf(3*time.Hour, random)
		late := back.Add(7 * time.Hour)
		_, next = s.Learn(1, &BusyError{asked}, late)
		if wait := next.Sub(late); wait > 2*asked {
			t.Fatalf("long after the outage it waits %s", wait)
		}
	}
}

func TestAWaitThatINPSCannotMeanIsCut(t *testing.T) {
	for _, asked := range []time.Duration{-time.Hour, 0, 365 * 24 * time.Hour} {
		s := NewSchedule(longest{})
		s.Add(1, citizen(1), time.Time{})
		_, next := s.Learn(1, &BusyError{asked}, morning)
		if wait := next.Sub(morning); wait <= 0 || wait > busyMost+retryMost {
			t.Errorf("asked to wait %s, waits %s", asked, wait)
		}
	}
}

// TestTheScheduleDoesWhatAPlainListWould compares random walks with a list that
// is searched from its beginning each time.
func TestTheScheduleDoesWhatAPlainListWould(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	tries := 0
	for walk := range 300 {
		s, plain := NewSchedule(longest{}), &plainList{}
		now := morning
		for step := range 200 {
			now = now.Add(time.Duration(random.IntN(3)) * time.Second)
			seq := uint64(random.IntN(30) + 1)
			switch random.IntN(6) {
			case 0, 1:
				due := time.Time{}
				if random.IntN(2) == 0 {
					due = now.Add(time.Duration(random.IntN(60)) * time.Second)
				}
				s.Add(seq, citizen(int(seq%5)), due)
				plain.add(seq, seq%5, due)
			case 2:
				s.Remove(seq)
				plain.remove(seq)
			case 3:
				due := now.Add(time.Duration(random.IntN(100)) * time.Second)
				s.SetAside(seq, due)
				plain.remove(seq)
				plain.add(seq, 100+seq, due)
			case 4:
				if seq, wait := s.Next(now); wait == 0 {
					_, next := s.Learn(seq, ErrProcessing, now)
					plain.postpone(seq, next)
					tries++
				}
			}
			want, wait := plain.next(now)
			if gotSeq, gotWait := s.Next(now); gotSeq != want || gotWait != wait {
				t.Fatalf("seed %d, walk %d, step %d: next is %d in %s, want %d in %s", seed, walk, step, gotSeq, gotWait, want, wait)
			}
		}
	}
	if tries == 0 {
		t.Error("nothing was ever tried")
	}
}

// plainList is the schedule without trouble of the line, done the plain way.
type plainList struct{ items []plainItem }

type plainItem struct {
	seq, lane uint64
	due       time.Time
}

func (l *plainList) add(seq, lane uint64, due time.Time) {
	if slices.ContainsFunc(l.items, func(i plainItem) bool { return i.seq == seq && i.lane < 100 }) {
		return
	}
	l.remove(seq)
	l.items = append(l.items, plainItem{seq, lane, due})
	slices.SortFunc(l.items, func(x, y plainItem) int { return int(x.seq) - int(y.seq) })
}

func (l *plainList) remove(seq uint64) {
	l.items = slices.DeleteFunc(l.items, func(i plainItem) bool { return i.seq == seq })
}

func (l *plainList) postpone(seq uint64, due time.Time) {
	for i := range l.items {
		if l.items[i].seq == seq {
			l.items[i].due = due
		}
	}
}

func (l *plainList) next(now time.Time) (seq uint64, wait time.Duration) {
	wait = Idle
	seen := map[uint64]bool{}
	for _, i := range l.items {
		if seen[i.lane] {
			continue
		}
		seen[i.lane] = true
		if !i.due.After(now) {
			return i.seq, 0
		}
		wait = min(wait, i.due.Sub(now))
	}
	return 0, wait
}

func TestWhatIsNotInTheScheduleTeachesNothing(t *testing.T) {
	s := NewSchedule(nil)
	if reason, next := s.Learn(7, errors.New("of another"), morning); reason != ReasonUnknown || !next.IsZero() {
		t.Errorf("learned %s, %s", reason, next)
	}
	if s.Trouble() != "" {
		t.Error("the line is in trouble")
	}
}

// BenchmarkScheduleNext is one turn of the sender, with few and with many
// submissions waiting: it should cost the same.
func BenchmarkScheduleNext(b *testing.B) {
	for _, pending := range []int{60, 100_000} {
		b.Run(fmt.Sprintf("pending=%d", pending), func(b *testing.B) {
			s := NewSchedule(rand.NewPCG(1, 2))
			for n := range pending {
				s.Add(uint64(n+1), Owner{byte(n), byte(n >> 8), byte(n >> 16)}, time.Time{})
			}
			now := morning
			for b.Loop() {
				seq, wait := s.Next(now)
				if now = now.Add(wait); wait == 0 {
					s.Learn(seq, ErrProcessing, now)
				}
			}
		})
	}
}
