package ui

import "strings"

// key is one key of the on-screen keyboard: what it types, what stands on it.
type key struct{ Types, Shows string }

// keyboard is rows of letters, at most eleven to a row (eleven keys of 20 mm with
// gaps of 4 mm are as wide as the smallest screen), and a last row of signs.
type keyboard struct {
	Rows [][]key
	Last []key
}

// letters are the rows of each language, in the order in which its people know
// them from typewriters. Letters stand on the keys as capitals; how they are
// typed is the field's affair.
var letters = map[string][]string{
	"it": {"1234567890'", "qwertyuiopè", "asdfghjklòà", "zxcvbnmùìé/"},
	"de": {"1234567890'", "qwertzuiopü", "asdfghjklöä", "yxcvbnmßàè/"},
}

// textKeyboard is the keyboard for names, streets and codes.
func textKeyboard(language string) keyboard {
	return keyboard{Rows: rows(letters[language]), Last: keys(".", ",", "-")}
}

// mailKeyboard has the digits and letters that stand in addresses of mail (RFC
// 5321 allows more, no provider gives them out), and the usual endings.
func mailKeyboard(language string) keyboard {
	const ascii = "abcdefghijklmnopqrstuvwxyz0123456789"
	var plain []string
	for _, row := range letters[language] {
		plain = append(plain, strings.Map(func(r rune) rune {
			if !strings.ContainsRune(ascii, r) {
				return -1
			}
			return r
		}, row))
	}
	return keyboard{Rows: rows(plain), Last: keys("@", ".", "-", "_", ".it", ".com")}
}

func rows(lines []string) [][]key {
	var all [][]key
	for _, line := range lines {
		all = append(all, keys(strings.Split(line, "")...))
	}
	return all
}

// keys makes keys of what they type. Single letters stand on them as capitals;
// ß has no common one.
func keys(types ...string) []key {
	var row []key
	for _, s := range types {
		shows := s
		if len([]rune(s)) == 1 && s != "ß" {
			shows = strings.ToUpper(s)
		}
		row = append(row, key{s, shows})
	}
	return row
}
