package session

import (
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/smartcard"
)

func TestAClockThatIsWrongRefusesNoCard(t *testing.T) {
	for want, change := range map[Clock]func(*Options, *machine){
		ClockWrong:  func(o *Options, _ *machine) { o.Released = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) },
		ClockUnsure: func(o *Options, _ *machine) { o.ClockTrusted = func() bool { return false } },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := liveWith(t, change)
			w.card.chain = smartcard.ChainExpired
			if got := w.runner.upkeep().Clock; got != want {
				t.Errorf("the clock is %q, want %q", got, want)
			}
			w.logIn(t)
			if zero := w.card.asOf.IsZero(); zero != (want == ClockWrong) {
				t.Errorf("clock %s: the card is judged as of %v", want, w.card.asOf)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.card.chain = smartcard.ChainExpired
		w.slot(smartcard.CardIn)
		w.wants(t, CardProblem)
		if f := w.Snapshot().Fault; *f != FaultCardExpired {
			t.Errorf("a clock that is kept: fault %v", f)
		}
	})
}

func TestACardThatEndedBeforeThisVersionIsRefusedByAnyClock(t *testing.T) {
	released := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for clock, change := range map[Clock]func(*Options, *machine){
		ClockWrong: func(o *Options, _ *machine) { o.Released = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) },
		ClockUnsure: func(o *Options, _ *machine) {
			o.Released, o.ClockTrusted = released, func() bool { return false }
		},
	} {
		for _, holder := range []string{"anna", "bruno"} {
			synctest.Test(t, func(t *testing.T) {
				w := liveWith(t, change)
				w.card.holder, w.card.ended = holder, released.Add(-time.Second)
				w.card.chain = smartcard.ChainUnchecked // as without a clock
				if clock == ClockUnsure {
					w.card.chain = smartcard.ChainExpired
				}
				w.touch(Start, "")
				w.touch(Continue, "")
				w.slot(smartcard.CardIn)
				if holder == "bruno" { // whose card is a CIE
					w.wants(t, PIN)
					w.typePIN(w.card.pin)
				}
				w.wants(t, CardProblem)
				if f := w.Snapshot().Fault; f == nil || *f != FaultCardExpired {
					t.Errorf("%s, clock %s: fault %v", holder, clock, f)
				}
			})
		}
	}
}

func TestAWrongClockIsSaidAtTheDoorAndOnTheBoard(t *testing.T) {
	s := begin(t).happens(UpkeepChanged{Upkeep{Clock: ClockWrong}})
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Fault == nil || *v.Fault != FaultClockWrong || !v.Attention {
		t.Errorf("fault %v, attention %v", v.Fault, v.Attention)
	}
	s.inserts("olga").typesPIN().wants(Board)
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Board.Upkeep.Clock != ClockWrong {
		t.Error("the board does not say it")
	}
	s = begin(t).happens(UpkeepChanged{Upkeep{Clock: ClockUnsure}})
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Fault != nil || v.Attention {
		t.Error("a clock that nobody keeps is no citizen's business")
	}
}
