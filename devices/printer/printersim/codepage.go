package printersim

import "golang.org/x/text/encoding/charmap"

// codePages are the tables that the TM-T88V manual lists under ESC t, as far as
// Europe needs them.
var codePages = map[byte]*charmap.Charmap{
	0:  charmap.CodePage437,
	2:  charmap.CodePage850,
	16: charmap.Windows1252,
	17: charmap.CodePage866,
	18: charmap.CodePage852,
	19: charmap.CodePage858,
	39: charmap.ISO8859_2,
	40: charmap.ISO8859_15,
	45: charmap.Windows1250,
}

// national is what ESC R n puts in the place of ASCII's # $ @ [ \ ] ^ ` { | } ~
// for the countries around Italy; 0 is the United States, which is ASCII.
var national = map[byte]string{
	1: "#$à°ç§^`éùè¨",  // France
	2: "#$§ÄÖÜ^`äöüß",  // Germany
	6: "#$@°\\é^ùàòèì", // Italy
}

const replaceable = "#$@[\\]^`{|}~"

// letter decodes one byte of text.
func (s *Sim) letter(b byte) rune {
	if b >= 0x80 {
		return codePages[s.set.page].DecodeByte(b)
	}
	if letters, ok := national[s.set.country]; ok {
		for i, r := range []rune(letters) {
			if replaceable[i] == b {
				return r
			}
		}
	}
	return rune(b)
}
