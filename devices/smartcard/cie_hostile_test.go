package smartcard_test

import (
	"bytes"
	"errors"
	"testing"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
)

// twisting spoils one answer of a card, and counts what must not be repeated.
type twisting struct {
	smartcard.Transport
	at     int
	twist  func(answer, last []byte) []byte
	asked  int
	pins   int
	before []byte
}

func (w *twisting) Transmit(apdu []byte) ([]byte, error) {
	if apdu[1] == 0x20 {
		w.pins++
	}
	answer, err := w.Transport.Transmit(apdu)
	if w.asked == w.at && err == nil {
		answer = w.twist(bytes.Clone(answer), w.before)
	}
	w.asked++
	w.before = bytes.Clone(answer)
	return answer, err
}

// twists are what may happen to an answer on its way, or be meant by a card.
var twists = []struct {
	name  string
	twist func(answer, last []byte) []byte
}{
	{"a bit turned", func(a, _ []byte) []byte { a[len(a)/3] ^= 0x10; return a }},
	{"only success", func(_, _ []byte) []byte { return []byte{0x90, 0x00} }},
	{"the last answer again", func(_, last []byte) []byte { return last }},
	{"cut short", func(a, _ []byte) []byte { return append(a[:len(a)/2], 0x90, 0x00) }},
	{"refused", func(_, _ []byte) []byte { return []byte{0x69, 0x82} }},
	{"zeros", func(a, _ []byte) []byte { return append(make([]byte, len(a)-2), 0x90, 0x00) }},
}

// tryTwisted goes the whole way with a card one of whose answers is spoilt. It
// must end in an error that means something or in the truth, and with the PIN
// sent once.
func tryTwisted(t *testing.T, sim *cardsim.Card, name string, at int, twist func(answer, last []byte) []byte) (asked int) {
	t.Helper()
	transport, _ := insert(t, sim)
	w := &twisting{Transport: transport.Transport, at: at, twist: twist}
	card, err := smartcard.Open(w, simulation(t))
	if err == nil {
		var id smartcard.Identity
		if id, err = card.Identity(now); err == nil {
			err = rest(card)
		}
		if err == nil && id.NIS.Reveal() != "999000000007" {
			t.Errorf("answer %d, %s: the card is taken for another", at, name)
		}
	}
	if err != nil && !meant(err) {
		t.Errorf("answer %d, %s: the journey ends in %v", at, name, err)
	}
	if w.pins == 0 && errors.Is(err, smartcard.ErrPINRequired) {
		t.Errorf("answer %d, %s: a PIN is asked for before its time: %v", at, name, err)
	}
	if w.pins > 1 || sim.TriesLeft() != 3 {
		t.Errorf("answer %d, %s: the PIN was sent %d times, %d attempts are left", at, name, w.pins, sim.TriesLeft())
	}
	return w.asked
}

func TestOneAnswerThatIsSpoiltEndsInAnErrorOrInTheTruth(t *testing.T) {
	sim := like(t, "enzo", nil)
	whole := tryTwisted(t, sim, "nothing", -1, nil)
	if whole < 50 {
		t.Fatalf("the journey takes %d commands", whole)
	}
	for at := range whole {
		// Each answer meets two of them, and each of them a third of the answers.
		for i := range 2 {
			c := twists[(at+3*i)%len(twists)]
			tryTwisted(t, sim, c.name, at, c.twist)
		}
	}
}

// FuzzAHostileCIE spoils one answer in any way.
func FuzzAHostileCIE(f *testing.F) {
	f.Add(uint8(3), []byte{0x77, 0x82, 0xFF, 0xFF, 0x90, 0x00}, true)
	f.Add(uint8(26), []byte{0x70, 0x03, 0x97, 0x01, 0x02, 0x90, 0x00}, true)
	f.Add(uint8(47), []byte{0x63, 0xC1}, true)
	f.Add(uint8(47), []byte{0x00, 0xFF}, false)
	sim := like(f, "enzo", nil)
	f.Fuzz(func(t *testing.T, at uint8, data []byte, replace bool) {
		tryTwisted(t, sim, "anything", int(at), func(answer, _ []byte) []byte {
			if replace {
				return data
			}
			for i, b := range data {
				if i < len(answer) {
					answer[i] ^= b
				}
			}
			return answer
		})
	})
}
