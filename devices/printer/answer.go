package printer

// answer is one thing that a printer said.
type answer struct {
	kind  answerKind
	bits  [4]byte // the first one for kinds of one byte
	text  string  // of a block, without its end
	noise int     // bytes heard before it that mean nothing
}

type answerKind uint8

const (
	answerNothing   answerKind = iota // only noise
	answerRealtime                    // DLE EOT n, 1 byte
	answerAutomatic                   // GS a, 4 bytes
	answerFull                        // Custom: DLE EOT 20 and GS E0h, 4 bytes after the head
	answerQueued                      // GS r, 1 byte
	answerBlock                       // GS ( H and others, to a NUL
)

// Bits that never change tell the answers apart (ESC/POS, "status types").
const (
	fixedMask      = 0x93
	fixedRealtime  = 0x12 // 0xx1xx10
	fixedAutomatic = 0x10 // 0xx1xx00, the first byte of four
	queuedMask     = 0x90 // 0xx0xxxx, also of the last three of automatic status

	headFull       = 0x10 // of Custom's full status, before its mask
	fullStatusMask = 0x0F // paper, user, recoverable and unrecoverable errors

	headProcess = 0x37 // "7": answer of GS ( H
	headText    = 0x5F // "_": answer of GS I

	xon, xoff = 0x11, 0x13

	// longestBlock bounds what a broken printer can make us keep; a process id
	// takes 6 bytes, a model name less than 40.
	longestBlock = 80
)

// listener turns the bytes of a printer into answers. It counts what means
// nothing; XON and XOFF do not count.
type listener struct {
	dialect Dialect
	frame   []byte // the bytes of an automatic or full status so far
	block   []byte // a block so far, with its head
	noise   int
}

// hear takes one byte and returns the answer that it completes, if any.
func (l *listener) hear(b byte) (answer, bool) {
	switch {
	case len(l.block) > 0:
		return l.continueBlock(b)
	case len(l.frame) > 0 && l.dialect == StatusCustom:
		return l.continueFull(b)
	case len(l.frame) > 0:
		return l.continueAutomatic(b)
	}
	return l.start(b)
}

// start takes a byte that no answer before it waits for.
func (l *listener) start(b byte) (answer, bool) {
	switch {
	case b == xon || b == xoff:
	case b == headProcess || b == headText:
		l.block = append(l.block, b)
	case l.dialect == StatusCustom && b == headFull, l.dialect != StatusCustom && b&fixedMask == fixedAutomatic:
		l.frame = append(l.frame, b)
	case b&fixedMask == fixedRealtime:
		return l.complete(answer{kind: answerRealtime, bits: [4]byte{b}})
	case b&queuedMask == 0:
		return l.complete(answer{kind: answerQueued, bits: [4]byte{b}})
	default:
		l.noise++
	}
	return answer{}, false
}

func (l *listener) complete(a answer) (answer, bool) {
	a.noise = l.noise
	l.frame, l.block, l.noise = l.frame[:0], l.block[:0], 0
	return a, true
}

// forget gives up an answer whose rest does not come.
func (l *listener) forget() {
	l.noise += len(l.frame) + len(l.block)
	l.frame, l.block = l.frame[:0], l.block[:0]
}

func (l *listener) continueAutomatic(b byte) (answer, bool) {
	if b&queuedMask != 0 { // cut short: what follows is something else
		l.forget()
		return l.start(b)
	}
	if l.frame = append(l.frame, b); len(l.frame) < 4 {
		return answer{}, false
	}
	return l.complete(answer{kind: answerAutomatic, bits: [4]byte(l.frame)})
}

// continueFull takes any four bytes after head and mask: no bit of them is fixed.
func (l *listener) continueFull(b byte) (answer, bool) {
	if len(l.frame) == 1 && b != fullStatusMask {
		l.forget()
		return l.start(b)
	}
	if l.frame = append(l.frame, b); len(l.frame) < 6 {
		return answer{}, false
	}
	return l.complete(answer{kind: answerFull, bits: [4]byte(l.frame[2:])})
}

func (l *listener) continueBlock(b byte) (answer, bool) {
	switch {
	case b == 0:
		return l.complete(answer{kind: answerBlock, text: string(l.block)})
	case b == xon || b == xoff:
		return answer{}, false
	case b < 0x20 || b > 0x7E || len(l.block) >= longestBlock:
		l.forget()
		return l.start(b)
	}
	l.block = append(l.block, b)
	return answer{}, false
}

// rest returns what was heard and means nothing so far.
func (l *listener) rest() (answer, bool) {
	if l.noise == 0 {
		return answer{}, false
	}
	return l.complete(answer{kind: answerNothing})
}
