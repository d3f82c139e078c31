package audit

import (
	"errors"
	"strings"
	"testing"
)

// filled is an event with each attribute that the set allows.
func filled(name Name, allowed attributes) Event {
	e := Event{Name: name}
	if allowed&submission != 0 {
		e.Submission = someID
	}
	if allowed&officer != 0 {
		e.Officer = "mb"
	}
	if allowed&code != 0 {
		e.Code = "P-01"
	}
	if allowed&number != 0 {
		e.Number = 1
	}
	return e
}

func TestEachEventTakesItsOwnAttributesAndNoOther(t *testing.T) {
	for name, allowed := range events {
		for _, one := range []attributes{submission, officer, code, number} {
			err := filled(name, one).check()
			if want := allowed&one != 0; (err == nil) != want {
				t.Errorf("%s with attribute %04b: %v", name, one, err)
			}
			if err != nil && !errors.Is(err, ErrNotAllowed) {
				t.Errorf("%s: %v is not ErrNotAllowed", name, err)
			}
		}
		if err := filled(name, allowed).check(); err != nil {
			t.Errorf("%s with all its attributes: %v", name, err)
		}
	}
}

func TestAnUnknownEventIsRefusedAndNotRecorded(t *testing.T) {
	_, a := openAt(t, place(t))
	if err := a.Record(t.Context(), Event{Name: "party"}); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("got %v, want ErrNotAllowed", err)
	}
	if r := verify(t, a); r.Events != 0 {
		t.Errorf("%d events recorded", r.Events)
	}
}

func TestKeysAreShortPlainAndTellOfNobody(t *testing.T) {
	for s, want := range map[string]bool{
		"naspi": true, "contribution-statement": true, "paper-out": true, "C-01": true, "local": true, "schema.v2": true,
		"": false, "Anna Verdi": false, "anna verdi": false, "C-1": false, "x\n": false, "ù": false, "-": false, "a--b": false,
		"VRDNNA61A41H501X": false, "vrdnna61a41h501x": false, "x-vrdnna61a41h501x": false, "vrdnna6ma4mh50mx": false,
		strings.Repeat("a", longestKey): true, strings.Repeat("a", longestKey+1): false,
	} {
		if got := IsKey(s); got != want {
			t.Errorf("IsKey(%q) = %v", s, got)
		}
	}
}

func TestAnOfficerIsAPseudonymOfTheConfig(t *testing.T) {
	for s, want := range map[string]bool{
		"op-7": true, "OP-7": true, "7": true, "x--": true, strings.Repeat("x", 32): true,
		"Marta R.": false, "-7": false, "VRDNNA61A41H501X": false, "op-VRDNNA61A41H501X": false, strings.Repeat("x", 33): false,
	} {
		if err := (Event{Name: OfficerUnlocked, Officer: s}).check(); (err == nil) != want {
			t.Errorf("officer %q: %v", s, err)
		}
	}
}

func FuzzNoTextOfAPersonIsAKey(f *testing.F) {
	f.Add("", "")
	f.Add("a-", "-b")
	f.Add("C-01", "x")
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, secret := range []string{"VRDNNA61A41H501X", "vrdnna61a41h501x", "Anna Verdi"} {
			if IsKey(before + secret + after) {
				t.Errorf("%q is a key", before+secret+after)
			}
		}
	})
}
