package printer

// milestoneEvery is how many bytes of text may pass between two milestones: two lines,
// which costs a receipt 40 bytes. Drawn lines do not count: where all are drawn, on a
// slow line, every byte more is waited for.
const milestoneEvery = 64

// milestones are questions in their turn (GS r 1) among the lines of a document that a
// process id will confirm. A printer that is switched off and on in mid-document has
// forgotten what it held. The rest may still come out, and the process id with it; but
// what it forgot has taken its milestones along, and they are never answered. So even one
// that was back before anybody missed it is noticed (see doubt for the others), unless
// it forgot less than two lines. They can only make a document doubtful: one byte proves
// little.
//
// Process ids cannot serve here: of several that wait for the paper to move only the
// last is answered (Epson, GS ( H fn 48). Where GS r itself confirms there are none: an
// answer too many must not stand for the last one.
type milestones struct {
	unmarked int // bytes of text since the last one
	passed   int // how many were answered
}

// milestone follows a block of the document into the queue.
func (t *talk) milestone(block []byte) {
	m := &t.job.milestones
	if len(block) > pieceSize || len(t.job.blocks) == 0 || !t.keepsMilestones() {
		return
	}
	if m.unmarked += len(block); m.unmarked < milestoneEvery {
		return
	}
	m.unmarked = 0
	t.owed++
	t.queue = append(t.queue, gs, 'r', 1)
}

func (t *talk) keepsMilestones() bool {
	return t.p.profile.Confirm == ByProcessID && t.p.profile.Dialect != StatusNone
}

// forgotten says that the printer, which has answered what stood behind them, will
// never pass some milestones of j. On a line with noise an answer may have been lost on
// its way; and a printer that never answers one has no GS r.
func (t *talk) forgotten(j *job) bool {
	return t.keepsMilestones() && t.owed > 0 && j.milestones.passed > 0 && j.noise == 0
}

// leaveMilestones waits for none of a document that has ended.
func (t *talk) leaveMilestones() {
	if t.keepsMilestones() {
		t.owed = 0
	}
}
