package cardsim_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pue/devices/smartcard/cardsim"
)

// dialogue is an exchange that testdata/channel.py computed for both sides.
type dialogue struct {
	Name   string `json:"name"`
	Person string `json:"person"`
	Random string `json:"random"` // what the card draws
	Steps  []step `json:"steps"`
}

type step struct {
	Note    string `json:"note"`
	Command string `json:"command"`
	Answer  string `json:"answer"`
}

func dialogues(t testing.TB) []dialogue {
	t.Helper()
	data, err := os.ReadFile("testdata/channel.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []dialogue
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// start returns the card of a dialogue with its random numbers.
func (d dialogue) start(t testing.TB) *cardsim.Card {
	t.Helper()
	c := person(t, d.Person)
	c.Randomness(bytes.NewReader(unhex(t, d.Random)))
	return c
}

// until says the steps before the one with this note.
func (d dialogue) until(t testing.TB, c *cardsim.Card, note string) []step {
	t.Helper()
	for i, s := range d.Steps {
		if s.Note == note {
			return d.Steps[i:]
		}
		c.Transmit(unhex(t, s.Command))
	}
	t.Fatalf("there is no step %q", note)
	return nil
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheChannelIsTheOneComputedElsewhere(t *testing.T) {
	for _, d := range dialogues(t) {
		t.Run(d.Name, func(t *testing.T) {
			c := d.start(t)
			for i, s := range d.Steps {
				if got := strings.ToUpper(hex.EncodeToString(c.Transmit(unhex(t, s.Command)))); got != s.Answer {
					t.Fatalf("step %d, %s: %s\nis answered %s\nwant        %s", i, s.Note, s.Command, got, s.Answer)
				}
			}
		})
	}
}

// The channel of a dialogue up to the PIN; the step that offers it comes first
// of those that are returned.
func atThePIN(t *testing.T) (*cardsim.Card, []step) {
	t.Helper()
	d := dialogues(t)[0]
	c := d.start(t)
	return c, d.until(t, c, "offer the PIN")
}

const dead = "\x69\x85" // what a card without a channel says to what comes through one

func TestAChangedByteEndsTheChannelAndCostsNoAttempt(t *testing.T) {
	_, steps := atThePIN(t)
	command := unhex(t, steps[0].Command)
	for i := range command[:len(command)-1] { // Le is not covered
		if i == 4 {
			continue // with another length it is no command at all
		}
		c, steps := atThePIN(t)
		changed := unhex(t, steps[0].Command)
		changed[i] ^= 0x40
		answer := c.Transmit(changed)
		if len(answer) != 2 || string(answer) == "\x90\x00" {
			t.Errorf("byte %d changed: %X", i, answer)
		}
		if got := c.Transmit(command); string(got) != dead {
			t.Errorf("byte %d changed, then the right command: %X", i, got)
		}
		if left := c.TriesLeft(); left != 2 { // a wrong one came before
			t.Errorf("byte %d changed: %d attempts left", i, left)
		}
	}
}

func TestARepeatedCommandEndsTheChannel(t *testing.T) {
	c, steps := atThePIN(t)
	command := unhex(t, steps[0].Command)
	if got := c.Transmit(command); !bytes.HasSuffix(got, []byte{0x90, 0x00}) {
		t.Fatalf("the first time: %X", got)
	}
	if got := c.Transmit(command); string(got) != "\x69\x88" {
		t.Errorf("the second time: %X", got)
	}
	if got := c.Transmit(unhex(t, steps[1].Command)); string(got) != dead {
		t.Errorf("the next: %X", got)
	}
}

func TestWhatIsNoSecureMessageEndsTheChannel(t *testing.T) {
	for name, command := range map[string]string{
		"nothing":               "0CB0 8100",
		"no MAC":                "0CB0 8100 03 970104 00",
		"a MAC of seven bytes":  "0CB0 8100 09 8E0701020304050607 00",
		"a MAC that is not one": "0CB0 8100 0A 8E080102030405060708 00",
		"half chained":          "1CB0 8100 0D 970104 8E080102030405060708 00",
	} {
		c, steps := atThePIN(t)
		got := c.Transmit(unhex(t, command))
		if string(got) != "\x69\x87" && string(got) != "\x69\x88" {
			t.Errorf("%s: %X", name, got)
		}
		if got := c.Transmit(unhex(t, steps[0].Command)); string(got) != dead {
			t.Errorf("%s, then the PIN: %X", name, got)
		}
	}
}

func TestWhatEndsTheChannelEndsThePINToo(t *testing.T) {
	for name, end := range map[string]func(*cardsim.Card){
		"reset":              (*cardsim.Card).Reset,
		"another selection":  func(c *cardsim.Card) { talk(t, c, selectCIE, "9000") },
		"a command in clear": func(c *cardsim.Card) { talk(t, c, "00B0 8700 00", "6A82") },
		"a new key agreement": func(c *cardsim.Card) {
			for _, s := range dialogues(t)[0].Steps[2:4] {
				c.Transmit(unhex(t, s.Command))
			}
		},
	} {
		c, steps := atThePIN(t)
		c.Transmit(unhex(t, steps[0].Command))
		end(c)
		if got := c.Transmit(unhex(t, steps[1].Command)); len(got) != 2 {
			t.Errorf("%s: the number of the document is told: %X", name, got)
		}
		talk(t, c, selectIAS, "9000", selectCIE, "9000", "00B0 8200 09", "6982", "0022 41A4 06 800102 840181", "9000", "0088 0000 01 01 00", "6982")
	}
}
