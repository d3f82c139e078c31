package smartcard

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Trace returns a transport that writes what passes through t to w, one line for
// each command: its bytes, how many came back, the status word, and in words what
// was asked and answered. What a card says of a person is counted, not shown, and
// nothing of a PIN is written, sealed in a secure channel or not.
func Trace(t Transport, w io.Writer) Transport { return &tracer{t: t, w: w} }

// TraceOpenly is [Trace] that shows what the card answers too. The lines are
// about the holder, and for somebody who may read them.
func TraceOpenly(t Transport, w io.Writer) Transport { return &tracer{t: t, w: w, open: true} }

type tracer struct {
	t    Transport
	w    io.Writer
	open bool
}

// maxShown is how many bytes of a command are shown, unless all are: longer ones
// are numbers that say nothing to a reader, as challenges and sealed ones do.
const maxShown = 32

// Transmit implements [Transport].
func (tr *tracer) Transmit(apdu []byte) ([]byte, error) {
	asked := readAPDU(apdu) // now, because a line may wipe what it has sent
	question := asked.words()
	sent := tr.command(asked)
	response, err := tr.t.Transmit(apdu)
	if err != nil {
		tr.line("%s : %s : %s", sent, question, lost(err))
		return response, err
	}
	tr.line("%s > %s : %s", sent, tr.answer(asked, response), joined(question, answerWords(asked.ins, response)))
	return response, nil
}

// Begin implements [Transport].
func (tr *tracer) Begin() error { return tr.say("begin", tr.t.Begin()) }

// End implements [Transport].
func (tr *tracer) End() error { return tr.say("end", tr.t.End()) }

// Reset implements [Transport].
func (tr *tracer) Reset() error { return tr.say("reset", tr.t.Reset()) }

// Close implements [Transport].
func (tr *tracer) Close() error { return tr.say("close", tr.t.Close()) }

// ATR implements [Transport].
func (tr *tracer) ATR() []byte { return tr.t.ATR() }

func (tr *tracer) say(what string, err error) error {
	if err != nil {
		what += " : " + lost(err)
	}
	tr.line("%s", what)
	return err
}

// line writes one line. A trace that cannot be written does not stop a card.
func (tr *tracer) line(format string, args ...any) {
	_, _ = fmt.Fprintf(tr.w, format+"\n", args...)
}

// command shows a command without what nobody may read.
func (tr *tracer) command(c asked) string {
	if c.malformed {
		return "a command of no known form"
	}
	parts := []string{fmt.Sprintf("%02X%02X%02X%02X", c.cla, c.ins, c.p1, c.p2)}
	switch {
	case len(c.data) == 0:
	case c.secret():
		parts = append(parts, fmt.Sprintf("%02X (not shown)", len(c.data)))
	case !tr.open && (len(c.data) > maxShown || c.random()):
		parts = append(parts, fmt.Sprintf("%02X (%d bytes)", len(c.data), len(c.data)))
	default:
		parts = append(parts, fmt.Sprintf("%02X %X", len(c.data), c.data))
	}
	if c.hasLe {
		parts = append(parts, fmt.Sprintf("%02X", c.le))
	}
	return strings.Join(parts, " ")
}

// answer shows a response.
func (tr *tracer) answer(c asked, response []byte) string {
	n := len(response) - 2
	switch {
	case n < 0:
		return fmt.Sprintf("%d bytes, no status", len(response))
	case n == 0:
		return fmt.Sprintf("%X", response)
	case tr.open && !c.malformed && !c.secret():
		return fmt.Sprintf("%X %X", response[:n], response[n:])
	}
	return fmt.Sprintf("(%d bytes) %X", n, response[n:])
}

// lost says in words why there is no answer, without what the line below calls
// its readers and files.
func lost(err error) string {
	switch {
	case errors.Is(err, ErrRemoved):
		return "the card is gone"
	case errors.Is(err, ErrReset):
		return "another program has reset the card"
	}
	return "no answer"
}

func joined(question, answer string) string {
	if answer == "" {
		return question
	}
	return question + ": " + answer
}
