package smartcard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// answering is a card that gives one answer to everything.
type answering struct {
	answers [][]byte
	sent    [][]byte
}

func (a *answering) Transmit(apdu []byte) ([]byte, error) {
	a.sent = append(a.sent, bytes.Clone(apdu))
	answer := a.answers[0]
	if len(a.answers) > 1 {
		a.answers = a.answers[1:]
	}
	if answer == nil {
		return nil, ErrRemoved
	}
	return answer, nil
}

func (*answering) Begin() error { return nil }
func (*answering) End() error   { return nil }
func (*answering) Reset() error { return nil }
func (*answering) ATR() []byte  { return []byte{0x3B, 0x00} }
func (*answering) Close() error { return nil }

// counterpart secures answers as a card does, with any objects in any order.
type counterpart struct{ *messaging }

func newPair(t testing.TB, answers ...[]byte) (*channel, counterpart, *answering) {
	v := readVectors(t)
	card := &answering{answers: answers}
	start := make([]byte, 8)
	start[7] = 1
	return &channel{line: &line{t: card}, messaging: v.at(start)}, counterpart{v.at(start)}, card
}

func (c counterpart) seal(counter uint64, objects ...[]byte) []byte {
	body := bytes.Join(objects, nil)
	c.counter = counter
	return appendObject(body, objMAC, c.mac(c.counted(nil), bytes.Clone(body)))
}

func (c counterpart) data(plain []byte) []byte { return c.conceal(0, plain) }

func statusObject(sw uint16) []byte {
	return appendObject(nil, objStatus, binary.BigEndian.AppendUint16(nil, sw))
}

// raw is an encrypted object whose text was not padded.
func (c counterpart) raw(blocks []byte, indicator byte) []byte {
	o, _, _ := nextObject(c.conceal(0, blocks))
	text := bytes.Clone(o.value[:len(o.value)-8]) // drops the block of padding
	text[0] = indicator
	return appendObject(nil, objEncrypted, text)
}

func TestAnAnswerThatIsNotSecuredAsItShouldBeEndsTheChannel(t *testing.T) {
	_, c, _ := newPair(t, nil)
	const next = 2 // the counter of the first answer
	ok := statusObject(0x9000)
	outer := []byte{0x90, 0x00}
	good := c.seal(next, c.data([]byte("text")), ok)
	for name, test := range map[string]struct {
		answer []byte
		want   error
	}{
		"only a status":               {outer, errNotSecured},
		"only a status, an error":     {[]byte{0x69, 0x88}, errNotSecured},
		"no checksum":                 {append(bytes.Clone(ok), outer...), errNotSecured},
		"a wrong checksum":            {append(append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1), outer...), errForged},
		"a short checksum":            {append(appendObject(bytes.Clone(ok), objMAC, []byte{1, 2, 3, 4}), outer...), errMisshapen},
		"of another counter":          {append(c.seal(next+2, c.data([]byte("text")), ok), outer...), errForged},
		"of the command's counter":    {append(c.seal(next-1, ok), outer...), errForged},
		"no status inside":            {append(c.seal(next, c.data([]byte("text"))), outer...), errMisshapen},
		"a status of one byte":        {append(c.seal(next, appendObject(nil, objStatus, []byte{0x90})), outer...), errMisshapen},
		"two statuses":                {append(c.seal(next, ok, statusObject(0x63C2)), outer...), errMisshapen},
		"data twice":                  {append(c.seal(next, c.data([]byte("a")), c.data([]byte("b")), ok), outer...), errMisshapen},
		"data after the status":       {append(c.seal(next, ok, c.data([]byte("a"))), outer...), errMisshapen},
		"something after the end":     {append(append(bytes.Clone(good), 0x99, 0x02, 0x90, 0x00), outer...), errMisshapen},
		"an object nobody knows":      {append(c.seal(next, appendObject(nil, 0x81, []byte("plain")), ok), outer...), errMisshapen},
		"another padding indicator":   {append(c.seal(next, c.raw(bytes.Repeat([]byte{0x80}, 8), 0x02), ok), outer...), errMisshapen},
		"no padding":                  {append(c.seal(next, c.raw([]byte("12345678"), 0x01), ok), outer...), errMisshapen},
		"padding longer than a block": {append(c.seal(next, c.raw(append([]byte{0x80}, make([]byte, 15)...), 0x01), ok), outer...), errMisshapen},
		"no text":                     {append(c.seal(next, appendObject(nil, objEncrypted, []byte{0x01}), ok), outer...), errMisshapen},
		"half a block":                {append(c.seal(next, appendObject(nil, objEncrypted, []byte{0x01, 2, 3, 4, 5}), ok), outer...), errMisshapen},
		"nothing in the object":       {append(c.seal(next, appendObject(nil, objEncrypted, nil), ok), outer...), errMisshapen},
		"no objects":                  {append([]byte("text"), outer...), errMisshapen},
		"a length beyond the end":     {[]byte{0x87, 0x7F, 0x01, 0x90, 0x00}, errMisshapen},
		"an indefinite length":        {[]byte{0x87, 0x80, 0x01, 0x90, 0x00}, errMisshapen},
		"another length is wanted":    {[]byte{0x6C, 0x10}, errNotSecured},
		"no end":                      {[]byte{0x61, 0x10}, ErrUnreadable},
		"more than fits":              {append(make([]byte, 300), outer...), ErrUnreadable},
		"gone":                        {nil, ErrRemoved},
	} {
		t.Run(name, func(t *testing.T) {
			ch, _, card := newPair(t, test.answer)
			data, err := ch.exchange(command{ins: insVerify, p2: keyPIN, data: []byte("12345678")})
			if !errors.Is(err, test.want) || !errors.Is(err, ErrUnreadable) && test.want != ErrRemoved {
				t.Errorf("%X, %v, want %v", data, err, test.want)
			}
			verifies := 0
			for _, apdu := range card.sent {
				if apdu[1] == insVerify {
					verifies++
				}
			}
			if verifies != 1 || len(card.sent) > 1+maxRounds {
				t.Errorf("the PIN was sent %d times in %d commands", verifies, len(card.sent))
			}
			before := len(card.sent)
			if _, err := ch.exchange(command{ins: insReadBinary, le: 8}); !errors.Is(err, ErrPINRequired) || len(card.sent) != before {
				t.Errorf("the channel is used after it broke: %v", err)
			}
		})
	}
}

func TestAnErrorInsideTheChannelLeavesItOpen(t *testing.T) {
	_, c, _ := newPair(t, nil)
	refusal := append(c.seal(2, statusObject(0x6A82)), 0x6A, 0x82)
	success := append(c.seal(4, c.data([]byte("text")), statusObject(0x9000)), 0x90, 0x00)
	ch, _, _ := newPair(t, refusal, success)
	if _, err := ch.exchange(command{ins: insSelect, data: []byte{1, 2}}); !errors.Is(err, swFileNotFound) {
		t.Errorf("%v, want that the file is not there", err)
	}
	if data, err := ch.exchange(command{ins: insReadBinary, le: 8}); err != nil || string(data) != "text" {
		t.Errorf("then %q, %v", data, err)
	}
}

func TestALongCommandIsSecuredPieceByPiece(t *testing.T) {
	_, c, _ := newPair(t, nil)
	answer := func(counter uint64) []byte { return append(c.seal(counter, statusObject(0x9000)), 0x90, 0x00) }
	ch, _, card := newPair(t, answer(2), answer(4), answer(6))
	if _, err := ch.exchange(command{ins: insPSO, p2: 0xAE, data: make([]byte, 500), le: 8}); err != nil {
		t.Fatal(err)
	}
	var classes []byte
	for _, apdu := range card.sent {
		classes = append(classes, apdu[0])
		if len(apdu) > 261 {
			t.Errorf("a command of %d bytes", len(apdu))
		}
	}
	if !bytes.Equal(classes, []byte{0x1C, 0x1C, 0x0C}) {
		t.Errorf("classes are %X", classes)
	}
}

func TestThePINIsWipedFromASecuredCommand(t *testing.T) {
	kept := &keeping{}
	ch, _, _ := newPair(t, nil)
	ch.line.t = kept
	_, _ = ch.exchange(command{ins: insVerify, p2: keyPIN, data: []byte("12345678")})
	for _, b := range kept.sent {
		if b != 0 {
			t.Fatal("the command still holds what the PIN became")
		}
	}
}

// keeping keeps the slice that it is sent, as a careless line would.
type keeping struct {
	answering
	sent []byte
}

func (k *keeping) Transmit(apdu []byte) ([]byte, error) {
	k.sent = apdu
	return []byte{0x69, 0x88}, nil
}

func FuzzSecuredAnswers(f *testing.F) {
	for _, v := range readVectors(f).Answers {
		f.Add([]byte(v.Answer), uint64(1))
	}
	_, c, _ := newPair(f, nil)
	f.Add(c.seal(2, statusObject(0x9000)), uint64(1))
	v := readVectors(f)
	f.Fuzz(func(t *testing.T, answer []byte, counter uint64) {
		m := v.at(binary.BigEndian.AppendUint64(nil, counter+1))
		data, sw, err := m.unwrap(answer)
		if err != nil && (data != nil || !errors.Is(err, ErrUnreadable)) {
			t.Errorf("%X, %v", data, err)
		}
		if err == nil && (sw == 0 || len(data) >= len(answer)) {
			t.Errorf("status %04X with %d bytes of %d", uint16(sw), len(data), len(answer))
		}
		// The same objects with a right checksum get further.
		sealed := counterpart{v.at(make([]byte, 8))}.seal(counter+1, answer)
		m.counter = counter
		if data, _, err := m.unwrap(sealed); err != nil && (data != nil || !errors.Is(err, ErrUnreadable)) {
			t.Errorf("sealed: %X, %v", data, err)
		}
	})
}

func TestParametersThatWouldGiveTheSecretAwayAreRefused(t *testing.T) {
	v := readVectors(t).Agreement
	good := domain{v.G, v.P, v.Q}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	even := bytes.Clone(v.P)
	even[len(even)-1] &^= 1
	huge := append([]byte{0xFF}, v.P...)
	less := number(v.P)
	less.Sub(less, number([]byte{1}))
	for name, d := range map[string]domain{
		"nothing":             {},
		"no generator":        {nil, v.P, v.Q},
		"generator 1":         {[]byte{1}, v.P, v.Q},
		"generator p-1":       {less.Bytes(), v.P, v.Q},
		"generator p":         {v.P, v.P, v.Q},
		"even p":              {v.G, even, v.Q},
		"short p":             {[]byte{2}, v.P[:64], v.Q},
		"p of 2056 bits":      {v.G, huge, v.Q},
		"p with zeros before": {v.G, append([]byte{0}, v.P...), v.Q},
		"no q":                {v.G, v.P, nil},
		"small q":             {v.G, v.P, []byte{0xFB}},
		"even q":              {v.G, v.P, append(bytes.Clone(v.Q[:31]), 0)},
		"q of p":              {v.G, v.P, v.P},
	} {
		if err := d.check(); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v, want ErrUnreadable", name, err)
		}
	}
	for name, half := range map[string][]byte{
		"nothing":  nil,
		"0":        {0},
		"1":        {1},
		"p-1":      less.Bytes(),
		"p":        v.P,
		"p and on": append(bytes.Clone(v.P), 1),
		"too long": append([]byte{0}, v.Chip...),
	} {
		if secret, err := good.shared(half, number(v.X)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("the card's half is %s: %X, %v, want ErrUnreadable", name, secret, err)
		}
	}
}
