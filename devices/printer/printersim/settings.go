package printersim

// settings are the modes that ESC @ resets.
type settings struct {
	look
	page    byte
	country byte
	align   int // 0 left, 1 centre, 2 right
	margin  int // dots
	area    int // dots, 0 = to the edge of the paper
	cursor  int // dots from the left of the area to the next letter
	gap     int // dots between letters
	spacing int // dots from line to line
	tabs    []byte

	unitsAcross, unitsDown int // motion units in an inch, 0 = the model's
}

// look is how a letter is drawn.
type look struct {
	bold, reverse bool
	small         bool // font B
	fontA         room
	underline     int // dots
	width, height int // 1 to 8
}

// room is what a letter takes, in dots.
type room struct{ wide, high int }

// The two fonts of nearly every ESC/POS printer, in dots.
var (
	fontA = room{12, 24}
	fontB = room{9, 17}
)

func (l look) font() room {
	if l.small {
		return fontB
	}
	return l.fontA
}

// box is the room that a letter of this look takes.
func (l look) box() room {
	f := l.font()
	return room{f.wide * l.width, f.high * l.height}
}

// choose is ESC !: font, bold, double height, double width and underline at once.
func (l *look) choose(n byte) {
	l.small, l.bold = n&0x01 != 0, n&0x08 != 0
	l.height, l.width = 1+int(n>>4&1), 1+int(n>>5&1)
	l.underline = int(n >> 7)
}

// reset is ESC @: modes back to their defaults, a started line and own letters
// thrown away. What was received and automatic status stay.
func (s *Sim) reset() {
	s.set = settings{look: look{width: 1, height: 1, fontA: s.model.fontA()}, spacing: s.lineSpacing()}
	for column := 8; column < 256; column += 8 {
		s.set.tabs = append(s.set.tabs, byte(column))
	}
	s.codes = codes{high: 162, wide: 3, module: 3, level: '0'}
	s.own = ownLetters{}
	s.stored.download = nil
	s.line = nil
}

// lineSpacing of ESC 2 is a sixth of an inch.
func (s *Sim) lineSpacing() int { return (s.model.dpi + 5) / 6 }

// blade is how far the blade stands above the head: 15 mm.
func (s *Sim) blade() int { return s.model.dpi * 15 * 10 / 254 }

// across turns horizontal motion units into dots.
func (s *Sim) across(units int) int { return dots(units, s.set.unitsAcross, s.model.dpi, s.model.dpi) }

// down turns vertical motion units into dots.
func (s *Sim) down(units int) int {
	return dots(units, s.set.unitsDown, s.model.unitsDown, s.model.dpi)
}

func dots(units, perInch, usual, dpi int) int {
	if perInch == 0 {
		perInch = usual
	}
	return units * dpi / perInch
}

// areaWidth is the room of a line.
func (s *Sim) areaWidth() int {
	room := s.model.dots - s.set.margin
	if s.set.area > 0 {
		room = min(room, s.set.area)
	}
	return room
}
