package catalog

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// checks has the rule of each kind: from what was typed, without blanks around
// it, to the canonical form, or to the problem's name.
var checks = map[Kind]func(f Field, typed string) (answer, problem string){
	Text:       checkText,
	Choice:     checkChoice,
	Multi:      checkMulti,
	YesNo:      checkYesNo,
	Tick:       checkTick,
	Date:       checkDate,
	Month:      checkMonth,
	Year:       checkYear,
	Money:      checkMoney,
	Number:     checkNumber,
	Province:   checkProvince,
	PostalCode: checkPostalCode,
	Place:      checkPlace,
	IBAN:       checkIBAN,
	Phone:      checkPhone,
	Email:      checkEmail,
	TaxCode:    checkTaxCode,
	VAT:        checkVAT,
	TaxID:      checkTaxID,
	Protocol:   checkProtocol,
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
		return "", "must"
	}
	return typed, ""
}

// checkMulti takes choices between commas, in any order, each once or more.
func checkMulti(f Field, typed string) (string, string) {
	given := strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ' ' })
	var chosen []string
	for _, choice := range f.Choices {
		if slices.Contains(given, choice) {
			chosen = append(chosen, choice)
		}
	}
	strange := slices.ContainsFunc(given, func(v string) bool { return !slices.Contains(f.Choices, v) })
	if len(chosen) == 0 || strange {
		return "", "required"
	}
	return strings.Join(chosen, ","), ""
}

func checkTick(_ Field, typed string) (string, string) {
	if typed != "yes" {
		return "", "tick"
	}
	return typed, ""
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

// checkPlace takes the code of a Comune that was abolished, and of a foreign
// state (Z…), too: people were born there.
func checkPlace(_ Field, typed string) (string, string) {
	if m := belfiore.FindStringSubmatch(strings.ToUpper(typed)); m != nil {
		return m[1], ""
	}
	if c, ok := communeNamed(typed); ok {
		return c.Code, ""
	}
	return "", "comune"
}

// belfiore finds the code alone, or behind the name as [Commune.String] writes it.
var belfiore = regexp.MustCompile(`^(?:.* \()?([A-Z][0-9]{3})\)?$`)

// checkNumber takes a whole number from the field's Min to its Max, or 9999.
func checkNumber(f Field, typed string) (string, string) {
	n, err := strconv.Atoi(typed)
	switch {
	case err != nil, strings.Trim(typed, "0123456789") != "":
		return "", "number"
	case n > cmp.Or(f.Max, 9999):
		return "", "number-high"
	case n < f.Min:
		return "", "number-low"
	}
	return strconv.Itoa(n), ""
}

// longestProtocol is the longest number of an authority, in characters.
const longestProtocol = 60

// checkProtocol takes what an authority printed as it is: no rule of ours can
// say that such a number is wrong.
func checkProtocol(_ Field, typed string) (string, string) {
	switch {
	case len([]rune(typed)) > longestProtocol:
		return "", "too-long"
	case strings.ContainsFunc(typed, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", "protocol"
	}
	return typed, ""
}
