package printer

import "time"

// UsualRetractAfter is how long paper waits for a hand when nobody says otherwise:
// an elderly person has taken it by then, or has left.
const UsualRetractAfter = 60 * time.Second

const (
	// retractWait is how long the rollers may take for it.
	retractWait = 5 * time.Second
	// retractTries are enough for paper that slipped; what is still there then
	// waits for a person.
	retractTries = 3
)

// mouth is the paper that waits for a hand.
type mouth struct {
	since    time.Time // zero when there is none
	retracts int       // how often it was told to come back
	next     time.Time // when it is told again
	witness  Witness   // of the document that it is
}

// RetractAfter sets how long paper waits for a hand before the presenter takes it
// back, so that the next person does not find it; 0 leaves it there. It must come
// before [Printer.Run].
func (p *Printer) RetractAfter(d time.Duration) { p.retractAfter = d }

// GivesBackWithin is how long paper stays in the mouth, at most, of a printer that
// takes it back after that time: all tries, and one to see that it is gone. Of one
// that does not, it is how long a person may need.
func GivesBackWithin(after time.Duration) time.Duration {
	if after == 0 {
		after = UsualRetractAfter
	}
	return after + retractTries*retractWait
}

// WhenRetracted has f called each time the presenter has taken back a receipt
// that nobody took, with the [Witness] of its document, which is nil for one that
// an earlier run of the program printed. It must come before [Printer.Run]. The
// goroutine that owns the line waits for f.
func (p *Printer) WhenRetracted(f func(Witness)) { p.whenRetracted = f }

func (p *Printer) retracted(w Witness) {
	p.log.Warn("paper that nobody took was taken back")
	if p.whenRetracted != nil {
		p.whenRetracted(w)
	}
}

// attend watches the mouth, and has forgotten paper taken back. Paper that an
// earlier run of the program left there counts from when it is first seen.
func (t *talk) attend(now time.Time) {
	after := t.p.retractAfter
	switch m := &t.mouth; {
	case !t.p.profile.Presenter.There() || t.underWay() || t.clearing() || t.silent:
	case !t.condition.inMouth && m.since.IsZero():
	case !t.condition.inMouth:
		if m.retracts > 0 {
			t.p.retracted(m.witness)
		}
		*m = mouth{}
	case m.since.IsZero():
		m.since, m.next = now, now.Add(after)
	case after > 0 && m.retracts < retractTries && !now.Before(m.next):
		t.retract(now)
	}
}

func (t *talk) retract(now time.Time) {
	command := t.p.profile.Presenter.Retract
	if len(command) == 0 || !t.quiet() {
		return
	}
	t.queue = append(t.queue, command...)
	t.mouth.retracts++
	t.mouth.next = now.Add(retractWait)
	t.askAll()
}

// hide is what follows the blade when the paper is for nobody.
func (p Presenter) hide() []byte {
	if len(p.Retract) == 0 {
		return p.Present
	}
	return p.Retract
}
