package session

import (
	"context"
	"errors"
	"time"

	"pue/kiosk/outbox"
)

// Who has a claim code and no card learns where the submission stands, and nothing
// else of it.

// Claims tells where a submission stands by its claim code alone. It counts wrong
// codes, and makes the terminal wait after some.
type Claims interface {
	StatusOf(ctx context.Context, code string) (outbox.ClaimStatus, error)
}

// LookUpCode asks where the submission with that code stands, as it was typed.
type LookUpCode struct {
	Visit uint64
	Typed string
}

// CodeKnown is the end of LookUpCode.
type CodeKnown struct {
	Visit  uint64
	Status outbox.ClaimStatus
	Err    error
}

func (LookUpCode) effect() {}
func (CodeKnown) event()   {}

// code is a claim code being typed, and what it told.
type code struct {
	Typed  string
	Notice string    // message key: why it told nothing
	Until  time.Time // which the notice names
	Busy   bool
	Status *outbox.ClaimStatus
	Back   Screen
}

// CodeView is a claim code and what it told.
type CodeView struct {
	Typed, Notice string
	Until         time.Time
	Busy          bool
	Status        outbox.ClaimStatus
}

func (t *turn) openCode(back Screen) {
	t.s.Citizen.Code = code{Back: back}
	t.show(OwnCode)
}

func (t *turn) touchCode(e Touch) {
	c := &t.s.Citizen.Code
	switch {
	case c.Busy:
	case t.s.Screen == CodeState && e.Act == GoBack:
		t.openCode(c.Back)
	case e.Act == GoBack && c.Back == Welcome:
		t.rest()
	case e.Act == GoBack:
		back := c.Back
		*c = code{}
		t.show(back)
	case t.s.Screen == OwnCode && e.Act == Answer:
		c.Typed, c.Notice, c.Busy = e.Fields["claim"], "", true
		t.do(LookUpCode{Visit: t.s.Visit, Typed: c.Typed})
	}
}

// codeKnown says in plain words where the submission stands, or why that is not told.
func (t *turn) codeKnown(e CodeKnown) {
	c := &t.s.Citizen.Code
	if t.s.Screen != OwnCode || !c.Busy {
		return
	}
	c.Busy = false
	var tooMany *outbox.TooManyTriesError
	switch {
	case e.Err == nil:
		c.Status = &e.Status
		t.show(CodeState)
	case errors.As(e.Err, &tooMany):
		c.Notice, c.Until = "own-code.wait", tooMany.Until
	case errors.Is(e.Err, outbox.ErrNoEntry):
		c.Notice = "own-code.none"
	default:
		c.Notice = "own-code.trouble"
	}
}

func (c *code) view() *CodeView {
	v := &CodeView{Typed: c.Typed, Notice: c.Notice, Until: c.Until, Busy: c.Busy}
	if c.Status != nil {
		v.Status = *c.Status
	}
	return v
}

func (r *runner) lookUpCode(ctx context.Context, e LookUpCode) {
	known := CodeKnown{Visit: e.Visit}
	known.Status, known.Err = r.o.Claims.StatusOf(ctx, e.Typed)
	if known.Err != nil {
		r.o.Log.Info("claim code told nothing", "err", known.Err)
	}
	r.report(known)
}
