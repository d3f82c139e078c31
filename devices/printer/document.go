package printer

// Document is a receipt as meaning, not as bytes: the same document goes to
// paper, to a screen preview and to a log of nothing but its length. It holds no
// control characters; the encoder strips what a card or a server may have
// slipped in.
type Document struct {
	Blocks []Block
	// Private: it names or tells of a person. Whoever keeps documents must not keep
	// this one, nor print it again once the person may have left.
	Private bool
}

// Block is one of Logo, Heading, Text, Row, Rule, QR and Feed.
type Block interface{ block() }

// Logo is the picture that the printer was given, in the middle of the paper, and
// the words for it where no picture can be drawn.
type Logo struct{ Text string }

// Heading is a centred bold line, double size when Big; Large letters are twice as
// high, and no wider.
type Heading struct {
	Text  string
	Big   bool
	Large bool
}

// Text is a wrapped paragraph; Large letters are twice as high, and no wider.
type Text struct {
	Text  string
	Bold  bool
	Large bool
}

// Row is a label at the left and a value at the right, on two lines when both
// do not fit on one.
type Row struct {
	Label, Value string
	Bold         bool
	Large        bool
}

// Rule is a line across the paper.
type Rule struct{}

// QR is a QR code drawn by the printer (ISO/IEC 18004, model 2, level M).
type QR struct{ Data string }

// Feed is blank paper, in lines.
type Feed struct{ Lines int }

func (Logo) block()    {}
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
	// "unplugged" (while printing), "line-errors" (the printer missed bytes of it, or
	// was silent in its midst and may have been switched off and on), "stopped" (the program
	// ends), "bad-document",
	// or the reason of the [devices.Status] that stood in the way ("paper-out",
	// "cover-open", "absent", …).
	Reason string `json:"reason,omitempty"`
	// Lost is the number of letters that are on the paper without their accent, or
	// as a question mark.
	Lost   int   `json:"lost,omitempty"`
	Bytes  int   `json:"bytes"`
	Millis int64 `json:"ms"`
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
