package catalog

import (
	"regexp"
	"strings"
)

var (
	foreign = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	// In Italy the 0 of a landline stays (+39 06 …), and a mobile number begins
	// with 3.
	italian = regexp.MustCompile(`^\+39(0[0-9]{5,10}|3[0-9]{8,9})$`)

	phonePunctuation = strings.NewReplacer(" ", "", ".", "", "-", "", "/", "", "(", "", ")", "")
)

func checkPhone(_ Field, typed string) (string, string) {
	number, ok := PhoneNumber(typed)
	if !ok {
		return "", "phone"
	}
	return number, ""
}

// PhoneNumber makes an E.164 number (ITU-T E.164 §6.2.1: at most 15 digits) of
// what people write. What has no country in front is a number in Italy.
func PhoneNumber(typed string) (number string, ok bool) {
	number = phonePunctuation.Replace(typed)
	switch {
	case strings.HasPrefix(number, "+"):
	case strings.HasPrefix(number, "00"):
		number = "+" + number[2:]
	default:
		number = "+39" + number
	}
	ok = foreign.MatchString(number)
	if strings.HasPrefix(number, "+39") {
		ok = italian.MatchString(number)
	}
	if !ok {
		return "", false
	}
	return number, true
}

// showPhone sets an Italian number off from its country: +39 06164164.
func showPhone(number string) string {
	if rest, ok := strings.CutPrefix(number, "+39"); ok {
		return "+39 " + rest
	}
	return number
}
