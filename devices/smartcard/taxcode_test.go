package smartcard

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestATaxCodeIsAcceptedWhenItsCheckCharacterMatches(t *testing.T) {
	for _, s := range []string{
		"RSSMRA80A01H501U", "VRDNNA55D41F205P", "BNCGVN50A01L219V", "MRORSS12T05E472R",
		"RSSMRA80A01H50MM", // the last digit of the place replaced
		"rssmra80a01h501u", // typed by a person
	} {
		code, err := ParseTaxCode(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if got, want := code.Reveal(), strings.ToUpper(s); got != want {
			t.Errorf("parsed %s as %s", want, got)
		}
	}
}

func TestATaxCodeIsRefusedWithoutShowingIt(t *testing.T) {
	for name, s := range map[string]string{
		"wrong check character": "MRORSS12T05E472W",
		"too short":             "RSSMRA80A01H501",
		"too long":              "RSSMRA80A01H501UU",
		"empty":                 "",
		"a letter as digit":     "RSSMRA8AA01H501U",
		"no such month":         "RSSMRA80F01H501U",
		"day 00":                withCheck("RSSMRA80A00H501"),
		"day 32":                withCheck("RSSMRA80A32H501"),
		"day 40":                withCheck("RSSMRA80A40H501"),
		"day 72":                withCheck("RSSMRA80A72H501"),
		"digit as surname":      "R1SMRA80A01H501U",
		"not ASCII":             "RSSMRÀ80A01H501",
	} {
		code, err := ParseTaxCode(s)
		if !errors.Is(err, ErrTaxCode) {
			t.Errorf("%s: error is %v, want ErrTaxCode", name, err)
			continue
		}
		if !code.IsZero() {
			t.Errorf("%s: gives a code with the error", name)
		}
		if s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("%s: error shows the code: %v", name, err)
		}
	}
}

// withCheck completes a code, so that only the intended fault is left.
func withCheck(s string) string { return s + string(taxCodeCheck(s)) }

func TestATaxCodeIsNotPrinted(t *testing.T) {
	code, err := ParseTaxCode("RSSMRA80A01H501U")
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s %q", code, code, code, code, code); strings.Contains(s, "RSS") {
		t.Errorf("formatted as %s", s)
	}
}

func FuzzTaxCode(f *testing.F) {
	f.Add("RSSMRA80A01H501U")
	f.Add("RSSMRA80A01H50MM")
	f.Fuzz(func(t *testing.T, s string) {
		code, err := ParseTaxCode(s)
		if err != nil {
			return
		}
		again, err := ParseTaxCode(code.Reveal())
		if err != nil || again != code {
			t.Errorf("accepted %q and not what it gives", s)
		}
	})
}
