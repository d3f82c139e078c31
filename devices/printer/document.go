package printer

// Document is a receipt as meaning, not as bytes: the same document goes to
// paper, to a screen preview and to a log of nothing but its length. It holds no
// control characters; the encoder strips what a card or a server may have
// slipped in.
type Document struct{ Blocks []Block }

// Block is one of Heading, Text, Row, Rule, QR and Feed.
type Block interface{ block() }

// Heading is a centred bold line, double size when Big.
type Heading struct {
	Text string
	Big  bool
}

// Text is a wrapped paragraph.
type Text struct {
	Text string
	Bold bool
}

// Row is a label at the left and a value at the right, on two lines when both
// do not fit on one.
type Row struct{ Label, Value string }

// Rule is a line across the paper.
type Rule struct{}

// QR is a QR code drawn by the printer (ISO/IEC 18004, model 2, level M).
type QR struct{ Data string }

// Feed is blank paper, in lines.
type Feed struct{ Lines int }

func (Heading) block() {}
func (Text) block()    {}
func (Row) block()     {}
func (Rule) block()    {}
func (QR) block()      {}
func (Feed) block()    {}

// Result is what became of a document.
type Result struct {
	Outcome Outcome `json:"state"`
	// Reason is a kebab-case key, empty when printed: "no-answer", "stalled",
	// "unplugged" (while printing), "stopped" (the program ends), "bad-document",
	// or the reason of the [devices.Status] that stood in the way ("paper-out",
	// "cover-open", "absent", …).
	Reason string `json:"reason,omitempty"`
	Bytes  int    `json:"bytes"`
	Millis int64  `json:"ms"`
}

// Outcome is how sure we are that paper came out.
type Outcome string

const (
	// Printed: the printer itself said, after the cut, that all of it was done.
	Printed Outcome = "printed"
	// Uncertain: bytes were sent and no confirmation came.
	Uncertain Outcome = "uncertain"
	// NotPrinted: nothing reached the paper.
	NotPrinted Outcome = "failed"
)
