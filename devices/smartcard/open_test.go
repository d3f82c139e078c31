package smartcard_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
)

const (
	applicationJSign = "A00000009501004D"
	applicationACe   = "A00000053000" + "0B104001021A"
)

// contactless is the face of a card that shows the files in an application.
func contactless(i *issued) {
	i.description["atr"] = "3B80800101"
	i.description["filesUnder"] = applicationJSign
	i.description["applications"] = map[string]any{
		applicationJSign: map[string]any{"data": map[string]string{"0180": hex.EncodeToString([]byte("JSign4"))}},
	}
}

// actalis is a card whose files are found from its application only.
func actalis(i *issued) {
	i.description["atr"] = "3B80800101"
	i.description["filesUnder"] = applicationACe
	i.description["applications"] = map[string]any{applicationACe: map[string]any{"info": "6F00"}}
}

func TestACNSIsRecognisedWhateverItsFace(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*issued)
		asked  int // commands until it is recognised
	}{
		"letters in the ATR":         {nil, 0},
		"letters of a health worker": {func(i *issued) { i.description["atr"] = "3BFF1800008131FE45006B050510170121014850431031805F" }, 0},
		"application JSign4":         {contactless, 2},
		"application ACe":            {actalis, 3},
		"files alone":                {func(i *issued) { i.description["atr"] = "3B80800101" }, 4},
		"files step by step":         {func(i *issued) { i.description["atr"], i.description["stepwise"] = "3B80800101", true }, 7},
	} {
		t.Run(name, func(t *testing.T) {
			sim := issue(t, c.change)
			transport, _ := insert(t, sim)
			card, err := smartcard.Open(transport, anchors(t, authority(t)))
			if err != nil {
				t.Fatal(err)
			}
			if got := len(transport.commands); got != c.asked {
				t.Errorf("recognised after %d commands, want %d: %v", got, c.asked, transport.commands)
			}
			if _, err := card.Identity(now); err != nil {
				t.Fatal(err)
			}
			if err := journey(transport.Transport, anchors(t, authority(t))); err != nil {
				t.Errorf("the whole journey: %v", err)
			}
		})
	}
}

func TestTheApplicationIsSelectedAgainAfterAReset(t *testing.T) {
	for name, change := range map[string]func(*issued){"JSign4": contactless, "ACe": actalis} {
		card, _ := open(t, issue(t, change))
		for range 2 {
			if _, err := card.Identity(now); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := card.Forget(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func TestACardOfAnotherApplicationWithTheSameNumberIsNotTakenForACNS(t *testing.T) {
	sim := parse(t, `{"atr": "3B80800101", "applications": {"`+applicationJSign+`": {"data": {"0180": "4F54484552"}}}}`)
	transport, _ := insert(t, sim)
	if _, err := smartcard.Open(transport, nil); !errors.Is(err, smartcard.ErrUnsupported) {
		t.Errorf("error is %v", err)
	}
}

// mostAsked bounds the commands before a foreign card is named: a card takes
// some 50 ms for a selection at its slowest, and a second has 20 of these.
const mostAsked = 12

func TestForeignCardsAreNamedWithinASecond(t *testing.T) {
	payment := func(name string) string {
		return `"` + strings.ToUpper(hex.EncodeToString([]byte(name))) + `": {"info": "6F00"}`
	}
	for name, c := range map[string]struct {
		description string
		want        error
	}{
		"bank card":            {`{"atr": "3B6800000073C84013009000", "applications": {` + payment("1PAY.SYS.DDF01") + `}}`, smartcard.ErrPayment},
		"telephone that pays":  {`{"atr": "3B80800101", "applications": {` + payment("2PAY.SYS.DDF01") + `}}`, smartcard.ErrPayment},
		"bank card, both ways": {`{"atr": "3B8E80018031806549", "applications": {` + payment("1PAY.SYS.DDF01") + `,` + payment("2PAY.SYS.DDF01") + `}}`, smartcard.ErrPayment},
		"first kind of CIE":    {`{"atr": "3BF41800FF8131805500318000C7"}`, smartcard.ErrOldCIE},
		"second kind of CIE":   {`{"atr": "3BFF1800FF8131FE55006B0209040302495449442020318000"}`, smartcard.ErrOldCIE},
		"transport ticket":     {`{"atr": "3B8F8001804F0CA000000306030001000000006A"}`, smartcard.ErrUnsupported},
		"no ATR to speak of":   {`{"atr": "3B00"}`, smartcard.ErrUnsupported},
	} {
		transport, _ := insert(t, parse(t, c.description))
		_, err := smartcard.Open(transport, nil)
		if !errors.Is(err, c.want) || !errors.Is(err, smartcard.ErrUnsupported) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if c.want == smartcard.ErrUnsupported && errors.Is(err, smartcard.ErrPayment) {
			t.Errorf("%s is taken for a payment card", name)
		}
		if n := len(transport.commands); n > mostAsked {
			t.Errorf("%s: named after %d commands: %v", name, n, transport.commands)
		}
	}
}

func TestACardThatKnowsNoCommandIsUnsupportedWhateverItSays(t *testing.T) {
	for _, sw := range []uint16{0x6A82, 0x6A81, 0x6A86, 0x6D00, 0x6E00, 0x6700, 0x6999, 0x6985, 0x6F00, 0x6283, 0x9404} {
		s := &scripted{atr: []byte{0x3B, 0x00}, answers: [][]byte{{byte(sw >> 8), byte(sw)}}}
		_, err := smartcard.Open(s, nil)
		if !errors.Is(err, smartcard.ErrUnsupported) || s.sent > mostAsked {
			t.Errorf("%04X: %v after %d commands", sw, err, s.sent)
		}
	}
}

func parse(t testing.TB, description string) *cardsim.Card {
	t.Helper()
	c, err := cardsim.Parse([]byte(description))
	if err != nil {
		t.Fatal(fmt.Errorf("%w in %s", err, description))
	}
	return c
}
