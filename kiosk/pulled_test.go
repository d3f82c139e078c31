package kiosk

import (
	"fmt"
	"os"
	"testing"

	"go.yaml.in/yaml/v3"

	"pue/kiosk/session"
)

// A card may leave at any command that it is sent while its holder signs. What is
// on the screen afterwards is nobody's, what is stored is the whole submission or
// nothing, and no attempt at the PIN is lost.
func TestACardPulledAtAnyCommandOfASignatureLeavesAllOrNothing(t *testing.T) {
	// Commands a card is sent between the PIN of the signature and the end, by
	// the transcripts of package smartcard, and a few more that never come.
	for person, commands := range map[string]int{"anna": 14, "enzo": 40} {
		t.Run(person, func(t *testing.T) {
			t.Parallel()
			c := provision(t, nowhere)
			c.Session.Resume = 0
			r := run(t, c)
			answers := invented(t, "naspi")
			stored, signed := 0, -1 // commands after which the first was stored
			for n := range commands + 1 {
				r.signs(person, answers, n)
				now := len(r.outbox.List())
				switch {
				case now != stored && now != stored+1:
					t.Fatalf("after %d commands %d submissions are stored, %d before", n, now, stored)
				case signed >= 0 && now == stored:
					t.Errorf("nothing is stored after %d commands, and was after %d", n, signed)
				case signed < 0 && now > stored:
					signed = n
				}
				stored = now
			}
			if signed < 5 {
				t.Errorf("the first was stored after %d commands: the signature alone takes more", signed)
			}
			t.Logf("signed after %d commands", signed)
		})
	}
}

// signs walks a person from the card to the PIN of the signature, pulls the card
// after n more commands, and waits until the screen is nobody's.
func (r *rig) signs(person string, answers map[string]string, n int) {
	r.t.Helper()
	c := card(r.t, person)
	if err := r.readers.Insert("A", c); err != nil {
		r.t.Fatal(err)
	}
	r.shows(session.Notice)
	r.touch(session.Continue, "")
	r.shows(session.PIN)
	r.types("12345678")
	r.shows(session.Home)
	r.touch(session.Open, "naspi")
	r.shows(session.Bring)
	r.touch(session.Continue, "")
	r.shows(session.Form)
	r.fills(answers)
	r.touch(session.Confirm, "")
	r.shows(session.SignPIN)
	if err := r.readers.PullAfter("A", n); err != nil {
		r.t.Fatal(err)
	}
	r.types("12345678")
	r.until(fmt.Sprintf("a pulled card or a result, %d commands later", n), func(s session.Snapshot) bool {
		return s.Screen == session.Result || s.Screen == session.Removed
	})
	if err := r.readers.Remove("A"); err != nil {
		r.t.Fatal(err)
	}
	r.until("a screen of nobody", func(s session.Snapshot) bool {
		return s.Screen == session.Removed && !s.InSession && s.Tiles == nil && s.Form == nil && s.Review == nil
	})
	if left := c.TriesLeft(); left != 3 {
		r.t.Errorf("pulling after %d commands left %d attempts at the PIN", n, left)
	}
}

func (r *rig) types(pin string) {
	for _, digit := range pin {
		r.touch(session.Digit, string(digit))
	}
	r.touch(session.OK, "")
}

// fills answers step after step until the review.
func (r *rig) fills(answers map[string]string) {
	r.t.Helper()
	for {
		s := r.session.Snapshot()
		if s.Screen == session.Review {
			return
		}
		fields := map[string]string{}
		for _, f := range s.Form.Step.Fields {
			fields[f.Name] = answers[f.Name]
		}
		r.session.Touch(session.Touch{Visit: s.Visit, Screen: session.Form, Act: session.Answer, Fields: fields})
		number := s.Form.Number
		r.until("the next step", func(s session.Snapshot) bool {
			return s.Screen == session.Review || s.Form != nil && (s.Form.Number != number || len(s.Form.Problems) > 0)
		})
		if s := r.session.Snapshot(); s.Form != nil && len(s.Form.Problems) > 0 {
			r.t.Fatalf("step %s: %v", s.Form.Step.ID, s.Form.Problems)
		}
	}
}

// invented reads invented answers to a service.
func invented(t *testing.T, service string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("catalog/testdata/whole/" + service + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]string
	if err := yaml.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}
