package printer

import (
	"bytes"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"pue/devices/printer/printersim"
)

// realtimeIn finds what a serial printer obeys on reception, whatever it stands in.
func realtimeIn(data []byte) bool {
	for _, second := range []byte{0x04, 0x05, 0x14} {
		if bytes.Contains(data, []byte{0x10, second}) {
			return true
		}
	}
	return false
}

// random is a picture of which every third byte is one that a real-time command
// begins or goes on with.
func random(r *rand.Rand) *Picture {
	p := newPicture(1+r.IntN(logoWide), 1+r.IntN(logoHigh))
	for i := range p.rows {
		p.rows[i] = byte(r.Uint32())
		if r.IntN(3) == 0 {
			p.rows[i] = []byte{0x10, 0x04, 0x05, 0x14}[r.IntN(4)]
		}
	}
	return p
}

func TestNoPictureCommandsThePrinter(t *testing.T) {
	pictures, found := 10_000, 0
	if testing.Short() {
		pictures = 500
	}
	r := rand.New(rand.NewPCG(6, 22))
	byKey, err := LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	byNumber := byKey
	byNumber.Storage = StoredByNumber
	d := Document{Blocks: []Block{Logo{}}}
	for range pictures {
		p := random(r)
		if realtimeIn(p.rows) {
			found++
		}
		setup := Setup{Profile: byKey, Logo: p}
		e, err := setup.Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		if realtimeIn(e.Data) || realtimeIn(setup.StoreLogo()) || realtimeIn(Setup{Profile: byNumber, Logo: p}.StoreLogo()) {
			t.Fatalf("a real-time command is in what is sent of a picture of %d by %d", p.wide, p.high)
		}
	}
	if found < pictures/2 {
		t.Errorf("only %d of %d pictures held a real-time command at all", found, pictures)
	}
}

// TestADefusedPictureLooksTheSame counts dots: what is added stands beside a dot
// that was alone in its byte.
func TestADefusedPictureLooksTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		p := random(r)
		q := &Picture{p.wide, p.high, defused(p.rows)}
		for i := range p.rows {
			if p.rows[i] != q.rows[i] && (p.rows[i] != 0x10 || q.rows[i] != 0x18) {
				t.Fatalf("byte %d: %02X became %02X", i, p.rows[i], q.rows[i])
			}
		}
	}
	if got := defused([]byte{0x10, 0x10, 0x04, 0x10}); !bytes.Equal(got, []byte{0x10, 0x18, 0x04, 0x10}) {
		t.Errorf("% X", got)
	}
}

// TestLogoComesOutHoweverItTravels prints one picture as raster, by key and by
// number, and compares the ink.
func TestLogoComesOutHoweverItTravels(t *testing.T) {
	logo := Wordmark("PUE")
	epson, err := LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	d := Document{Blocks: []Block{Logo{Text: "PUE"}, Text{Text: "x"}}}
	var first *image.Alpha
	for _, storage := range []Storage{NotStored, StoredByKey, StoredByNumber} {
		p := epson
		p.Storage = storage
		setup := Setup{Profile: p, Logo: logo, LogoStored: storage != NotStored}
		e, err := setup.Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		sim := printersim.Decode("epson", append(setup.StoreLogo(), e.Data...))
		if f := sim.Faults(); len(f) > 0 || len(sim.Receipts()) != 1 {
			t.Fatalf("%s: %d receipts, faults %q", storage, len(sim.Receipts()), f)
		}
		ink := sim.Receipts()[0].Ink()
		if first == nil {
			first = ink
		}
		// FS q pads to whole bytes, so that the picture may stand a little aside.
		if a, b := inked(first), inked(ink); a != b {
			t.Errorf("%s: %d dots of ink, want %d", storage, b, a)
		}
		if storage != NotStored && len(e.Data) > 60 {
			t.Errorf("%s: %d bytes for a stored logo and a letter", storage, len(e.Data))
		}
	}
}

func inked(ink *image.Alpha) int {
	n := 0
	for _, a := range ink.Pix {
		if a > 0x7F {
			n++
		}
	}
	return n
}

// TestADrawnLetterIsThatLetter prints letters that no page has beside a printer
// that has them: among all of them, each looks most like itself.
func TestADrawnLetterIsThatLetter(t *testing.T) {
	const letters = "čćšśžźďĐđłŁřőűČŠŽžç"
	var judged []*image.Alpha
	all := []rune(letters)
	for _, r := range all {
		judged = append(judged, inkOf(t, "epson", r))
	}
	for _, name := range []string{"custom-vkp80", "generic"} {
		for _, r := range all {
			got := inkOf(t, name, r)
			best, least := -1, 0
			for j, want := range judged {
				if n := unlike(got, want); best < 0 || n < least {
					best, least = j, n
				}
			}
			if all[best] != r {
				t.Errorf("%s: %c looks like %c", name, r, all[best])
			}
		}
	}
}

// inkOf prints a letter alone, without the help of pages other than the first,
// unless the printer is the one to compare with.
func inkOf(t *testing.T, name string, r rune) *image.Alpha {
	t.Helper()
	p, err := LookUp(name)
	if err != nil {
		t.Fatal(err)
	}
	if name == "epson" {
		p.OwnLetters = false
	} else {
		p.Pages = p.Pages[:1]
	}
	e, err := Setup{Profile: p}.Encode(Document{Blocks: []Block{Text{Text: string(r), Bold: name == "generic"}}})
	if err != nil || e.Lost > 0 {
		t.Fatalf("%s: %c: lost %d, %v", name, r, e.Lost, err)
	}
	sim := printersim.Decode(name, e.Data)
	if f := sim.Faults(); len(f) > 0 || len(sim.Receipts()) != 1 {
		t.Fatalf("%s: %c: %d receipts, faults %q", name, r, len(sim.Receipts()), f)
	}
	item := sim.Receipts()[0].Items[0]
	ink := sim.Receipts()[0].Ink()
	cell := image.NewAlpha(image.Rect(0, 0, cellWide, cellHigh))
	for y := range cellHigh {
		for x := range cellWide {
			cell.SetAlpha(x, y, color.Alpha{A: ink.AlphaAt(ink.Rect.Min.X+item.Left+x, ink.Rect.Min.Y+item.Top+y).A})
		}
	}
	return cell
}

// unlike is how many dots differ where the two fit best: fonts may stand a dot
// higher or lower.
func unlike(a, b *image.Alpha) int {
	least := cellWide * cellHigh
	for dy := -2; dy <= 2; dy++ {
		for dx := -1; dx <= 1; dx++ {
			n := 0
			for y := range cellHigh {
				for x := range cellWide {
					if (a.AlphaAt(x, y).A > 0x7F) != (b.AlphaAt(x+dx, y+dy).A > 0x7F) {
						n++
					}
				}
			}
			least = min(least, n)
		}
	}
	return least
}
