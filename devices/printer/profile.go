package printer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Profile is what one family of printers can do, as data. A field may be
// changed after [LookUp]: models differ from their own manual.
type Profile struct {
	Name    string
	Columns int // characters of font A on a line
	Dots    int // printable width in dots
	// Pages are the code pages to use, best first. The first one is used for as
	// long as it has the letters.
	Pages []Page
	// Confirm is how the printer says that all before it is on paper.
	Confirm Confirmation
	// PushesStatus: the printer reports a change unasked (GS a, automatic status
	// back). Otherwise changes are found by asking once per second.
	PushesStatus bool
	// MayBeSilent: a printer that answers nothing is taken for one that cannot
	// answer, not for a broken one; its documents end Uncertain.
	MayBeSilent bool
	// Drop is the real-time command that empties the printer's buffer, nil when
	// the printer has none. Without one, what a printer took of a document that
	// was given up comes out once it can print again, cut off from the next:
	// with paper out that may be after the person it was for has left.
	Drop []byte
	// Cut feeds the last line past the blade and cuts.
	Cut []byte
}

// Confirmation is the question whose answer comes only after everything sent
// before it is done.
type Confirmation uint8

const (
	// ByQueuedStatus asks GS r 1, executed in its turn.
	ByQueuedStatus Confirmation = iota
	// ByProcessID asks GS ( H fn 48, which returns a number of our own.
	ByProcessID
)

// The page numbers are those of Epson's TM-T20, T70, T88, m30, P80 and of the
// many that follow them; they differ for other makers.
var (
	epsonPages = []Page{{19, PC858}, {16, WPC1252}, {18, PC852}}
	// partialCut is GS V 66 0: feed to the blade, cut but for one point, so that
	// the receipt does not fall to the floor.
	partialCut = []byte{gs, 'V', 66, 0}
)

var profiles = map[string]Profile{
	"epson": {
		Columns: 42, Dots: 512, // 80 mm at 180 dpi; at 203 dpi the margin is wider
		Pages:   epsonPages,
		Confirm: ByProcessID, PushesStatus: true,
		Drop: []byte{dle, 0x14, 8, 1, 3, 20, 1, 6, 2, 8}, // DLE DC4 fn 8
		Cut:  partialCut,
	},
	// What any ESC/POS printer can do. There is no Drop: CAN empties a buffer in
	// page mode only, and DLE DC4 8 is not known to all.
	"generic": {
		Columns: 42, Dots: 512,
		Pages:   epsonPages,
		Confirm: ByQueuedStatus, MayBeSilent: true,
		Cut: partialCut,
	},
}

// LookUp returns the profile of that name; the error lists the known ones.
func LookUp(name string) (Profile, error) {
	p, ok := profiles[name]
	if !ok {
		return Profile{}, fmt.Errorf("no printer profile %q; known: %s", name, strings.Join(Profiles(), ", "))
	}
	p.Name = name
	p.Pages = slices.Clone(p.Pages)
	return p, nil
}

// Profiles returns the known names in order.
func Profiles() []string { return slices.Sorted(maps.Keys(profiles)) }
