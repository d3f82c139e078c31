package printer

// A letter of font A takes 12 by 24 dots on every printer with a profile here.
const (
	cellWide = 12
	cellHigh = 24
)
