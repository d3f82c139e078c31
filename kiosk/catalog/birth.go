package catalog

import (
	"strings"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/messages"
)

// Birth is what a codice fiscale says of its holder. It is a hint and no proof:
// codes are given for life, mistakes in them too.
type Birth struct {
	Day   time.Time
	Woman bool
	Place string // Belfiore code; one that begins with Z is a foreign state
}

const (
	monthLetters    = "ABCDEHLMPRST" // DM 23-12-1976, art. 5
	omocodiaLetters = "LMNPQRSTUV"   // art. 6: each digit has a letter for whom the code was given twice
)

// BirthOf reads the birth out of a codice fiscale of 16 characters. The year has
// two digits there: it is the last that is not after today. A temporary code of
// 11 digits says nothing.
func BirthOf(code string, today time.Time) (b Birth, ok bool) {
	if _, err := smartcard.ParseTaxCode(code); err != nil {
		return Birth{}, false
	}
	code = strings.ToUpper(code)
	number := func(from, to int) (n int) {
		for _, c := range []byte(code[from:to]) {
			n = 10*n + digit(c)
		}
		return n
	}
	today = today.In(messages.Italy)
	b.Woman = number(9, 11) > 40
	b.Place = code[11:12] + string([]byte{'0' + byte(digit(code[12])), '0' + byte(digit(code[13])), '0' + byte(digit(code[14]))})
	month := time.Month(strings.IndexByte(monthLetters, code[8]) + 1)
	year := today.Year() - today.Year()%100 + number(6, 8)
	b.Day = time.Date(year, month, number(9, 11)%40, 0, 0, 0, 0, time.UTC)
	if b.Day.Format(time.DateOnly) > today.Format(time.DateOnly) {
		b.Day = time.Date(year-100, month, number(9, 11)%40, 0, 0, 0, 0, time.UTC)
	}
	// 31 April passes the check character, and is no birthday.
	return b, b.Day.Month() == month
}

// digit is the value of a digit, or of the letter that stands for it.
func digit(c byte) int {
	if i := strings.IndexByte(omocodiaLetters, c); i >= 0 {
		return i
	}
	return int(c - '0')
}
