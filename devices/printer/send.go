package printer

import (
	"time"

	"pue/devices"
)

// confirmWait is how long a working printer may take from the last byte to its
// confirmation. The slowest heads print 60 mm/s, 50 bytes make a line of 4 mm,
// and 9600 baud carry 960 bytes per second: 3 ms per byte. The rest is the cut
// and a margin.
func confirmWait(bytes int) time.Duration {
	return 10*time.Second + time.Duration(bytes)*3*time.Millisecond
}

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
	if t.asked == 0 {
		t.ask(1)
	}
}

// admit sends the job or, when a person has to do something first, does not.
func (t *talk) admit() {
	if !t.ready {
		t.giveUp(t.trouble("no-answer"))
		return
	}
	t.send()
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
	t.queue = append(t.queue, j.data...)
	switch t.p.profile.Confirm {
	case ByProcessID:
		t.queue = append(t.queue, gs, '(', 'H', 6, 0, 48, 48)
		t.queue = append(t.queue, j.id...)
	case ByQueuedStatus:
		t.owed++
		t.queue = append(t.queue, gs, 'r', 1)
	}
}

func (t *talk) awaitConfirmation() {
	t.job.stage = confirming
	t.job.deadline = time.Now().Add(confirmWait(len(t.job.data)))
	t.askNext = time.Now().Add(pollEvery)
	t.job.witness.Sent()
	t.confirm()
}

// confirm ends the job when the printer has answered. The answer may overtake
// the writer's report that the question has left.
func (t *talk) confirm() {
	if j := t.job; j != nil && j.stage == confirming && j.confirmed {
		t.job = nil
		j.finish(Printed, "")
	}
}

// hearBlock compares the process id: 37h 22h and our four characters.
func (t *talk) hearBlock(text string) {
	if t.job != nil && t.job.id != "" && text == "7\""+t.job.id {
		t.job.confirmed = true
		t.confirm()
	}
}

// hearQueued counts the answers of GS r, which all look alike: only the last one
// owed belongs to the job.
func (t *talk) hearQueued() {
	if t.owed == 0 {
		return
	}
	if t.owed--; t.owed == 0 && t.job != nil && t.job.stage != asking && len(t.queue) == 0 {
		t.job.confirmed = true
		t.confirm()
	}
}

// overdue decides about a job whose confirmation did not come. While the printer
// waits for a person, so do we: it goes on after the refill.
func (t *talk) overdue(now time.Time) {
	if !t.silent && t.condition.status().State == devices.Attention {
		t.job.deadline = now.Add(confirmWait(len(t.job.data)))
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
	if j.stage != asking {
		t.queue = nil
	}
	if j.sent == 0 && !t.flying {
		j.finish(NotPrinted, reason)
		return
	}
	j.finish(Uncertain, reason)
	t.settled = time.Now().Add(settleWait)
	if j.stage == sending || !t.ready {
		t.p.dirty = true
		t.queue = append(t.queue, t.p.profile.Drop...)
	}
}
