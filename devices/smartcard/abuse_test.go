package smartcard_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
)

// abuses are the ways in which a card, its holder or the line to it can be bad.
// Each has a number, which elsewhere stands for it, and an outcome that is named
// in its test. What needs more of the terminal than this package is tested there.
var abuses = []struct {
	number    int
	name      string
	test      func(t *testing.T) // nil when it is all elsewhere
	elsewhere []string           // folder and name of tests
}{
	{1, "ATR of any length", anyATR, nil},
	{2, "ATR that changes", changingATR, []string{"devices/smartcard/pcsc.TestACardMayChangeItsATR"}},
	{3, "endless 6Cxx and 61xx", endlessAnswers, nil},
	{4, "more than was asked", longAnswers, nil},
	{5, "nothing, or one byte", shortAnswers, nil},
	{6, "lengths that lie", lyingLengths, nil},
	{7, "certificates of every kind", badCertificates, nil},
	{8, "names that are not names", badNames, nil},
	{9, "codici fiscali", taxCodes, nil},
	{10, "pulled at each command", pulledAtEachCommand, []string{"devices/smartcard/pcsc.TestACardPulledAtAnyCommandIsRemoved", "devices/smartcard.TestACIEThatIsPulledAtAnyCommandIsRemoved"}},
	{11, "swapped between PIN and signature", swapped, []string{"devices/smartcard/pcsc.TestAnotherCardNeverAnswersInTheFirstOnesPlace"}},
	{12, "slow, or never answering", nil, []string{"devices/smartcard/pcsc.TestACallThatDoesNotEndIsLeftBehindAndNoneFollowsIt", "devices/smartcard/pcsc.TestACardThatOthersKeepAndOneThatIsSilentAreGivenUp"}},
	{13, "two readers, two cards", twoReaders, nil},
	{14, "reader unplugged under the PIN", unplugged, []string{"devices/smartcard/pcsc.TestAReaderThatComesBackUnderAnotherNameIsAnother"}},
	{15, "pcscd killed and started", nil, []string{"devices/smartcard/pcsc.TestPCSCDMayDieFiftyTimes"}},
	{16, "the last attempt", lastAttempt, []string{"kiosk/session.TestThePINIsUsedOnceAndWiped"}},
	{17, "PINs that are none", badPINs, nil},
	{18, "a signature of yesterday", replayedSignature, nil},
}

func TestEachAbuseOfACardHasANamedOutcome(t *testing.T) {
	for i, a := range abuses {
		if a.number != i+1 || a.test == nil && a.elsewhere == nil {
			t.Errorf("abuse %d (%s) is out of order, or nobody tests it", a.number, a.name)
		}
		for _, test := range a.elsewhere {
			if !exists(t, test) {
				t.Errorf("abuse %d (%s): there is no %s", a.number, a.name, test)
			}
		}
		if a.test != nil {
			t.Run(fmt.Sprintf("%02d %s", a.number, a.name), a.test)
		}
	}
}

// exists reports whether there is a test of that folder and name.
func exists(t *testing.T, test string) bool {
	t.Helper()
	folder, name, _ := strings.Cut(test, ".")
	files, err := filepath.Glob(filepath.Join("..", "..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	function := regexp.MustCompile(`(?m)^func ` + name + `\(`)
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return function.Match(text)
	})
}

// mostCommands is what a card gets through in five seconds at 25 ms each.
const mostCommands = 200

// guarded fails the test when the reader does what it never may, whatever the
// card says: ask on and on, ask for the counter, change a PIN, or offer one that
// nobody has typed.
type guarded struct {
	smartcard.Transport
	t     testing.TB
	sent  int
	typed int // PINs that were typed
}

func guard(t testing.TB, transport smartcard.Transport) *guarded {
	return &guarded{Transport: transport, t: t}
}

func (g *guarded) Transmit(apdu []byte) ([]byte, error) {
	g.t.Helper()
	if g.sent++; g.sent == mostCommands {
		g.t.Errorf("%d commands and no end", g.sent)
	}
	switch apdu[1] {
	case 0x20:
		if g.typed--; g.typed < 0 || len(apdu) < 6 {
			g.t.Errorf("a VERIFY of %d bytes that nobody asked for", len(apdu))
		}
	case 0x24, 0x2C:
		g.t.Errorf("a command %02X", apdu[1])
	}
	return g.Transport.Transmit(apdu)
}

// goes is a whole visit to a card, with one PIN typed for the log-in and one for
// the confirmation. It returns how it ended.
func (g *guarded) goes() error {
	g.typed = 2
	return journey(g, nil)
}

const enzoATR = "3B8F80018031806549544A3442120FFF8290008B"

// meets lets a card that says always the same meet the reader, whether
// it names itself or is asked.
func meets(t *testing.T, want error, answers ...[]byte) {
	t.Helper()
	for name, atr := range map[string]string{"CNS": plainATR, "CIE": enzoATR, "asked": "3B80800101"} {
		if err := guard(t, &scripted{atr: unhex(atr), answers: slices.Clone(answers)}).goes(); !errors.Is(err, want) {
			t.Errorf("%s, %.8X: %v, want %v", name, answers, err, want)
		}
	}
}

func anyATR(t *testing.T) {
	cns := unhex(plainATR)
	for _, atr := range [][]byte{nil, {0x3B}, cns[:20], append(cns, make([]byte, 33-len(cns))...), make([]byte, 33), bytes.Repeat([]byte{0xFF}, 33), make([]byte, 40), append(cns, make([]byte, 15)...)} {
		s := guard(t, &scripted{atr: atr, answers: [][]byte{{0x6A, 0x82}}})
		err := s.goes()
		if !errors.Is(err, smartcard.ErrUnsupported) && !errors.Is(err, smartcard.ErrUnreadable) {
			t.Errorf("%X: %v", atr, err)
		}
	}
}

// moody answers to reset like another card each time.
type moody struct {
	smartcard.Transport
	atrs [][]byte
}

func (m *moody) ATR() []byte {
	m.atrs = append(m.atrs[1:], m.atrs[0])
	return m.atrs[0]
}

func changingATR(t *testing.T) {
	transport, _ := insert(t, issue(t, nil))
	m := &moody{transport, [][]byte{unhex("3B6800000073C84013009000"), unhex(plainATR), {}}}
	for range m.atrs {
		if err := guard(t, m).goes(); err != nil {
			t.Error(err) // the files decide, and they are the same
		}
		if err := m.End(); err != nil {
			t.Fatal(err)
		}
	}
}

func endlessAnswers(t *testing.T) {
	for _, answer := range [][]byte{{0x61, 0x00}, {0x61, 0x01}, {0x6C, 0x00}, {0x6C, 0x10}, append(make([]byte, 256), 0x61, 0x00)} {
		meets(t, smartcard.ErrUnreadable, answer)
	}
	// To and fro: another length, more, another length.
	s := guard(t, &scripted{atr: unhex(plainATR)})
	s.Transport = &seesaw{s.Transport, [][]byte{{0x6C, 0x10}, {0x61, 0x10}}}
	if err := s.goes(); !errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("to and fro: %v", err)
	}
}

// seesaw gives its answers in turn, for ever.
type seesaw struct {
	smartcard.Transport
	answers [][]byte
}

func (s *seesaw) Transmit([]byte) ([]byte, error) {
	s.answers = append(s.answers[1:], s.answers[0])
	return s.answers[0], nil
}

func longAnswers(t *testing.T) {
	for _, n := range []int{257, 300, 4096, 65536} {
		meets(t, smartcard.ErrUnreadable, append(make([]byte, n), 0x90, 0x00))
	}
	// 16 bytes of card number were asked for.
	transport, _ := insert(t, issue(t, nil))
	err := guard(t, &generous{transport}).goes()
	if !errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("256 bytes where 16 were asked: %v", err)
	}
}

// generous answers every reading with 256 bytes.
type generous struct{ smartcard.Transport }

func (g *generous) Transmit(apdu []byte) ([]byte, error) {
	r, err := g.Transport.Transmit(apdu)
	if err == nil && apdu[1] == 0xB0 && len(r) < 258 {
		r = append(append(r[:len(r)-2:len(r)-2], make([]byte, 258-len(r))...), 0x90, 0x00)
	}
	return r, err
}

func shortAnswers(t *testing.T) {
	meets(t, smartcard.ErrUnreadable)
	meets(t, smartcard.ErrUnreadable, []byte{0x90})
	meets(t, smartcard.ErrUnreadable, []byte{0x90, 0x00}, []byte{0x90, 0x00})
}

func pulledAtEachCommand(t *testing.T) {
	sim := issue(t, nil)
	for n := 0; ; n++ {
		transport, readers := insert(t, sim)
		if err := readers.PullAfter(reader, n); err != nil {
			t.Fatal(err)
		}
		err := guard(t, transport).goes()
		if err == nil {
			break
		}
		if !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("after %d commands: %v, want ErrRemoved", n, err)
		}
	}
	if sim.TriesLeft() != 3 {
		t.Errorf("%d attempts left", sim.TriesLeft())
	}
}

func swapped(t *testing.T) {
	hers, his := issue(t, nil), issue(t, nil)
	transport, readers := insert(t, hers)
	g := guard(t, transport)
	card, err := smartcard.Open(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := card.Identity(now)
	if err != nil {
		t.Fatal(err)
	}
	g.typed = 1
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		t.Fatal(err)
	}
	if err := readers.Insert(reader, his); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("signing with the other card: %v, want ErrRemoved", err)
	}
	if err := smartcard.Prove(card, id); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("proving it: %v, want ErrRemoved", err)
	}
	g.typed = 1
	if err := card.VerifyPIN([]byte("00000000")); !errors.Is(err, smartcard.ErrRemoved) || his.TriesLeft() != 3 {
		t.Errorf("a PIN for the first card: %v, %d attempts left on the second", err, his.TriesLeft())
	}
}

func twoReaders(t *testing.T) {
	readers := cardsim.NewReaders("left", "right")
	open := map[string]smartcard.Card{}
	sims := map[string]*cardsim.Card{"left": issue(t, nil), "right": issue(t, named("BIANCHI", "MARIA"))}
	for name, sim := range sims {
		if err := readers.Insert(name, sim); err != nil {
			t.Fatal(err)
		}
		transport, err := readers.Connect(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		g := guard(t, transport)
		g.typed = 1
		if open[name], err = smartcard.Open(g, nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, surname := range map[string]string{"left": "ROSSII", "right": "BIANCHI"} {
		if id, err := open[name].Identity(now); err != nil || id.Surname.Reveal() != surname {
			t.Errorf("%s: %v, %s", name, err, id.Surname.Reveal())
		}
	}
	if err := open["left"].VerifyPIN([]byte("00000000")); err == nil || sims["left"].TriesLeft() != 2 || sims["right"].TriesLeft() != 3 {
		t.Errorf("left: %v, attempts left %d and %d", err, sims["left"].TriesLeft(), sims["right"].TriesLeft())
	}
	if err := open["right"].VerifyPIN([]byte(pin)); err != nil {
		t.Error(err)
	}
	digest := sha256.Sum256(nil)
	if _, err := open["left"].Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
		t.Errorf("left signs for a PIN that was typed for the right: %v", err)
	}
}

func unplugged(t *testing.T) {
	sim := issue(t, nil)
	transport, readers := insert(t, sim)
	g := guard(t, transport)
	card, err := smartcard.Open(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := readers.Unplug(reader); err != nil {
		t.Fatal(err)
	}
	g.typed = 1
	if err := card.VerifyPIN([]byte(pin)); !errors.Is(err, smartcard.ErrRemoved) || sim.TriesLeft() != 3 {
		t.Errorf("PIN to a reader that is gone: %v, %d attempts left", err, sim.TriesLeft())
	}
	if err := card.Close(); err != nil {
		t.Errorf("letting go of it: %v", err)
	}
	if _, err := readers.Connect(context.Background(), "another name"); !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("a reader of another name: %v, want ErrAbsent", err)
	}
}

func lastAttempt(t *testing.T) {
	sim := issue(t, func(i *issued) { i.description["pinTries"] = 1 })
	transport, _ := insert(t, sim)
	g := guard(t, transport) // from here on: a VERIFY is a mistake
	card, err := smartcard.Open(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	for range 2 {
		if _, err := card.Identity(now); err != nil {
			t.Fatal(err)
		}
		if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
			t.Errorf("signing without a PIN: %v", err)
		}
		if err := card.Forget(); err != nil {
			t.Fatal(err)
		}
	}
	if sim.TriesLeft() != 1 {
		t.Fatalf("%d attempts left before anybody typed a PIN", sim.TriesLeft())
	}
	g.typed = 1
	var refused *smartcard.PINError
	if err := card.VerifyPIN([]byte("00000000")); !errors.As(err, &refused) || refused.Left != 0 || !errors.Is(err, smartcard.ErrBlocked) {
		t.Errorf("the last attempt: %v, want ErrBlocked", err)
	}
	g.typed = 1
	if err := card.VerifyPIN([]byte(pin)); !errors.Is(err, smartcard.ErrBlocked) {
		t.Errorf("the right PIN, too late: %v, want ErrBlocked", err)
	}
	if _, err := card.Identity(now); err != nil {
		t.Errorf("a blocked card still says who it is: %v", err)
	}
}

func badPINs(t *testing.T) {
	sim := issue(t, nil)
	transport, _ := insert(t, sim)
	card, err := smartcard.Open(guard(t, transport), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{
		"", "1234", "123456789", strings.Repeat("1", 255), "12345a78", "1234567\x00", "\x00\x00\x00\x00\x00\x00\x00\x00",
		"1234567\xFF", " 1234567", "+1234567", "１２３４５", "12345678\n",
	} {
		if err := card.VerifyPIN([]byte(p)); !errors.Is(err, smartcard.ErrPINFormat) {
			t.Errorf("%q: %v, want ErrPINFormat", p, err)
		}
	}
	if sim.TriesLeft() != 3 {
		t.Errorf("%d attempts left", sim.TriesLeft())
	}
}

// parrot signs once and says the same ever after.
type parrot struct {
	smartcard.Card
	said []byte
}

func (p *parrot) Sign(digest []byte) (s []byte, err error) {
	if p.said == nil {
		p.said, err = p.Card.Sign(digest)
	}
	return p.said, err
}

func replayedSignature(t *testing.T) {
	card, _ := open(t, issue(t, nil))
	id, err := card.Identity(now)
	if err != nil {
		t.Fatal(err)
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		t.Fatal(err)
	}
	p := &parrot{Card: card}
	if err := smartcard.Prove(p, id); err != nil {
		t.Fatal(err)
	}
	if err := smartcard.Prove(p, id); !errors.Is(err, smartcard.ErrInconsistent) {
		t.Errorf("the signature of yesterday: %v, want ErrInconsistent", err)
	}
}
