package printer

import "time"

// restartTakes is for how long after a person was told of it a printer still says
// nothing that was switched off and on. With pollBusy, lateAfter and the ticks it makes
// 1.2 s at most, and no printer is off and back sooner (from memory).
const restartTakes = 300 * time.Millisecond

// doubt marks a document in the middle of which the printer said nothing for long
// enough to be switched off and on. It may then have forgotten what it held; the rest
// comes out and is answered all the same, process id and all, so that this answer proves
// nothing any more. Once all of a document has reached the printer there is no such
// rest, and no doubt: the question behind it is forgotten with it. But so is the cut.
func (t *talk) doubt(now time.Time) {
	j := t.job
	if !t.underWay() || !t.away(now) {
		return
	}
	j.doubted = j.doubted || j.stage == sending || t.unseen > 0 || t.p.profile.Confirm == ByPolling
	j.loose = j.loose || len(j.blocks) == 0
}

// away says whether the printer, which has answered before, may be switched off.
func (t *talk) away(now time.Time) bool {
	return t.silent && t.answered || t.isLate() && now.Sub(t.late) >= t.patience()
}

// patience is how long a printer that is on may say nothing. One that has more of a
// document than its buffer holds prints a piece before it takes the next question.
func (t *talk) patience() time.Duration {
	if t.job.sent+pieceSize <= t.p.profile.Buffer {
		return restartTakes
	}
	return restartTakes + pieceSize*headPerByte + cutAndPresent
}
