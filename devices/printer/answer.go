package printer

// answer is one thing that a printer said: the status bits of DLE EOT, an
// automatic status, the answer to a question that waited its turn, or a block.
type answer struct {
	kind answerKind
	bits [4]byte // the first one for kinds of one byte
	text string  // of a block, without its end
}

type answerKind uint8

const (
	answerRealtime  answerKind = iota + 1 // DLE EOT n, 1 byte
	answerAutomatic                       // GS a, 4 bytes
	answerQueued                          // GS r, 1 byte
	answerBlock                           // GS ( H and others, to a NUL
)

// Bits that never change tell the answers apart (ESC/POS, "status types").
const (
	fixedMask      = 0x93
	fixedRealtime  = 0x12 // 0xx1xx10
	fixedAutomatic = 0x10 // 0xx1xx00, the first byte of four
	queuedMask     = 0x90 // 0xx0xxxx, also of the last three of automatic status

	headProcess = 0x37 // "7": answer of GS ( H
	headText    = 0x5F // "_": answer of GS I

	// longestBlock bounds what a broken printer can make us keep; a process id
	// takes 6 bytes, a model name less than 40.
	longestBlock = 80
)

// listener turns the bytes of a printer into answers. Bytes that mean nothing,
// such as XON and line noise, are dropped.
type listener struct {
	automatic []byte // the bytes of an automatic status so far
	block     []byte // a block so far, with its head
}

// hear takes one byte and returns the answer that it completes, if any.
func (l *listener) hear(b byte) (answer, bool) {
	switch {
	case len(l.block) > 0:
		return l.continueBlock(b)
	case len(l.automatic) > 0 && b&queuedMask == 0:
		return l.continueAutomatic(b)
	}
	l.automatic = l.automatic[:0] // cut short: what follows is something else
	switch {
	case b == headProcess || b == headText:
		l.block = append(l.block, b)
	case b&fixedMask == fixedRealtime:
		return answer{kind: answerRealtime, bits: [4]byte{b}}, true
	case b&fixedMask == fixedAutomatic:
		l.automatic = append(l.automatic, b)
	case b&queuedMask == 0:
		return answer{kind: answerQueued, bits: [4]byte{b}}, true
	}
	return answer{}, false
}

func (l *listener) continueAutomatic(b byte) (answer, bool) {
	l.automatic = append(l.automatic, b)
	if len(l.automatic) < 4 {
		return answer{}, false
	}
	a := answer{kind: answerAutomatic, bits: [4]byte(l.automatic)}
	l.automatic = l.automatic[:0]
	return a, true
}

func (l *listener) continueBlock(b byte) (answer, bool) {
	if b != 0 {
		if l.block = append(l.block, b); len(l.block) > longestBlock {
			l.block = l.block[:0]
		}
		return answer{}, false
	}
	a := answer{kind: answerBlock, text: string(l.block)}
	l.block = l.block[:0]
	return a, true
}
