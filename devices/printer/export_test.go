package printer

// OwnLetters tells which letters the encoder draws itself for d, by their code.
func OwnLetters(d Document, p Profile) map[byte]rune {
	e := encoder{p: p, letters: repertoire{pages: p.Pages, drawn: true}}
	if p.OwnLetters {
		e.letters.own.free = freeCodes(d)
	}
	if _, err := e.layOut(d); err != nil {
		return nil
	}
	letters := map[byte]rune{}
	for r, c := range e.letters.own.codes {
		letters[c] = r
	}
	return letters
}

// BlocksOf cuts an encoding where questions may stand.
func BlocksOf(e Encoding) [][]byte { return blocksOf(e) }

// ReadLogo makes a logo of the bytes of a PNG.
var ReadLogo = readLogo
