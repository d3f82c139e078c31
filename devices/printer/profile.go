package printer

import (
	"fmt"
	"slices"
	"strings"
)

// Profile is what one family of printers can do, as data. It comes from a file in
// profiles/ by [LookUp]; what a model does differently from its own manual is laid
// above it by [Profile.With].
type Profile struct {
	Name    string
	Columns int // characters of font A on a line
	Dots    int // printable width in dots
	// Narrowed: Dots is less than the printer's own width, which it has to be told, or
	// what stands in the middle does not.
	Narrowed bool
	// Pages are the code pages to use, best first. One is used for as long as it
	// has the letters.
	Pages []Page
	// OwnLetters: the printer draws letters that it is given (ESC &, ESC %).
	OwnLetters bool
	// QR is who draws a QR code, the printer or we.
	QR QRDrawing
	// Storage is where the printer keeps a picture, so that it need not be sent
	// each time.
	Storage Storage
	// MaxRows is how many rows of dots go into one raster command.
	MaxRows int
	// Confirm is how the printer says that all before it is on paper.
	Confirm Confirmation
	// Dialect is the way in which the printer tells what state it is in.
	Dialect Dialect
	// MayBeSilent: a printer that answers nothing is taken for one that cannot
	// answer, not for a broken one; its documents end Uncertain.
	MayBeSilent bool
	// Buffer is how many bytes the printer takes in before it has printed them.
	Buffer int
	// Drop is the real-time command that empties the printer's buffer, nil when
	// the printer has none. Without one, what a printer took of a document that
	// was given up comes out once it can print again, cut off from the next:
	// with paper out that may be after the person it was for has left.
	Drop []byte
	// Cut feeds the last line past the blade and cuts.
	Cut []byte
	// Presenter hands the receipt out; the zero value is a printer without one.
	Presenter Presenter
	// Recovers: the printer knows DLE ENQ 1 and 2, and after an error of its blade
	// or its rollers waits for one of them.
	Recovers bool
}

// Presenter is the part of a kiosk printer that holds a receipt back until it is
// cut, hands it out and may take it back.
type Presenter struct {
	Present []byte // hands out what was cut, to be pulled
	Retract []byte // takes back what nobody pulled, into a bin; nil when it cannot
	Eject   []byte // throws it out
	// Mouth is the question that tells whether paper is in the mouth.
	Mouth  MouthQuestion
	StepMM float64 // how far the paper moves with each step of Present
}

// There says whether the printer has a presenter.
func (p Presenter) There() bool { return len(p.Present) > 0 }

// Confirmation is the question whose answer comes only after everything sent
// before it is done.
type Confirmation string

const (
	ByProcessID    Confirmation = "process-id"    // GS ( H fn 48, which returns a number of our own
	ByQueuedStatus Confirmation = "queued-status" // GS r 1, executed in its turn
	ByPolling      Confirmation = "polling"       // no such question: the status tells when it is done
	ByNothing      Confirmation = "none"          // every document ends Uncertain
)

// Confirmations are the words for it in a profile.
func Confirmations() []string {
	return spelt(ByProcessID, ByQueuedStatus, ByPolling, ByNothing)
}

// Dialect is a way to tell the printer's state.
type Dialect string

const (
	StatusAutomatic Dialect = "asb"         // unasked, by four bytes at each change (GS a), and DLE EOT
	StatusRealtime  Dialect = "realtime"    // DLE EOT alone, asked once per second
	StatusCustom    Dialect = "custom-full" // DLE EOT 20, Custom's six bytes, never beside asb
	StatusNone      Dialect = "none"        // the printer must not be asked
)

// Dialects are the words for it in a profile.
func Dialects() []string {
	return spelt(StatusAutomatic, StatusRealtime, StatusCustom, StatusNone)
}

// QRDrawing is who draws a QR code.
type QRDrawing string

const (
	QRNative QRDrawing = "native" // the printer (GS ( k)
	QRRaster QRDrawing = "raster" // we, as a picture
)

// QRDrawings are the words for it in a profile.
func QRDrawings() []string { return spelt(QRNative, QRRaster) }

// Storage is a place in the printer for a picture.
type Storage string

const (
	StoredByKey    Storage = "gs-l" // GS ( L fn 67 and 69, known by two letters
	StoredByNumber Storage = "fs-q" // FS q and FS p, older, known by their order
	NotStored      Storage = "none"
)

// Storages are the words for it in a profile.
func Storages() []string { return spelt(StoredByKey, StoredByNumber, NotStored) }

// MouthQuestion tells whether paper is in the mouth of a presenter.
type MouthQuestion string

const (
	MouthFullStatus MouthQuestion = "full-status" // DLE EOT 20, third byte, bit 5
	MouthUnknown    MouthQuestion = "none"
)

// MouthQuestions are the words for it in a profile.
func MouthQuestions() []string {
	return spelt(MouthFullStatus, MouthUnknown)
}

func spelt[W ~string](words ...W) []string {
	var all []string
	for _, w := range words {
		all = append(all, string(w))
	}
	return all
}

// check finds what would make the encoder or the talk do nonsense.
func (p Profile) check() error {
	switch {
	case p.Columns < leastColumns || p.Columns > mostColumns:
		return fmt.Errorf("columns: %d is not between %d and %d", p.Columns, leastColumns, mostColumns)
	case p.Dots < p.Columns*cellWide || p.Dots > mostDots:
		return fmt.Errorf("dots: %d is not between %d (%d columns) and %d", p.Dots, p.Columns*cellWide, p.Columns, mostDots)
	case len(p.Pages) == 0:
		return fmt.Errorf("pages: there is none")
	case p.MaxRows < 1 || p.MaxRows > mostRows:
		return fmt.Errorf("max_rows: %d is not between 1 and %d", p.MaxRows, mostRows)
	case p.Buffer < 1 || p.Buffer > mostBuffer:
		return fmt.Errorf("buffer: %d is not between 1 and %d", p.Buffer, mostBuffer)
	case len(p.Cut) == 0:
		return fmt.Errorf("cut: there is none")
	case p.Presenter.There() && (p.Presenter.StepMM <= 0 || p.Presenter.StepMM > mostStep):
		return fmt.Errorf("presenter.step_mm: %g is not above 0 and at most %g", p.Presenter.StepMM, mostStep)
	case p.Presenter.Mouth == MouthFullStatus && p.Dialect != StatusCustom:
		return fmt.Errorf("presenter.mouth: %s needs status %s, which is the answer that it is in", MouthFullStatus, StatusCustom)
	case p.Storage != NotStored && (p.Presenter.There() || p.Confirm != ByProcessID && p.Confirm != ByQueuedStatus):
		return fmt.Errorf("stored_graphics: needs confirm %s or %s, and no presenter: else nobody knows whether the picture is kept", ByProcessID, ByQueuedStatus)
	}
	return p.checkWords()
}

// What a profile can hold: half the narrowest paper in use, and A4.
const (
	leastColumns, mostColumns = 16, 128
	mostDots                  = 1680
	mostRows                  = 255 // more would need a second byte, which could complete a real-time command
	mostBuffer                = 1 << 20
	mostStep                  = 50.0
)

func (p Profile) checkWords() error {
	for _, w := range []struct {
		key, word string
		known     []string
	}{
		{"confirm", string(p.Confirm), Confirmations()},
		{"status", string(p.Dialect), Dialects()},
		{"qr", string(p.QR), QRDrawings()},
		{"stored_graphics", string(p.Storage), Storages()},
		{"presenter.mouth", string(p.Presenter.Mouth), MouthQuestions()},
	} {
		if !slices.Contains(w.known, w.word) {
			return fmt.Errorf("%s: %q is none of %s", w.key, w.word, strings.Join(w.known, ", "))
		}
	}
	return nil
}
