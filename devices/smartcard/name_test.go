package smartcard

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestANameIsReadAsItsIssuerWroteIt(t *testing.T) {
	for name, c := range map[string]struct{ bytes, want string }{
		"ASCII":                   {"D'ANGELO-ROSSI JR.", "D'ANGELO-ROSSI JR."},
		"ISO/IEC 8859-1":          {"NICOL\xD2", "NICOLÒ"},
		"8859-1, last byte":       {"\xFF", "ÿ"},
		"UTF-8":                   {"NICOL\xC3\x92", "NICOLÒ"},
		"Slovene in UTF-8":        {"\xC5\xA0TRUKELJ", "ŠTRUKELJ"},
		"decomposed":              {"NICOLO\u0300", "NICOLÒ"},
		"UTF-8 cut in the middle": {"NICOL\xC3", "NICOLÃ"},
		"C1 control in 8859-1":    {"A\x9BB\xE0", "A Bà"},
		"nothing":                 {"", ""},
	} {
		if got := legible(decoded([]byte(c.bytes))); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestNothingInANameMovesWhatIsAroundIt(t *testing.T) {
	for name, c := range map[string]struct{ from, want string }{
		"printer commands":         {"ROSSI\x1B@\x1Dk\x00", "ROSSI @ k"},
		"lines":                    {"ROSSI\r\nMARIO\u2028X\u2029Y\u0085Z", "ROSSI MARIO X Y Z"},
		"right to left":            {"\u202EROSSI\u202C \u2066MARIO\u2069\u200F\u061C", "ROSSI MARIO"},
		"invisible letters":        {"RO\u200BS\u200DS\uFEFFI\u00AD", "ROSSI"},
		"a joiner inside a letter": {"NICOLO\u200D\u0300", "NICOLÒ"},
		"tags":                     {"ROSSI\U000E0041\U000E007F", "ROSSI"},
		"private and unassigned":   {"ROSSI\uE000\U000F0000\u0378", "ROSSI"},
		"marks piled up":           {"ROSSI\u0301\u0302\u0303\u0304\u0305\u0306", "ROSSÍ\u0302\u0303"},
		"marks on nothing":         {"\u0301ROSSI \u0301", "ROSSI"},
		"spaces":                   {"  ROSSI \u00A0\u3000 MARIO  ", "ROSSI MARIO"},
		"not UTF-8":                {"ROSSI\xFF\xFEMARIO", "ROSSI MARIO"},
		"only control":             {"\x00\x01\x02", ""},
		"markup stays text":        {"<b>ROSSI</b>", "<b>ROSSI</b>"},
	} {
		if got := legible(c.from); got != c.want {
			t.Errorf("%s: %+q, want %+q", name, got, c.want)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add([]byte("NICOL\xD2 D'ANGELO"))
	f.Add([]byte("\xE2\x80\xAEISSOR\x1B@"))
	f.Add([]byte("A\xCC\x80\xCC\x81\xCC\x82\xCC\x83 \xCC\x80"))
	f.Fuzz(func(t *testing.T, b []byte) {
		name := legible(decoded(b))
		if !utf8.ValidString(name) || strings.TrimSpace(name) != name || !norm.NFC.IsNormalString(name) {
			t.Errorf("%q becomes %q", b, name)
		}
		for _, r := range name {
			if !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' {
				t.Errorf("%q keeps %U", b, r)
			}
		}
		if again := legible(name); again != name {
			t.Errorf("%q becomes %q, which becomes %q", b, name, again)
		}
	})
}
