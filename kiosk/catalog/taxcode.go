package catalog

import (
	"strings"

	"pue/devices/smartcard"
)

// checkTaxCode takes the codice fiscale of a person: 16 characters, digits of
// which may have become letters to tell two people apart (omocodia, DM
// 23-12-1976, art. 6), or the 11 digits that a person has for a time.
func checkTaxCode(_ Field, typed string) (string, string) {
	typed = strings.ToUpper(strings.ReplaceAll(typed, " ", ""))
	if len(typed) == 11 && onlyDigits(typed) {
		if !vatNumber(typed) {
			return "", "taxcode-check"
		}
		return typed, ""
	}
	if len(typed) != 16 {
		return "", "taxcode"
	}
	if _, err := smartcard.ParseTaxCode(typed); err != nil {
		return "", "taxcode-check"
	}
	return typed, ""
}

// checkVAT takes the 11 digits of a firm, with or without its country in front.
func checkVAT(_ Field, typed string) (string, string) {
	digits := strings.TrimPrefix(strings.ToUpper(strings.ReplaceAll(typed, " ", "")), "IT")
	switch {
	case len(digits) != 11 || !onlyDigits(digits):
		return "", "vat"
	case !vatNumber(digits):
		return "", "vat-check"
	}
	return digits, ""
}

func onlyDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// checkTaxID takes the 16 characters of a person or the 11 digits of a firm.
func checkTaxID(_ Field, typed string) (string, string) {
	typed = strings.ToUpper(strings.ReplaceAll(typed, " ", ""))
	if len(typed) == 16 {
		if _, err := smartcard.ParseTaxCode(typed); err != nil {
			return "", "taxid-check"
		}
		return typed, ""
	}
	digits := strings.TrimPrefix(typed, "IT")
	switch {
	case len(digits) != 11 || strings.Trim(digits, "0123456789") != "":
		return "", "taxid"
	case !vatNumber(digits):
		return "", "taxid-check"
	}
	return digits, ""
}

// vatNumber verifies the check digit of a partita IVA, which the codice fiscale
// of a firm has too: a Luhn sum over eleven digits (DM 23-12-1976, allegato).
func vatNumber(digits string) bool {
	sum := 0
	for i, d := range []byte(digits) {
		n := int(d - '0')
		if i%2 == 1 {
			n *= 2
			if n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0 && strings.Trim(digits, "0") != ""
}
