package smartcard_test

import (
	"errors"
	"testing"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
)

// scripted answers what it was told, then keeps repeating the last answer.
type scripted struct {
	atr     []byte
	answers [][]byte
	sent    int
}

func (s *scripted) Transmit([]byte) ([]byte, error) {
	s.sent++
	if len(s.answers) == 0 {
		return nil, nil
	}
	a := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return a, nil
}

func (s *scripted) Begin() error { return nil }
func (s *scripted) End() error   { return nil }
func (s *scripted) Reset() error { return nil }
func (s *scripted) ATR() []byte  { return s.atr }
func (s *scripted) Close() error { return nil }

// meant reports whether an error says what a session must know.
func meant(err error) bool {
	var refused *smartcard.PINError
	return errors.Is(err, smartcard.ErrUnreadable) || errors.Is(err, smartcard.ErrUnsupported) ||
		errors.Is(err, smartcard.ErrRemoved) || errors.Is(err, smartcard.ErrPINRequired) || errors.As(err, &refused)
}

func TestACardThatMakesNoSenseEndsQuicklyAsUnreadable(t *testing.T) {
	cns := fromHex(t, plainATR)
	long := append(make([]byte, 300), 0x90, 0x00)
	for name, c := range map[string]struct {
		atr     []byte
		answers [][]byte
	}{
		"nothing":                    {cns, nil},
		"one byte":                   {cns, [][]byte{{0x90}}},
		"a status of no form":        {cns, [][]byte{{0x12, 0x34}}},
		"procedure byte":             {cns, [][]byte{{0x60, 0x00}}},
		"more than was asked":        {cns, [][]byte{{0x90, 0x00}, long}},
		"endless data":               {cns, [][]byte{{0x61, 0x00}}},
		"endless data, with data":    {cns, [][]byte{append(make([]byte, 256), 0x61, 0x00)}},
		"always another length":      {cns, [][]byte{{0x6C, 0x10}}},
		"success without data":       {cns, [][]byte{{0x90, 0x00}}},
		"end of file at once":        {cns, [][]byte{{0x90, 0x00}, {0x62, 0x82}}},
		"an error after data":        {cns, [][]byte{{0x90, 0x00}, {1, 2, 3, 0x64, 0x00}}},
		"nothing, without an ATR":    {nil, nil},
		"success to every question":  {[]byte{0x3B, 0x80}, [][]byte{{0x90, 0x00}}},
		"nonsense to every question": {[]byte{0x3B, 0x80}, [][]byte{{0xFF, 0xFF}}},
	} {
		s := &scripted{atr: c.atr, answers: c.answers}
		err := journey(s, nil)
		if !errors.Is(err, smartcard.ErrUnreadable) {
			t.Errorf("%s: %v, want ErrUnreadable", name, err)
		}
		if s.sent > 200 {
			t.Errorf("%s: took %d commands", name, s.sent)
		}
	}
}

func TestAPINIsSentOnceWhateverTheCardAnswers(t *testing.T) {
	for _, answer := range [][]byte{
		nil,
		{0x90},
		{0x6C, 0x08},
		{0x61, 0x08},
		{0x63, 0xC1},
		{0x63, 0x00},
		{0x69, 0x82},
		{0x64, 0x00},
		{0x6A, 0x86},
	} {
		s := &scripted{atr: fromHex(t, plainATR), answers: [][]byte{answer}}
		card, err := smartcard.Open(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := card.VerifyPIN([]byte(pin)); !meant(err) || errors.Is(err, smartcard.ErrPINRequired) {
			t.Errorf("%X: error is %v", answer, err)
		}
		if s.sent != 1 {
			t.Errorf("%X: the PIN was sent %d times", answer, s.sent)
		}
	}
}

// kept keeps the slices that it is sent, as a careless line would.
type kept struct {
	smartcard.Transport
	sent [][]byte
}

func (k *kept) Transmit(apdu []byte) ([]byte, error) {
	k.sent = append(k.sent, apdu)
	return k.Transport.Transmit(apdu)
}

func TestThePINIsWipedFromTheCommand(t *testing.T) {
	transport, _ := insert(t, issue(t, nil))
	k := &kept{Transport: transport}
	card, err := smartcard.Open(k, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		t.Fatal(err)
	}
	for _, b := range k.sent[0] {
		if b != 0 {
			t.Fatal("the command still holds the PIN")
		}
	}
}

// stingy is a line in the manner of T=0: no Le after data, data only through
// GET RESPONSE in small pieces, and 6Cxx when Le is not exact.
type stingy struct {
	smartcard.Transport
	pending []byte
}

func (s *stingy) Transmit(apdu []byte) ([]byte, error) {
	if apdu[1] == 0xC0 {
		n := min(int(apdu[4]), len(s.pending))
		data := s.pending[:n:n]
		s.pending = s.pending[n:]
		return append(data, s.more()...), nil
	}
	s.pending = nil
	isRead := apdu[1] == 0xB0 && len(apdu) == 5
	r, err := s.Transport.Transmit(apdu)
	if err != nil || len(r) < 3 {
		return r, err
	}
	data := r[:len(r)-2]
	if want := int(apdu[len(apdu)-1]); isRead && want != len(data)&0xFF {
		return []byte{0x6C, byte(len(data))}, nil
	}
	if isRead {
		return r, nil
	}
	s.pending = data
	return s.more(), nil
}

func (s *stingy) more() []byte {
	if n := min(len(s.pending), 100); n > 0 {
		return []byte{0x61, byte(n)}
	}
	return []byte{0x90, 0x00}
}

func TestACardThatHandsOutItsAnswersInPiecesIsUnderstood(t *testing.T) {
	sim := issue(t, func(i *issued) { i.personal = i.hashed }) // ends before 256 bytes: 6Cxx
	transport, _ := insert(t, sim)
	if err := journey(&stingy{Transport: transport}, nil); err != nil {
		t.Error(err)
	}
}

// sparing gives out 100 bytes at most, and says nothing of the rest.
type sparing struct{ smartcard.Transport }

func (s *sparing) Transmit(apdu []byte) ([]byte, error) {
	if len(apdu) == 5 && apdu[1] == 0xB0 && (apdu[4] == 0 || apdu[4] > 100) {
		apdu = append(apdu[:4:4], 100)
	}
	return s.Transport.Transmit(apdu)
}

func TestACardThatGivesLessThanWasAskedIsAskedForTheRest(t *testing.T) {
	for name, hashed := range map[string]func(*issued){
		"hash over the data": nil, "hash over the file": func(i *issued) { i.hashed = i.personal },
	} {
		transport, _ := insert(t, issue(t, hashed))
		if err := journey(&sparing{transport}, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func fromHex(t testing.TB, s string) []byte {
	t.Helper()
	c, err := cardsim.Parse([]byte(`{"atr": "` + s + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	return c.ATR()
}
