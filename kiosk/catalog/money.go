package catalog

import (
	"regexp"
	"strings"
)

var (
	// Points, or blanks as in French, group thousands; a comma begins the cents:
	// 1.234,56 and 1 234,56 and 1234,5. What begins with 0 has no thousands: 0.500 is
	// not five hundred.
	grouped = regexp.MustCompile(`^([1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+|[0-9]+)(?:,([0-9]{1,2}))?$`)
	// A point that does not group begins the cents too: 1234.56.
	pointed = regexp.MustCompile(`^([0-9]+)\.([0-9]{1,2})$`)
)

// maxEuro is the longest amount taken, in digits before the comma.
const maxEuro = 8

// checkMoney takes an amount of euro as people write it.
func checkMoney(_ Field, typed string) (string, string) {
	typed = strings.TrimSpace(strings.Trim(typed, "€"))
	m := grouped.FindStringSubmatch(typed)
	if m == nil {
		m = pointed.FindStringSubmatch(typed)
	}
	if m == nil {
		return "", "money"
	}
	euro := strings.TrimLeft(strings.NewReplacer(".", "", " ", "").Replace(m[1]), "0")
	if len(euro) > maxEuro {
		return "", "money"
	}
	if euro == "" {
		euro = "0"
	}
	return euro + "." + (m[2] + "00")[:2], ""
}
