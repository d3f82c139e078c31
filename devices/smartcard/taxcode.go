package smartcard

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTaxCode marks text that is not a codice fiscale of a person. The text
// itself is never part of the error.
var ErrTaxCode = errors.New("not a codice fiscale")

// taxCodeForm says what may stand at each place (DM 23-12-1976, art. 3 to 8):
// A a letter, M a letter that names a month, N a digit or the letter that
// stands for it when two people would otherwise share a code (omocodia).
const taxCodeForm = "AAAAAANNMNNANNNA"

const (
	monthLetters = "ABCDEHLMPRST"
	// The letter at index i replaces the digit i in case of omocodia (art. 6).
	omocodiaLetters = "LMNPQRSTUV"
)

// oddValues weighs a character at an odd place, counted from 1, by its rank: A
// and 0 have rank 0, Z has rank 25 (DM 23-12-1976, art. 7). At even places the
// rank is the weight.
var oddValues = [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

// ParseTaxCode reads the codice fiscale of a person, in any case, and verifies
// its form, day of birth and check character. Letters that stand for digits
// (omocodia) are accepted where the decree allows them.
func ParseTaxCode(s string) (TaxCode, error) {
	s = upper(s)
	if !hasTaxCodeForm(s) {
		return TaxCode{}, fmt.Errorf("%w: form is not six letters, year, month, day, place, check", ErrTaxCode)
	}
	// Forty is added to the day of a woman's birth (art. 5).
	if day := 10*digitAt(s, 9) + digitAt(s, 10); day%40 < 1 || day%40 > 31 || day > 71 {
		return TaxCode{}, fmt.Errorf("%w: no such day of birth", ErrTaxCode)
	}
	if s[15] != taxCodeCheck(s[:15]) {
		return TaxCode{}, fmt.Errorf("%w: check character does not match", ErrTaxCode)
	}
	return TaxCode{NewPrivate(s)}, nil
}

// upper turns ASCII letters alone into capitals: in Unicode there are others
// whose capital is an ASCII letter, and no codice fiscale has them.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}, s)
}

func hasTaxCodeForm(s string) bool {
	if len(s) != len(taxCodeForm) {
		return false
	}
	for i := range len(s) {
		letter, digit := 'A' <= s[i] && s[i] <= 'Z', '0' <= s[i] && s[i] <= '9'
		switch taxCodeForm[i] {
		case 'A':
			if !letter {
				return false
			}
		case 'M':
			if strings.IndexByte(monthLetters, s[i]) < 0 {
				return false
			}
		case 'N':
			if !digit && strings.IndexByte(omocodiaLetters, s[i]) < 0 {
				return false
			}
		}
	}
	return true
}

// digitAt returns the digit at a place whose form is N.
func digitAt(s string, i int) int {
	if d := strings.IndexByte(omocodiaLetters, s[i]); d >= 0 {
		return d
	}
	return int(s[i] - '0')
}

func taxCodeCheck(s string) byte {
	sum := 0
	for i := range len(s) {
		rank := int(s[i] - '0')
		if s[i] >= 'A' {
			rank = int(s[i] - 'A')
		}
		if i%2 == 0 { // the first character stands at place 1, an odd one
			rank = oddValues[rank]
		}
		sum += rank
	}
	return 'A' + byte(sum%26)
}
