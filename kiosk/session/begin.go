package session

import (
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
)

// The way to the first question of an application: what was begun before is not
// thrown away without a yes, and nobody types what could not be stored.

// wantForm opens an application, unless another that was begun would be lost.
func (t *turn) wantForm(w wanted) {
	w.Behalf = idOf(t.s.Citizen.Behalf)
	t.s.Citizen.WantsForm = w
	if w.drops(t.s.Citizen.Form) {
		t.show(AskDrop)
		return
	}
	t.prepare()
}

// drops reports whether opening w costs the citizen something that was written.
func (w wanted) drops(begun *draft) bool {
	return begun != nil && !begun.untouched() && !w.continues(begun)
}

// continues: w is what was begun. What is begun again from the list of services
// goes on, whatever it was to take the place of.
func (w wanted) continues(begun *draft) bool {
	return begun != nil && begun.Service.ID == w.Service.ID && idOf(begun.Behalf) == w.Behalf && (w.Replaces == nil || w.Replaces.ID == begun.Replaces)
}

func (t *turn) touchDrop(e Touch) {
	c := &t.s.Citizen
	switch {
	case e.Act == Confirm:
		t.prepare()
	case e.Act == GoBack && c.Opened != nil:
		c.WantsForm = wanted{}
		t.show(OneRequest)
	case e.Act == GoBack, e.Act == GoHome:
		t.goHome()
	}
}

// prepare looks whether the terminal can take an application.
func (t *turn) prepare() {
	t.show(Preparing)
	t.do(LookAfter{Visit: t.s.Visit})
}

// looked lets an application begin, or says why not. What was begun before stays
// until its place is really taken.
func (t *turn) looked(e Looked) {
	t.s.Upkeep = e.Upkeep
	if !t.current(e.Visit) || t.s.Screen != Preparing {
		return
	}
	c := &t.s.Citizen
	w := c.WantsForm
	c.WantsForm = wanted{}
	if f := t.s.Upkeep.refusal(w.Service.Destination); f != (Fault{}) {
		t.showFault(Unavailable, f)
		return
	}
	if !w.continues(c.Form) {
		t.do(note(audit.Event{Name: audit.ServiceOpened}))
		c.Form = &draft{Card: c.Identity.Fingerprint, Service: w.Service, Step: w.Service.Steps[0].ID, Answers: catalog.Answers{}, Behalf: c.Behalf}
		if w.Replaces != nil {
			c.Form.Replaces, c.Form.ReplacesClaim = w.Replaces.ID, w.Replaces.Claim
		}
	}
	t.beforeForm()
}

// beforeForm shows what is to be read before the first question: the notice of an
// authority that is not INPS, once in a visit, and what to have at hand.
func (t *turn) beforeForm() {
	c := &t.s.Citizen
	switch s := c.Form.Service; {
	case s.Destination != catalog.INPS && c.NoticeOf != s.Destination:
		t.show(NoticeOther)
	case c.Form.untouched() && len(s.Reading()) > 0:
		t.showSheet(Bring, s)
	default:
		t.show(Form)
	}
}

func (t *turn) touchNoticeOther(e Touch) {
	c := &t.s.Citizen
	switch {
	case e.Act == Continue:
		c.NoticeOf = c.Form.Service.Destination
		t.beforeForm()
	case e.Act == PrintIt:
		t.print(Order{Kind: PaperNotice, Destination: c.Form.Service.Destination}, NoticeOther)
	case e.Act == GoBack, e.Act == GoHome:
		t.goHome()
	}
}
