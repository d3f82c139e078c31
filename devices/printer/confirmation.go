package printer

import "time"

// calmPolls in a row have to find the printer at rest: one may have been sent
// before the printer began.
const calmPolls = 2

// confirmWait is how long a working printer may take from the last byte to its
// confirmation. The slowest heads print 60 mm/s, of which 50 bytes of text make a line
// of 4 mm; what does not fit into the 4 KB of its buffer has been printed by then. The
// rest is the cut and a margin.
func (t *talk) confirmWait(bytes int) time.Duration {
	const buffer, perByte = 4096, time.Millisecond * 4 / 3
	return 6*time.Second + t.wireTime(bytes) + time.Duration(min(bytes, buffer))*perByte
}

// question is what has to be answered after the cut.
func (t *talk) question(j *job) []byte {
	switch t.p.profile.Confirm {
	case ByProcessID:
		return append([]byte{gs, '(', 'H', 6, 0, 48, 48}, j.id...)
	case ByQueuedStatus:
		t.owed++
		return []byte{gs, 'r', 1}
	}
	return nil
}

// confirm ends the job when the printer has answered. The answer may overtake
// the writer's report that the question has left. A receipt of which the printer
// missed bytes, or may have forgotten some, may lack a line, and is not called printed.
func (t *talk) confirm() {
	j := t.job
	if j == nil || j.stage != confirming || !j.confirmed {
		return
	}
	t.job = nil
	t.mouth = mouth{witness: j.witness}
	t.p.dirty = t.p.dirty || j.doubted && j.loose
	t.show()
	defer t.leaveMilestones()
	if j.garbled || j.doubted || t.forgotten(j) {
		j.finish(Uncertain, "line-errors")
		return
	}
	j.finish(Printed, "")
}

// hearBlock compares the process id: 37h 22h and our four characters.
func (t *talk) hearBlock(text string) {
	if t.job != nil && t.job.id != "" && text == "7\""+t.job.id {
		t.job.confirmed = true
		t.confirm()
	}
}

// hearQueued counts the answers of GS r, which all look alike: only the last one
// owed belongs to the job. A single byte of noise could be one, too, and so could
// each byte of a longer answer that has lost its first. So on a line with noise none
// is believed, and the printer has to vouch for it by what it answers next. One that
// answers no other question is taken at its word.
func (t *talk) hearQueued() {
	t.owed--
	switch j := t.job; {
	case t.p.profile.Confirm == ByProcessID:
		if j != nil {
			j.milestones.passed++
		}
	case t.owed > 0 || j == nil || j.stage == asking || j.noise > 0 || len(j.blocks) > 0 || len(t.queue) > 0:
	case t.rounds.ended == 0:
		j.confirmed = true
		t.confirm()
	default:
		j.claimed = t.rounds.begun + 1
		t.askAll()
	}
}

// vouch believes an answer of GS r once a round of questions that began after it
// has brought no noise and no work. A printer in trouble executes nothing in its turn:
// what was taken for its answer was none.
func (t *talk) vouch() {
	j := t.job
	switch {
	case j == nil || j.claimed == 0:
	case t.rounds.begun < j.claimed:
		t.askAll()
	case t.condition.troubled():
		t.suspect(1)
	case t.condition.busy:
		t.askNext = time.Now().Add(pollMotor)
	case j.noise == 0:
		j.confirmed = true
		t.confirm()
	}
}

// watchMotor confirms by polling: the printer was seen at work, then at rest
// without trouble, and where its mouth is watched the paper was seen in it.
func (t *talk) watchMotor(c condition, asked bool) {
	j := t.job
	if !t.underWay() || t.p.profile.Confirm != ByPolling {
		return
	}
	j.moved = j.moved || c.busy || c.inMouth
	j.shown = j.shown || c.inMouth || t.p.profile.Presenter.Mouth == MouthUnknown
	if c.busy || !t.ready || !asked || j.stage != confirming {
		j.calm = 0
		return
	}
	if j.calm++; j.calm >= calmPolls && j.moved && j.shown && j.noise == 0 {
		j.confirmed = true
		t.confirm()
	}
}
