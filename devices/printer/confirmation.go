package printer

import "time"

// calmPolls in a row have to find the printer at rest: one may have been sent
// before the printer began.
const calmPolls = 2

// confirmWait is how long a working printer may take from the last byte to its
// confirmation. 9600 baud carry 960 bytes per second, and the slowest heads print
// 60 mm/s, of which 50 bytes of text make a line of 4 mm; what does not fit into
// the 4 KB of its buffer has been printed by then. The rest is the cut and a
// margin.
func confirmWait(bytes int) time.Duration {
	const buffer = 4096
	wire, head := time.Duration(bytes)*time.Second/960, time.Duration(min(bytes, buffer))*time.Millisecond*4/3
	return 6*time.Second + wire + head
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
// the writer's report that the question has left.
func (t *talk) confirm() {
	if j := t.job; j != nil && j.stage == confirming && j.confirmed {
		t.job = nil
		t.mouth = mouth{witness: j.witness}
		t.show()
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
// owed belongs to the job. A single byte of noise could be one, too, so that on a
// line with noise none is believed.
func (t *talk) hearQueued() {
	if t.owed--; t.owed == 0 && t.job != nil && t.job.stage != asking && t.job.noise == 0 && len(t.queue) == 0 {
		t.job.confirmed = true
		t.confirm()
	}
}

// watchMotor confirms by polling: the printer was seen at work, then at rest
// without trouble, and where there is a mouth the paper was seen in it.
func (t *talk) watchMotor(c condition, asked bool) {
	j := t.job
	if !t.underWay() || t.p.profile.Confirm != ByPolling {
		return
	}
	j.moved = j.moved || c.busy || c.inMouth
	j.shown = j.shown || c.inMouth || !t.p.profile.Presenter.There()
	if c.busy || !t.ready || !asked || j.stage != confirming {
		j.calm = 0
		return
	}
	if j.calm++; j.calm >= calmPolls && j.moved && j.shown && j.noise == 0 {
		j.confirmed = true
		t.confirm()
	}
}
