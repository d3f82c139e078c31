package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"pue/devices/printer"
)

// rule judges one value: what is wrong with it, and what is allowed. Both empty
// means that it is right. The value is a scalar without anchor or tag.
type rule func(v *yaml.Node) (what, allowed string)

// Longest texts, in characters: what fits on the screen and on the receipt.
const (
	shortText = 80
	longText  = 300
)

func isText(v *yaml.Node) bool { return v.ShortTag() == "!!str" }

// notText says why a value that is not text does not do, and what the same
// value looks like as text.
func notText(v *yaml.Node, allowed string) (string, string) {
	kind := map[string]string{"!!bool": "true or false", "!!timestamp": "a date", "!!null": "nothing"}[v.ShortTag()]
	if kind == "" {
		kind = "a number"
	}
	return v.Value + " without quotes is read as " + kind + ", not as text",
		fmt.Sprintf("write %q in quotes; %s", v.Value, allowed)
}

// text is a sentence of at most limit characters on one line.
func text(limit int) rule {
	allowed := fmt.Sprintf("allowed: text of 1 to %d characters on one line", limit)
	return func(v *yaml.Node) (string, string) {
		switch n := len([]rune(strings.TrimSpace(v.Value))); {
		case !isText(v):
			return notText(v, allowed)
		case n == 0:
			return "is empty", allowed
		case n > limit:
			return fmt.Sprintf("has %d characters", n), allowed
		case strings.ContainsFunc(v.Value, unicode.IsControl):
			return "contains a line break or another control character", allowed
		}
		return "", ""
	}
}

// like is text of a fixed form, shown by an example.
func like(pattern, form, example string) rule {
	re := regexp.MustCompile(`^(?:` + pattern + `)$`)
	allowed := fmt.Sprintf("allowed: %s, such as %q", form, example)
	return func(v *yaml.Node) (string, string) {
		switch {
		case !isText(v):
			return notText(v, allowed)
		case !re.MatchString(v.Value):
			return fmt.Sprintf("%q does not have the right form", v.Value), allowed
		}
		return "", ""
	}
}

// oneOf is one of a few words.
func oneOf(words ...string) rule {
	allowed := "allowed: " + strings.Join(words, ", ")
	return func(v *yaml.Node) (string, string) {
		switch {
		case slices.Contains(words, v.Value) && isText(v):
			return "", ""
		case !isText(v):
			return v.Value + " is not one of the words", allowed
		}
		return fmt.Sprintf("%q is not known%s", v.Value, didYouMean(v.Value, words)), allowed
	}
}

// integer is a whole number from low to high, in plain decimal digits. YAML has
// more ways to write numbers (0x10, 010, 1_000), which people misread.
func integer(low, high int) rule {
	allowed := fmt.Sprintf("allowed: a whole number from %d to %d", low, high)
	if low == high {
		allowed = fmt.Sprintf("allowed: %d", low)
	}
	return func(v *yaml.Node) (string, string) {
		n, what := decimal(v)
		switch {
		case what != "":
			return what, allowed
		case n < low || n > high:
			return fmt.Sprintf("%d is out of range", n), allowed
		}
		return "", ""
	}
}

// oneOfNumbers is one of a fixed list of whole numbers.
func oneOfNumbers(numbers ...int) rule {
	allowed := "allowed: " + strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
	return func(v *yaml.Node) (string, string) {
		n, what := decimal(v)
		switch {
		case what != "":
			return what, allowed
		case !slices.Contains(numbers, n):
			return fmt.Sprintf("%d is not in use", n), allowed
		}
		return "", ""
	}
}

// either is one word, or else what r allows.
func either(word string, r rule) rule {
	return func(v *yaml.Node) (string, string) {
		if v.Value == word {
			return "", ""
		}
		what, allowed := r(v)
		return what, allowed + ", " + word
	}
}

var plainDecimal = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)

// decimal reads a whole number, or says why the value is none.
func decimal(v *yaml.Node) (n int, what string) {
	switch {
	case isText(v) && plainDecimal.MatchString(v.Value):
		return 0, quoted(v)
	case !plainDecimal.MatchString(v.Value):
		return 0, v.Value + " is not a whole number"
	}
	n, _ = strconv.Atoi(v.Value) // nine digits always fit
	return n, ""
}

func quoted(v *yaml.Node) string {
	return fmt.Sprintf("%q in quotes is text, not a number: leave the quotes out", v.Value)
}

// number is a decimal number from low to high, with at most three decimals.
func number(low, high float64) rule {
	allowed := fmt.Sprintf("allowed: a number from %g to %g", low, high)
	form := regexp.MustCompile(`^(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?$`)
	return func(v *yaml.Node) (string, string) {
		switch {
		case isText(v) && form.MatchString(v.Value):
			return quoted(v), allowed
		case !form.MatchString(v.Value):
			return v.Value + " is not a number", allowed
		}
		if f, err := strconv.ParseFloat(v.Value, 64); err != nil || f < low || f > high {
			return v.Value + " is out of range", allowed
		}
		return "", ""
	}
}

// yesNo is true or false.
func yesNo(v *yaml.Node) (string, string) {
	if v.ShortTag() == "!!bool" && (v.Value == "true" || v.Value == "false") {
		return "", ""
	}
	return fmt.Sprintf("%q is neither true nor false", v.Value), "allowed: true, false (without quotes)"
}

// duration is a length of time with its unit, from low to high.
func duration(low, high time.Duration) rule {
	allowed := fmt.Sprintf("allowed: %s to %s, with the unit, such as 90s or 5m", spoken(low), spoken(high))
	return func(v *yaml.Node) (string, string) {
		d, err := time.ParseDuration(v.Value)
		switch {
		case !isText(v) && !(v.Value == "0" && low == 0):
			return v.Value + " has no unit", allowed
		case err != nil:
			return fmt.Sprintf("%q is not a length of time", v.Value), allowed
		case d < low || d > high:
			return v.Value + " is out of range", allowed
		}
		return "", ""
	}
}

// spoken is a duration without the zeros that Go adds.
func spoken(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// day is a day of the calendar, in quotes like every other text.
func day(v *yaml.Node) (string, string) {
	const allowed = `allowed: year, month and day in quotes, such as "2026-07-01"`
	switch _, err := time.Parse(time.DateOnly, v.Value); {
	case !isText(v):
		return notText(v, allowed)
	case err != nil:
		return fmt.Sprintf("%q is not a day", v.Value), allowed
	}
	return "", ""
}

// address is an https URL without a password, query or fragment in it.
func address(v *yaml.Node) (string, string) {
	const allowed = `allowed: an address such as "https://host.example/path"`
	u, err := url.Parse(v.Value)
	switch {
	case !isText(v):
		return notText(v, allowed)
	case err != nil, u.Host == "":
		return fmt.Sprintf("%q is not an address", v.Value), allowed
	case u.Scheme != "https":
		return fmt.Sprintf("%q would travel without encryption", u.Scheme+"://"), "allowed: https:// only"
	case u.User != nil:
		return "contains a user name or password", "no secret belongs in this file: leave it out"
	case u.RawQuery != "" || u.Fragment != "":
		return "contains ? or #", allowed
	}
	return "", ""
}

// printerAddress is where a printer answers in IPP.
func printerAddress(v *yaml.Node) (string, string) {
	const allowed = `allowed: an address such as "ipps://host.example/ipp/print", or ipp:// where the printer has no certificate`
	if !isText(v) {
		return notText(v, allowed)
	}
	if err := printer.CheckIPPAddress(v.Value); err != nil {
		return fmt.Sprintf("%q is not the address of a printer", v.Value), allowed
	}
	return "", ""
}

// path is an absolute path of a file, directory or device.
func path(v *yaml.Node) (string, string) {
	const allowed = "allowed: a path that begins with /"
	switch {
	case strings.Contains(v.Value, "-----BEGIN"):
		return "contains a key or certificate itself", "put it in a file of its own and write here where that file is"
	case !isText(v):
		return notText(v, allowed)
	case !filepath.IsAbs(v.Value):
		return fmt.Sprintf("%q does not begin with /", v.Value), allowed
	case filepath.Clean(v.Value) != v.Value || strings.ContainsFunc(v.Value, unicode.IsControl):
		return fmt.Sprintf("%q is not a plain path", v.Value), fmt.Sprintf("perhaps %q", filepath.Clean(v.Value))
	}
	return "", ""
}

// secretPath is the path of a file that only its owner and group may read. What
// is no path may be the secret itself, and is not repeated.
func secretPath(v *yaml.Node) (string, string) {
	if !isText(v) || !filepath.IsAbs(v.Value) {
		return "is not a path", "write here where the file with the secret is; a path begins with /"
	}
	if what, allowed := path(v); what != "" {
		return what, allowed
	}
	if info, err := os.Stat(v.Value); err == nil && info.Mode().Perm()&0o007 != 0 {
		return v.Value + " can be used by everybody on this machine", "do: chmod o= " + v.Value
	}
	return "", ""
}

// socket is the path of a Unix socket; the kernel takes 107 bytes (unix(7)).
func socket(v *yaml.Node) (string, string) {
	if what, allowed := path(v); what != "" {
		return what, allowed
	}
	if len(v.Value) > 107 {
		return fmt.Sprintf("has %d characters", len(v.Value)), "allowed: at most 107"
	}
	return "", ""
}

// istat is a municipality's code, six digits that many begin with zeros. YAML
// would read 001272 as an octal number, 698, so quotes are demanded even where
// they would make no difference.
func istat(v *yaml.Node) (string, string) {
	const allowed = `allowed: the six digits of ISTAT in quotes, such as "001272"`
	six := regexp.MustCompile(`^[0-9]{6}$`).MatchString(v.Value)
	switch {
	case six && !isText(v):
		return v.Value + " without quotes is read as a number and loses its zeros", fmt.Sprintf("write %q in quotes", v.Value)
	case !six:
		return fmt.Sprintf("%q is not an ISTAT code", v.Value), allowed
	}
	return "", ""
}
