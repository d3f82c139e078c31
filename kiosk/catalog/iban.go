package catalog

import (
	"regexp"
	"strings"
)

// ibanLengths has the length of an IBAN in each country and territory of the
// single euro payments area (ISO 13616 registry; EPC list of SEPA scheme
// countries). Payments of INPS go nowhere else.
var ibanLengths = map[string]int{
	"AD": 24, "AL": 28, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
	"EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22,
	"IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
	"MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24,
	"SM": 27, "VA": 22,
}

var (
	ibanForm = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}$`)
	// Check character, bank, branch, account (ISO 13616 registry, IT and SM).
	italianAccount = regexp.MustCompile(`^[A-Z][0-9]{10}[0-9A-Z]{12}$`)
)

// checkIBAN tells apart what a person can mend: the country, a figure too many
// or too few, a figure mistyped.
func checkIBAN(_ Field, typed string) (string, string) {
	iban := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(typed))
	if len(iban) < 2 {
		return "", "iban"
	}
	country := iban[:2]
	length, known := ibanLengths[country]
	italian := country == "IT" || country == "SM"
	switch {
	case !known && ibanForm.MatchString(iban):
		return "", "iban-country"
	case !ibanForm.MatchString(iban):
		return "", "iban"
	case len(iban) != length:
		return "", "iban-length"
	case italian && !italianAccount.MatchString(iban[4:]):
		return "", "iban"
	case mod97(iban[4:]+iban[:4]) != 1, italian && iban[4] != cin(iban[5:]):
		return "", "iban-check"
	}
	return iban, ""
}

// mod97 is the remainder of the digits with letters as 10 to 35 (ISO 7064,
// MOD 97-10).
func mod97(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if v := rank(c); v < 10 {
			n = (n*10 + v) % 97
		} else {
			n = (n*100 + v) % 97
		}
	}
	return n
}

// rank is 0 to 9 for a digit, 10 to 35 for a capital.
func rank(c byte) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c-'A') + 10
}

// cinOdd weighs a character at an odd place, counted from 1, of an Italian bank
// account by its rank, digits and letters both from 0; at even places the rank
// is the weight.
var cinOdd = [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

// cin is the check character of bank, branch and account.
func cin(account string) byte {
	sum := 0
	for i, c := range []byte(account) {
		v := rank(c)
		if v >= 10 {
			v -= 10
		}
		if i%2 == 0 {
			v = cinOdd[v]
		}
		sum += v
	}
	return 'A' + byte(sum%26)
}

// showIBAN sets an IBAN in groups of four, as on paper (ISO 13616-1 §5.3).
func showIBAN(iban string) string {
	var b strings.Builder
	for i, c := range []byte(iban) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(c)
	}
	return b.String()
}
