package catalog

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"pue/devices/smartcard"
)

// checks has the rule of each kind: from what was typed, without blanks around
// it, to the canonical form, or to the problem's name.
var checks = map[Kind]func(f Field, typed string) (answer, problem string){
	Text:       checkText,
	Choice:     checkChoice,
	YesNo:      checkYesNo,
	Date:       checkDate,
	IBAN:       checkIBAN,
	Phone:      checkPhone,
	Email:      checkEmail,
	PostalCode: checkPostalCode,
	Province:   checkProvince,
	Money:      checkMoney,
	TaxID:      checkTaxID,
}

// defaultMax is the longest text where the field does not say, in characters.
const defaultMax = 80

func checkText(f Field, typed string) (string, string) {
	limit := f.Max
	if limit == 0 {
		limit = defaultMax
	}
	switch {
	case len([]rune(typed)) > limit:
		return "", "too-long"
	case !strings.ContainsFunc(typed, unicode.IsLetter),
		strings.ContainsFunc(typed, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", "text"
	}
	return typed, ""
}

func checkChoice(f Field, typed string) (string, string) {
	if !slices.Contains(f.Choices, typed) {
		return "", "required"
	}
	return typed, ""
}

func checkYesNo(f Field, typed string) (string, string) {
	switch {
	case typed != "yes" && typed != "no":
		return "", "required"
	case f.Must != "" && typed != f.Must:
		return "", "must-" + f.Name
	}
	return typed, ""
}

// dateForms are the ways in which people here write a day, and the canonical one.
var dateForms = []string{time.DateOnly, "2/1/2006", "2.1.2006", "2-1-2006", "2 1 2006", "02012006"}

func checkDate(_ Field, typed string) (string, string) {
	for _, form := range dateForms {
		if t, err := time.Parse(form, typed); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			return t.Format(time.DateOnly), ""
		}
	}
	return "", "date"
}

var (
	localPart = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$")
	domain    = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
)

// checkEmail takes an addr-spec (RFC 5322 §3.4.1) without quotes or comments, of
// at most 254 characters (RFC 5321 §4.5.3.1.3 less the angle brackets).
func checkEmail(_ Field, typed string) (string, string) {
	local, host, _ := strings.Cut(typed, "@")
	host = strings.ToLower(host)
	if len(typed) > 254 || !localPart.MatchString(local) || !domain.MatchString(host) ||
		strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return "", "email"
	}
	return local + "@" + host, ""
}

var fiveDigits = regexp.MustCompile(`^[0-9]{5}$`)

// checkPostalCode knows that the lowest CAP in use is 00010.
func checkPostalCode(_ Field, typed string) (string, string) {
	if !fiveDigits.MatchString(typed) || typed < "00010" {
		return "", "cap"
	}
	return typed, ""
}

func checkProvince(_ Field, typed string) (string, string) {
	typed = strings.ToUpper(typed)
	if len(typed) != 2 || !slices.Contains(provinces, typed) {
		return "", "province"
	}
	return typed, ""
}

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
