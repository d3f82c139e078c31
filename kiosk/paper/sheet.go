package paper

import (
	"strings"
	"time"

	"pue/devices/printer"
	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
)

// sheet is a receipt being written, in the citizen's language and, where that is
// another, in Italian below it: whoever helps with the paper later reads Italian.
type sheet struct {
	languages []messages.Language
	place     Place
	trusted   bool // somebody vouches for the terminal's clock
	// destination is who receives what the sheet is about; empty for INPS.
	destination string
	large       bool // letters twice as high
	private     bool // it tells of one person
	coded       bool // it bears a claim code, which begins with the terminal
	blocks      []printer.Block
}

func (c *Composer) sheet(lang string) *sheet {
	s := &sheet{place: c.place, trusted: c.trusted(), large: c.large, languages: []messages.Language{c.messages.In(lang)}}
	if s.languages[0].Tag() != messages.Italian && !c.alone {
		s.languages = append(s.languages, c.messages.In(messages.Italian))
	}
	return s
}

// to makes s a sheet about what goes to a destination.
func (s *sheet) to(destination string) *sheet {
	s.destination = destination
	return s
}

// submission makes s a sheet about a submission, which bears its claim code.
func (s *sheet) submission(e outbox.Entry) *sheet {
	s.coded = true
	return s.to(e.Destination)
}

// personal makes s a sheet that tells of one person, even where it names nobody: it
// is not kept, and not printed again once that person may have left.
func (s *sheet) personal() *sheet {
	s.private = true
	return s
}

// T is a text in the words for the destination, where these differ from those for
// INPS: a receipt must not name the wrong one.
func (s *sheet) T(l messages.Language, key string, args ...any) string {
	if k := key + "." + s.destination; l.Has(k) {
		key = k
	}
	return l.T(key, args...)
}

func (s *sheet) add(blocks ...printer.Block) { s.blocks = append(s.blocks, blocks...) }

func (s *sheet) done() printer.Document {
	if s.large {
		s.enlarge()
	}
	return printer.Document{Blocks: s.blocks, Private: s.private}
}

// enlarge makes what is to be read twice as high: a title, or the mark of a copy, must
// not be smaller than what stands below it. The code has a size of its own.
func (s *sheet) enlarge() {
	for i, b := range s.blocks {
		switch b := b.(type) {
		case printer.Heading:
			b.Large = !b.Big
			s.blocks[i] = b
		case printer.Text:
			b.Large = true
			s.blocks[i] = b
		case printer.Row:
			b.Large = true
			s.blocks[i] = b
		}
	}
}

// head says where the paper comes from, and that it is not the first of its kind
// when it is not.
func (s *sheet) head(reprint int) {
	s.add(
		printer.Logo{},
		printer.Heading{Text: s.both("receipt.head")},
		printer.Heading{Text: s.both("receipt.municipality", "municipality", s.place.Municipality)},
	)
	if !s.coded {
		s.add(printer.Row{Label: s.both("receipt.terminal"), Value: s.place.Terminal})
	}
	if reprint > 0 {
		s.add(printer.Heading{Text: s.both("receipt.reprint", "n", reprint)})
	}
	s.add(printer.Rule{})
	if s.destination == catalog.Comune {
		s.add(printer.Row{Label: s.both("receipt.for"), Value: s.both("receipt.municipality", "municipality", s.place.Municipality)})
	}
}

// printed is when the paper came out.
func (s *sheet) printed(t time.Time) {
	s.add(printer.Row{Label: s.both("receipt.printed"), Value: at(s.languages[0], t)})
	if !s.trusted {
		s.add(printer.Text{Text: s.both("receipt.own-clock")})
	}
}

// between sets the second language off from the first.
func (s *sheet) between(i int) {
	if i > 0 {
		s.add(printer.Rule{})
	}
}

// claim is the code for the eye and for a reader, once for both languages. For the
// eye the terminal has a line of its own: in double size the whole code would break
// somewhere in its middle.
func (s *sheet) claim(code string) {
	s.add(
		printer.Rule{},
		printer.Heading{Text: s.both("receipt.claim")},
		printer.Heading{Text: s.place.Terminal, Big: true},
		printer.Heading{Text: strings.TrimPrefix(code, s.place.Terminal+"-"), Big: true},
		printer.QR{Data: code},
	)
}

// phones are the numbers to call. The sentence before them has a line in each
// language: side by side the two would break in the middle of one.
func (s *sheet) phones() {
	s.add(printer.Rule{})
	for _, l := range s.languages {
		s.add(printer.Text{Text: s.T(l, "receipt.questions")})
	}
	if s.destination == catalog.Comune {
		s.add(printer.Row{Label: s.both("receipt.phone"), Value: s.place.PhoneComune})
		return
	}
	s.add(
		printer.Row{Label: s.both("receipt.phone-fixed"), Value: s.place.PhoneFixed},
		printer.Row{Label: s.both("receipt.phone-mobile"), Value: s.place.PhoneMobile},
	)
}

// both is a short text in all languages of the sheet, once where they agree.
func (s *sheet) both(key string, args ...any) string {
	var texts []string
	for _, l := range s.languages {
		if t := s.T(l, key, args...); len(texts) == 0 || texts[0] != t {
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, " / ")
}
