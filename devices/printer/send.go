package printer

import (
	"time"

	"pue/devices"
)

// jobs is open only while a job could start at once.
func (t *talk) jobs() <-chan *job {
	if t.job != nil || !t.ready || t.p.dirty || t.tidying || t.owed > 0 && t.answered {
		return nil
	}
	return t.p.jobs
}

func (t *talk) jobCancelled() <-chan struct{} {
	if t.job == nil {
		return nil
	}
	return t.job.ctx.Done()
}

// begin asks the printer how it is before the first byte leaves.
func (t *talk) begin(j *job) {
	t.job = j
	if t.p.profile.Dialect == StatusNone {
		t.admit()
	}
	t.askAll()
}

// admit sends the job that waits for the printer's word, or, when a person has to
// do something first, does not.
func (t *talk) admit() {
	switch {
	case t.job == nil || t.job.stage != asking:
	case t.ready:
		t.send()
	default:
		t.giveUp(t.trouble("no-answer"))
	}
}

func (t *talk) send() {
	j := t.job
	if t.p.profile.Confirm == ByProcessID {
		j.id = t.p.ids.next()
	}
	if err := j.witness.Sending(j.id); err != nil {
		t.giveUp("failed")
		return
	}
	j.stage = sending
	j.add(t.p.profile.Presenter.Present)
	j.add(t.question(j))
}

func (t *talk) awaitConfirmation() {
	t.job.stage = confirming
	t.job.deadline = time.Now().Add(t.confirmWait(t.job.size))
	t.askNext = time.Now().Add(t.pollEvery())
	t.job.witness.Sent()
	t.confirm()
}

// overdue decides about a job whose confirmation did not come. While the printer
// waits for a person, so do we: it goes on after the refill.
func (t *talk) overdue(now time.Time) {
	if !t.silent && !t.ready && t.condition.status().State == devices.Attention {
		t.job.deadline = now.Add(t.confirmWait(t.job.size))
		return
	}
	t.giveUp("no-answer")
}

// trouble is the reason that the printer itself gives, or otherwise.
func (t *talk) trouble(otherwise string) string {
	if r := t.condition.status().Reason; r != "" && !t.silent {
		return r
	}
	return otherwise
}

// giveUp ends the job without a confirmation and, when part of it may still be
// in the printer, has the printer drop it: nothing may surprise the next person.
func (t *talk) giveUp(reason string) {
	j := t.job
	t.job = nil
	t.leaveMilestones()
	if j.stage != asking {
		t.queue = nil
	}
	if j.sent == 0 && !t.flying {
		j.finish(NotPrinted, reason)
		return
	}
	j.finish(Uncertain, reason)
	t.settled = time.Now().Add(settleWait)
	if j.stage == sending || j.loose || !t.ready {
		t.p.dirty = true
		t.queue = append(t.queue, t.p.profile.Drop...)
	}
}
