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
