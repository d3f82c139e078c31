package ui

import (
	"html/template"
	"strings"
	"sync"
)

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
	"fr": {"1234567890'", "azertyuiopé", "qsdfghjklmè", "wxcvbnàçùê/"},
	"sl": {"1234567890'", "qwertzuiopš", "asdfghjklčž", "yxcvbnmćđè/"},
	"en": {"1234567890'", "qwertyuiopè", "asdfghjklòà", "zxcvbnmùìé/"}, // streets here have Italian names
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

// board is a keyboard as it stands in a page; the page adds its own last keys.
type board struct{ Rows, Last template.HTML }

// boards are drawn once: they are the same for everybody who speaks a language.
var boards = sync.OnceValue(func() map[string]map[string]board {
	all := map[string]map[string]board{}
	for language := range letters {
		all[language] = map[string]board{
			"text": draw(textKeyboard(language)),
			"mail": draw(mailKeyboard(language)),
			"pad":  {}, // the digits, which every pad has
		}
	}
	return all
})

func draw(k keyboard) board {
	var rows strings.Builder
	for _, row := range k.Rows {
		rows.WriteString("<div>")
		drawKeys(&rows, row)
		rows.WriteString("</div>")
	}
	var last strings.Builder
	drawKeys(&last, k.Last)
	return board{template.HTML(rows.String()), template.HTML(last.String())}
}

func drawKeys(b *strings.Builder, row []key) {
	for _, k := range row {
		class := ""
		if len([]rune(k.Types)) > 1 {
			class = ` class="pair"`
		}
		b.WriteString(`<button type="button" data-key="` + template.HTMLEscapeString(k.Types) + `"` + class + `>` +
			template.HTMLEscapeString(k.Shows) + `</button>`)
	}
}
