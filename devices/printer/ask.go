package printer

import (
	"time"

	"pue/devices"
)

// ask sends DLE EOT n. Only one question is ever open: the answers do not say
// what they answer.
func (t *talk) ask(n byte) {
	t.queue = append(t.queue, dle, 4, n)
	t.asked, t.askedAt = n, time.Now()
}

func (t *talk) hear(a answer) {
	if t.silent && t.p.profile.Dialect == StatusAutomatic {
		t.queue = append([]byte{gs, 'a', 0x0E}, t.queue...) // it may have been switched off and on
	}
	t.answered, t.silent, t.missed = true, false, 0
	switch a.kind {
	case answerRealtime:
		t.hearRealtime(a.bits[0])
	case answerAutomatic:
		t.outdated = t.asked != 0
		t.learn(fromAutomatic(a.bits))
	case answerQueued:
		t.hearQueued()
	case answerBlock:
		t.hearBlock(a.text)
	}
}

// hearRealtime collects a round of four answers.
func (t *talk) hearRealtime(bits byte) {
	if t.asked == 0 {
		return // too late, and nobody knows to which question
	}
	t.round[t.asked-1] = bits
	if t.asked < 4 {
		t.ask(t.asked + 1)
		return
	}
	t.asked, t.askNext = 0, time.Now().Add(pollEvery)
	if !t.outdated {
		t.learn(fromRealtime(t.round))
	}
	t.outdated = false
	if t.job != nil && t.job.stage == asking {
		t.admit()
	}
}

// learn takes in what the printer says about itself.
func (t *talk) learn(c condition) {
	recovered := t.job != nil && !t.ready
	t.condition = c
	s := c.status()
	t.ready = s.State == devices.Ready
	t.excused = t.excused || !t.ready
	t.p.setStatus(s)
	switch {
	case t.job == nil:
	case c.fatal:
		t.giveUp(s.Reason)
	case recovered && t.ready && t.job.stage == confirming:
		t.job.deadline = time.Now().Add(confirmWait(len(t.job.data)))
	}
}

// miss counts a question without an answer.
func (t *talk) miss() {
	t.asked, t.askNext, t.outdated = 0, time.Now(), false
	if t.missed++; t.missed < silentAfter {
		return
	}
	t.silent = true
	if t.p.profile.MayBeSilent && !t.answered {
		t.ready = true
		t.p.setStatus(devices.Status{State: devices.Ready, Detail: "printer answers no questions", Since: time.Now()})
		if t.job != nil && t.job.stage == asking {
			t.send()
		}
		return
	}
	t.ready = false
	t.p.setStatus(devices.Status{State: devices.Failed, Reason: "no-answer", Detail: "printer does not answer", Since: time.Now()})
	if t.job != nil && t.job.stage == asking {
		t.giveUp("no-answer")
	}
}
