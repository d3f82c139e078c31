package printer

import (
	"slices"
	"time"

	"pue/devices"
)

// tolerated is how many bytes without a meaning may come with an answer that is
// believed: a switch that closes makes a few, a printer at another speed or a
// modem makes more.
const tolerated = 8

// askAll begins a round of questions, if the printer may be asked at all.
func (t *talk) askAll() {
	if q := t.p.profile.Dialect.questions(); len(q) > 0 && t.asked == 0 {
		t.rounds.begun++
		t.ask(q[0])
	}
}

// ask sends DLE EOT n. Only one question is ever open: the answers do not say
// what they answer.
func (t *talk) ask(n byte) {
	t.noteAsked(n, time.Now())
	t.queue = append(t.queue, dle, 4, n)
}

func (t *talk) hear(a answer) {
	t.suspect(a.noise)
	if a.kind == answerNothing || t.noise > tolerated && a.kind != answerBlock {
		return // the question that waits will count as missed
	}
	if !t.expects(a) {
		t.suspect(1)
		return
	}
	t.doubt(time.Now())
	t.strange = t.strange || t.silent || t.isLate() // it may have been switched off and on
	t.answered, t.silent, t.missed = true, false, 0
	if t.isLate() {
		t.late = time.Time{}
		t.show()
	}
	switch a.kind {
	case answerRealtime:
		t.hearRealtime(a.bits[0])
	case answerAutomatic:
		t.outdated = t.asked != 0
		t.learn(fromAutomatic(a.bits))
	case answerFull:
		t.hearFull(fromFull(a.bits))
	case answerQueued:
		t.hearQueued()
	case answerBlock:
		t.hearBlock(a.text)
	}
}

// suspect counts bytes that no printer says, or not now.
func (t *talk) suspect(bytes int) {
	t.noise += bytes
	if t.job != nil {
		t.job.noise += bytes
	}
}

// expects says whether an answer fits the printer and the moment. A status may
// come unasked; an answer comes only to a question.
func (t *talk) expects(a answer) bool {
	switch a.kind {
	case answerRealtime:
		return t.asked != 0 && t.p.profile.Dialect != StatusCustom
	case answerQueued:
		return t.owed > 0
	case answerBlock:
		return t.isProcessID(a.text)
	}
	return true
}

// hearRealtime collects a round of four answers.
func (t *talk) hearRealtime(bits byte) {
	t.noteAnswered(time.Now())
	t.round[t.asked-1] = bits
	if t.asked < 4 {
		t.ask(t.asked + 1)
		return
	}
	t.endRound()
	if !t.outdated {
		t.learn(fromRealtime(t.round))
	}
	t.outdated = false
	t.admit()
	t.vouch()
}

// hearFull takes a whole round at once, asked for or not: both look alike.
func (t *talk) hearFull(c condition) {
	asked := t.asked != 0
	if asked {
		t.noteAnswered(time.Now())
		t.endRound()
	}
	t.learn(c)
	t.watchMotor(c, asked)
	if asked {
		t.admit()
		t.vouch()
	}
}

func (t *talk) endRound() {
	t.asked, t.noise = 0, 0
	t.rounds.ended++
	t.askNext = time.Now().Add(t.pollEvery())
}

// learn takes in what the printer says about itself.
func (t *talk) learn(c condition) {
	recovered := t.job != nil && !t.ready
	t.considerRecovery(t.condition, c)
	t.condition = c
	if t.underWay() && c.missedBytes {
		t.job.garbled = true
	}
	t.show()
	switch {
	case t.job == nil:
	case c.fatal:
		t.giveUp(c.status().Reason)
	case recovered && t.ready && t.job.stage == confirming:
		t.job.deadline = time.Now().Add(t.confirmWait(t.job.size))
	}
}

// show tells everybody how the printer is. Paper in the mouth is no news while a
// document comes out, or while leftovers are taken back.
func (t *talk) show() {
	c := t.condition
	c.inMouth = c.inMouth && !t.underWay() && !t.clearing()
	s := c.status()
	t.ready = s.State == devices.Ready
	t.excused = t.excused || !t.ready
	t.p.setStatus(s)
}

// miss counts a question without an answer, or with one amid noise.
func (t *talk) miss() {
	t.babbled = t.babbled || t.noise > tolerated
	t.asked, t.askNext, t.outdated, t.noise = 0, time.Now(), false, 0
	if t.missed++; t.missed < silentAfter {
		return
	}
	t.silent = true
	if t.p.profile.MayBeSilent && !t.answered && !t.babbled {
		t.assumeReady("printer answers no questions")
		return
	}
	s := t.silence()
	t.ready = false
	t.p.setStatus(s)
	if t.job != nil && t.job.stage == asking {
		t.giveUp(s.Reason)
	}
}

// assumeReady is for printers that tell nothing.
func (t *talk) assumeReady(why string) {
	t.ready = true
	t.p.setStatus(devices.Status{State: devices.Ready, Detail: why, Since: time.Now()})
	t.admit()
}

// silence is the status of a printer that says nothing that can be understood.
func (t *talk) silence() devices.Status {
	s := devices.Status{State: devices.Failed, Reason: "no-answer", Detail: "printer does not answer", Since: time.Now()}
	switch waits, known := t.toldToWait(); {
	case t.babbled && !t.answered:
		s.Reason, s.Detail = "wrong-device", "what is on the line does not talk as a printer does: another device, or another speed"
	case t.babbled:
		s.Detail = "what the printer says cannot be understood"
	case known && waits:
		s.Detail = "printer does not answer: it says wait, or the cable lacks CTS"
	}
	return s
}

// toldToWait asks the line whether its CTS wire is down.
func (t *talk) toldToWait() (waits, known bool) {
	wired, ok := t.line.(interface{ ClearToSend() (bool, bool) })
	if !ok {
		return false, false
	}
	clear, known := wired.ClearToSend()
	return !clear, known
}

// isProcessID says whether a block is 37h 22h and four characters (GS ( H fn 48).
func (t *talk) isProcessID(block string) bool {
	return len(block) == 6 && slices.Equal([]byte(block[:2]), []byte{headProcess, 0x22})
}
