package session

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
)

// asked are the steps that apply to the answers so far, in order.
func (d *draft) asked() []catalog.Step { return d.Service.Applicable(d.Answers) }

// at is the index of the current step among those asked.
func (d *draft) at() int {
	return max(0, slices.IndexFunc(d.asked(), func(s catalog.Step) bool { return s.ID == d.Step }))
}

func (t *turn) touchForm(e Touch) {
	f := t.s.Citizen.form().clone()
	t.s.Citizen.setForm(f)
	switch {
	case t.s.Screen == Form && e.Act == Answer:
		t.answer(f, picked(e))
	case t.s.Screen == Form && e.Act == GoBack:
		t.stepBack(f)
	case t.s.Screen == Review && e.Act == GoBack:
		t.beforeReview(f)
	case t.s.Screen == Review && e.Act == OpenDocuments:
		t.beforeReview(f)
	case t.s.Screen == Review && e.Act == Page:
		t.s.Citizen.Page = pageOf(e.Value, len(f.asked()), 1)
	case t.s.Screen == Review && e.Act == Change:
		if slices.ContainsFunc(f.asked(), func(s catalog.Step) bool { return s.ID == e.Value }) {
			f.Step, f.FromReview = e.Value, true
			t.show(Form)
		}
	case t.s.Screen == Review && e.Act == Confirm && f.incomplete() && t.canCapture():
		t.beforeReview(f)
	case t.s.Screen == Review && e.Act == Confirm && t.s.Citizen.Cardless:
		t.submit()
	case t.s.Screen == Review && e.Act == Confirm:
		t.askPIN(SignPIN)
	}
}

// picked are the answers of a page; a suggestion that was touched stands for what was
// typed.
func picked(e Touch) map[string]string {
	field, value, suggested := strings.Cut(e.Value, "=")
	if !suggested {
		return e.Fields
	}
	fields := maps.Clone(e.Fields)
	if fields == nil {
		fields = map[string]string{}
	}
	fields[field] = value
	return fields
}

// answer checks one page and goes on, or stays and says what is wrong.
func (t *turn) answer(f *draft, typed map[string]string) {
	i := f.at()
	step := f.asked()[i]
	checked, problems := f.Service.Check(step, f.with(step, typed), t.now)
	f.Typed, f.Problems, f.Resumed = nil, problems, false
	if len(problems) > 0 {
		f.Typed = maps.Clone(typed)
		t.show(Form)
		return
	}
	maps.Copy(f.Answers, checked)
	// A changed answer may have closed a question, or opened one.
	maps.DeleteFunc(f.Answers, func(name, _ string) bool { return !f.asks(name) })
	switch asked := f.asked(); {
	case f.FromReview || i == len(asked)-1:
		open, left := f.Service.Unanswered(f.Answers, t.now)
		if !left {
			t.answersWhole(f)
			return
		}
		f.Step = open.ID
	default:
		f.Step = asked[i+1].ID
	}
	t.show(Form)
}

// answersWhole goes on once all questions have answers.
func (t *turn) answersWhole(f *draft) {
	if t.s.Citizen.Asking != nil {
		f.FromReview = false
		t.query(question{f.Service, f.Service.Asked(f.Answers)})
		return
	}
	t.afterQuestions(f)
}

// with is what to check: the answers so far, with what was typed on this page.
func (d *draft) with(step catalog.Step, typed map[string]string) catalog.Answers {
	a := maps.Clone(d.Answers)
	for _, f := range step.Fields {
		a[f.Name] = typed[f.Name]
	}
	return a
}

func (d *draft) asks(field string) bool {
	return slices.ContainsFunc(d.asked(), func(s catalog.Step) bool {
		return slices.ContainsFunc(s.Fields, func(f catalog.Field) bool { return f.Name == field })
	})
}

func (t *turn) stepBack(f *draft) {
	f.Problems, f.Resumed = nil, false
	switch i := f.at(); {
	case f.FromReview:
		f.FromReview, f.Typed = false, nil
		t.show(Review)
	case i == 0:
		t.goHome()
	default:
		f.Step, f.Typed = f.asked()[i-1].ID, nil
		t.show(Form)
	}
}

// submit hands over what was confirmed, now that the PIN was given for it.
func (t *turn) submit() {
	f := t.s.Citizen.Form.clone()
	f.Unasked = t.s.Citizen.unasked()
	t.s.Citizen.Form = f
	t.show(Saving)
	t.do(Submit{
		Visit: t.s.Visit, Service: f.Service, Answers: f.Service.Asked(f.Answers), Behalf: f.Behalf, Cardless: t.s.Citizen.Cardless, Documents: f.enclosed(),
		Language: t.s.View.Language, Actor: t.actor(), Replaces: f.Replaces, Wait: t.s.reaches(f.Service.Destination),
	})
}

// stored: from here on the submission is safe whatever happens, or it is known
// that nothing was stored.
func (t *turn) stored(e Stored) {
	carded := !t.s.Citizen.Cardless
	switch {
	case t.current(e.Visit) && t.s.Screen == Saving && e.Err == nil:
		t.s.Citizen.Today = t.s.Citizen.without(t.s.Citizen.Form.Replaces)
		t.s.Citizen.did(e.Entry)
		t.s.Citizen.Entry, t.s.Citizen.Form = t.confirmed(e.Entry, t.s.Citizen.Form), nil
	case t.current(e.Visit) && t.s.Screen == Saving && errors.Is(e.Err, outbox.ErrTooLate):
		t.notReplaced(e.First)
	case t.current(e.Visit) && t.s.Screen == Saving && carded && errors.Is(e.Err, smartcard.ErrRemoved):
		t.slipped()
		t.finish(e)
	case t.current(e.Visit) && t.s.Screen == Saving && carded && wasReset(e.Err):
		t.askPINAfterReset(SignPIN)
	case t.current(e.Visit) && t.s.Screen == Saving:
		t.showFault(Review, storeFault(e.Err)) // the form stays: nothing was sent
	case t.s.Finish == e.Visit:
		t.finish(e)
	}
}

// finish ends a submission whose card was pulled while it was being signed. If
// it is stored, the farewell names its code, and its receipt is printed; if not,
// the screen says so, and the form waits for its card.
func (t *turn) finish(e Stored) {
	waits, bidden := t.s.Unsigned, t.s.Screen == Removed || t.s.Screen == Goodbye
	t.s.Finish, t.s.Unsigned = 0, nil
	switch {
	case e.Err == nil:
		t.s.Orders++
		t.do(Print{Visit: e.Visit, Number: t.s.Orders, Order: t.s.paperOf(t.confirmed(e.Entry, waits))})
		if bidden {
			t.s.Farewell.Claim, t.s.Seen = e.Entry.Claim, t.now
		}
		if t.s.Screen == Goodbye && t.s.Printer.State == devices.Ready {
			t.s.Citizen.Papers++
		}
	case bidden:
		t.s.Seen = t.now
		if waits != nil && t.s.Screen == Removed && !errors.Is(e.Err, outbox.ErrTooLate) {
			t.pause(waits)
		}
		t.s.Fault = storeFault(e.Err)
	}
	if e.Err != nil {
		t.do(note(audit.Event{Name: audit.FaultShown, Code: storeFault(e.Err).Code}))
	}
}

// settled shows the truth: filed by INPS, or saved here.
func (t *turn) settled(e Settled) {
	r := *t.s.Citizen.Entry
	r.Entry, r.Alarm = e.Entry, e.Entry.Alarm(t.now)
	t.s.Citizen.Entry = &r
	t.s.Citizen.did(e.Entry)
	t.show(Result)
}

// confirmed is a submission of this very session, made from a draft that may be lost.
func (t *turn) confirmed(e outbox.Entry, from *draft) *Request {
	r := &Request{Entry: e, Alarm: e.Alarm(t.now)}
	if from != nil {
		r.Service, r.Behalf, r.Unasked = from.Service, from.Behalf != nil, from.Unasked
	}
	return r
}

func last[T any](s []T) T { return s[len(s)-1] }
