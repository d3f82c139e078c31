package printer

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Page is one code page under the number that the printer gives it in ESC t.
type Page struct {
	Number  byte
	Letters Letters
}

// Letters is a set of 256 letters.
type Letters uint8

const (
	PC437     Letters = iota // German, no capital with a grave accent
	PC850                    // Italian, German, no euro sign
	PC858                    // Italian, German, the euro sign
	PC852                    // Slovene and German, no letter with a grave accent
	WPC1252                  // PC858, French, š ž and typographic signs
	WPC1250                  // Slovene, typographic signs, no letter with a grave accent
	ISO885915                // Italian, German, French, š ž, the euro sign
	ISO88592                 // Slovene and German, no letter with a grave accent
)

var charmaps = [...]*charmap.Charmap{
	PC437:     charmap.CodePage437,
	PC850:     charmap.CodePage850,
	PC858:     charmap.CodePage858,
	PC852:     charmap.CodePage852,
	WPC1252:   charmap.Windows1252,
	WPC1250:   charmap.Windows1250,
	ISO885915: charmap.ISO8859_15,
	ISO88592:  charmap.ISO8859_2,
}

var lettersNames = [...]string{"PC437", "PC850", "PC858", "PC852", "WPC1252", "WPC1250", "ISO8859-15", "ISO8859-2"}

// LettersNames are the names of the sets, as printer manuals have them.
func LettersNames() []string { return slices.Clone(lettersNames[:]) }

// String returns the name that printer manuals use.
func (l Letters) String() string {
	if int(l) >= len(lettersNames) {
		return fmt.Sprintf("Letters(%d)", l)
	}
	return lettersNames[l]
}

// Has says whether r is one of the letters.
func (l Letters) Has(r rune) bool {
	_, ok := l.draw(r)
	return ok
}

func lettersNamed(name string) (Letters, error) {
	i := slices.Index(lettersNames[:], name)
	if i < 0 {
		return 0, fmt.Errorf("%q is not a code page; known: %s", name, strings.Join(lettersNames[:], ", "))
	}
	return Letters(i), nil
}

// draw returns the byte that draws r. It never returns a control byte: 00–1F,
// 7F, and the five that Windows-1252 leaves undefined (81 8D 8F 90 9D), which
// only C1 controls map to.
func (l Letters) draw(r rune) (byte, bool) {
	if r >= 0x20 && r < 0x7F {
		return byte(r), true
	}
	if r < 0xA0 {
		return 0, false
	}
	return charmaps[l].EncodeRune(r)
}

// drawable says whether any of the pages has r.
func drawable(pages []Page, r rune) bool {
	for _, p := range pages {
		if _, ok := p.Letters.draw(r); ok {
			return true
		}
	}
	return false
}
