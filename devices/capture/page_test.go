package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// letter is a page of A4 at so many dots to the inch, written in eleven points,
// with paper and ink of the given luma.
func letter(tb testing.TB, dpi int, paper, ink uint8) *image.RGBA {
	tb.Helper()
	return written(tb, dpi, paper, ink, 60)
}

// written is letter with so many lines on it.
func written(tb testing.TB, dpi int, paper, ink uint8, lines int) *image.RGBA {
	tb.Helper()
	typeface, err := opentype.Parse(goregular.TTF)
	if err != nil {
		tb.Fatal(err)
	}
	face, err := opentype.NewFace(typeface, &opentype.FaceOptions{Size: 11, DPI: float64(dpi)})
	if err != nil {
		tb.Fatal(err)
	}
	mm := float64(dpi) / 25.4
	page := image.NewRGBA(image.Rect(0, 0, int(210*mm), int(297*mm)))
	draw.Draw(page, page.Rect, image.NewUniform(color.Gray{paper}), image.Point{}, draw.Src)
	d := font.Drawer{Dst: page, Src: image.NewUniform(color.Gray{ink}), Face: face}
	for line := range lines {
		d.Dot = fixed.P(int(20*mm), int((20+float64(line)*4.4)*mm))
		d.DrawString("La ditta comunica che il rapporto di lavoro si conclude il 31 ottobre 2026.")
	}
	return page
}

// defocused is what a lens that looks elsewhere makes of a page.
func defocused(page *image.RGBA, radius int) *image.RGBA {
	for range 2 {
		page = smeared(smeared(page, radius, 1, 0), radius, 0, 1)
	}
	return page
}

func smeared(page *image.RGBA, radius, dx, dy int) *image.RGBA {
	out := image.NewRGBA(page.Rect)
	for y := range page.Rect.Dy() {
		for x := range page.Rect.Dx() {
			sum, n := 0, 0
			for k := -radius; k <= radius; k++ {
				if at := image.Pt(x+k*dx, y+k*dy); at.In(page.Rect) {
					sum += int(page.Pix[page.PixOffset(at.X, at.Y)])
					n++
				}
			}
			out.Set(x, y, color.Gray{uint8(sum / n)})
		}
	}
	return out
}

// grainy is what a small sensor adds in a dim room.
func grainy(page *image.RGBA, sigma float64) *image.RGBA {
	grain := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < len(page.Pix); i += 4 {
		luma := min(255, max(0, float64(page.Pix[i])+grain.NormFloat64()*sigma))
		page.Pix[i], page.Pix[i+1], page.Pix[i+2] = uint8(luma), uint8(luma), uint8(luma)
	}
	return page
}

// shadowed lies half under somebody's arm.
func shadowed(page *image.RGBA) *image.RGBA {
	for y := range page.Rect.Dy() {
		for x := range page.Rect.Dx() / 2 {
			i := page.PixOffset(x, y)
			for c := range 3 {
				page.Pix[i+c] = page.Pix[i+c] / 2
			}
		}
	}
	return page
}

func photograph(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	data, err := writeJPEG(img, 92)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestAPageIsJudgedByWhetherItCanBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		page *image.RGBA
		want []Flaw
	}{
		"sharp":                    {letter(t, 150, 235, 30), nil},
		"sharp, as a scanner does": {letter(t, 200, 255, 0), nil},
		"sharp, in grey light":     {letter(t, 150, 140, 40), nil},
		"sharp, in pencil":         {letter(t, 150, 220, 140), nil},
		"sharp, at the least size": {letter(t, 120, 230, 40), nil},
		"half in the shade":        {shadowed(letter(t, 150, 230, 40)), nil},
		"with grain":               {grainy(letter(t, 150, 200, 50), 6), nil},
		"three lines on a sheet":   {written(t, 150, 235, 30, 3), nil},
		"slightly soft":            {defocused(letter(t, 150, 235, 30), 1), nil},
		"blurred":                  {defocused(letter(t, 150, 235, 30), 4), []Flaw{Blurred}},
		"blurred, with grain":      {grainy(defocused(letter(t, 150, 235, 30), 5), 3), []Flaw{Blurred}},
		"dark":                     {letter(t, 150, 70, 10), []Flaw{TooDark}},
		"black":                    {letter(t, 150, 0, 0), []Flaw{TooDark}},
		"bright: the writing gone": {letter(t, 150, 255, 225), []Flaw{TooBright}},
		"an empty sheet":           {written(t, 150, 250, 0, 0), []Flaw{TooBright}},
		"the grey of a table":      {written(t, 150, 128, 0, 0), []Flaw{Blurred}},
		"few points":               {letter(t, 90, 235, 30), []Flaw{TooSmall}},
		"few points in the dark":   {letter(t, 90, 40, 10), []Flaw{TooSmall, TooDark}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Take(photograph(t, c.page))
			if err != nil {
				t.Fatal(err)
			}

			if !slices.Equal(p.Flaws, c.want) {
				grey := reduced(c.page)
				dark, bright := tones(grey)
				t.Errorf("flaws %q, want %q (dark %d, bright %d, sharpness %.4f)", p.Flaws, c.want, dark, bright,
					sharpness(grey, float64(bright)-float64(dark)))
			}
		})
	}
}

func TestAPageIsWrittenAnewSmallAndWithoutWhatStoodBesideIt(t *testing.T) {
	page := grainy(letter(t, 300, 230, 30), 20) // noise does not compress
	data := withSegment(photograph(t, page), 0xe1, append([]byte("Exif\x00\x00"), "MM\x00*\x00\x00\x00\x08\x00\x00 46.14N 12.21E"...))
	data = withSegment(data, 0xfe, []byte("owner: Anna Prova"))
	p, err := Take(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Data) > pageBytes || p.MediaType != JPEG {
		t.Errorf("%d bytes of %s", len(p.Data), p.MediaType)
	}
	for _, word := range []string{"Exif", "46.14N", "Anna"} {
		if bytes.Contains(p.Data, []byte(word)) || bytes.Contains(p.Thumb, []byte(word)) {
			t.Errorf("%q travels", word)
		}
	}
	for _, written := range [][]byte{p.Data, p.Thumb} {
		if _, err := jpeg.Decode(bytes.NewReader(written)); err != nil {
			t.Error(err)
		}
	}
	if len(p.Thumb) > 16<<10 || max(p.Width, p.Height) > pageLong {
		t.Errorf("thumb of %d bytes, page of %d × %d", len(p.Thumb), p.Width, p.Height)
	}
}

func TestATurnedPictureIsPutUpright(t *testing.T) {
	// The top left corner is dark, beside it on the long side a grey one.
	page := image.NewGray(image.Rect(0, 0, 300, 200))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	draw.Draw(page, image.Rect(0, 0, 60, 60), image.NewUniform(color.Gray{0}), image.Point{}, draw.Src)
	draw.Draw(page, image.Rect(240, 0, 300, 60), image.NewUniform(color.Gray{120}), image.Point{}, draw.Src)
	// How a camera that was held so stores the page that is looked for.
	stored := map[int]func(x, y int) (int, int){
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return 299 - x, y },
		3: func(x, y int) (int, int) { return 299 - x, 199 - y },
		4: func(x, y int) (int, int) { return x, 199 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, 299 - x },
		7: func(x, y int) (int, int) { return 199 - y, 299 - x },
		8: func(x, y int) (int, int) { return 199 - y, x },
	}
	for o, put := range stored {
		lying := image.NewGray(image.Rect(0, 0, 300, 200))
		if o >= 5 {
			lying = image.NewGray(image.Rect(0, 0, 200, 300))
		}
		for y := range 200 {
			for x := range 300 {
				px, py := put(x, y)
				lying.SetGray(px, py, page.GrayAt(x, y))
			}
		}
		for name, order := range map[string]binary.AppendByteOrder{"II*\x00": binary.LittleEndian, "MM\x00*": binary.BigEndian} {
			p, err := Take(withSegment(photograph(t, lying), 0xe1, exif(name, order, o)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := jpeg.Decode(bytes.NewReader(p.Data))
			if err != nil {
				t.Fatal(err)
			}
			if got.Bounds().Dx() != 300 || got.Bounds().Dy() != 200 {
				t.Fatalf("orientation %d: %v", o, got.Bounds())
			}
			for at, want := range map[image.Point]int{{30, 30}: 0, {270, 30}: 120, {30, 170}: 255, {270, 170}: 255} {
				if luma, _, _, _ := got.At(at.X, at.Y).RGBA(); max(int(luma>>8), want)-min(int(luma>>8), want) > 12 {
					t.Errorf("orientation %d: luma %d at %v, want %d", o, luma>>8, at, want)
				}
			}
		}
	}
}

// exif is a segment that says nothing but the orientation.
func exif(mark string, order binary.AppendByteOrder, orientation int) []byte {
	b := append([]byte("Exif\x00\x00"), mark...)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, uint16(orientation))
	return order.AppendUint32(order.AppendUint16(b, 0), 0)
}

func withSegment(data []byte, marker byte, content []byte) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, marker}, uint16(len(content)+2))
	return slices.Concat(head, content, data[2:])
}

func TestAPictureIsRefusedBeforeItTakesMemory(t *testing.T) {
	// A PNG that claims a size and has nothing behind it.
	claims := func(width, height uint32, depth, kind byte) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
			t.Fatal(err)
		}
		head := b.Bytes()[:33]
		binary.BigEndian.PutUint32(head[16:], width)
		binary.BigEndian.PutUint32(head[20:], height)
		head[24], head[25] = depth, kind
		binary.BigEndian.PutUint32(head[29:], crc32.ChecksumIEEE(head[12:29]))
		return head
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                {nil, ErrUnreadable},
		"a text":                 {[]byte("Gentile signora"), ErrUnreadable},
		"half a photograph":      {half(photograph(t, letter(t, 150, 235, 30))), ErrUnreadable},
		"only the head of a PNG": {claims(1000, 1000, 8, 0), ErrUnreadable},
		"50 million points":      {claims(10_000, 5_000, 8, 0), ErrTooLarge},
		"16 bits a channel":      {claims(6_000, 6_000, 16, 6), ErrTooLarge},
		"wide beyond counting":   {claims(1<<31-1, 1<<31-1, 8, 0), ErrUnreadable},
		"too many bytes":         {make([]byte, MostBytes+1), ErrTooLarge},
	} {
		if _, err := Take(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func half(data []byte) []byte { return data[:len(data)/2] }

func TestAPDFOfTheScannerTravelsAsItIs(t *testing.T) {
	whole := []byte("%PDF-1.7\n" + strings.Repeat("x", 3000) + "\nstartxref\n9\n%%EOF\n")
	p, err := TakeScanned(whole)
	if err != nil || p.MediaType != PDF || !bytes.Equal(p.Data, whole) || p.Thumb != nil {
		t.Errorf("%s of %d bytes, error %v", p.MediaType, len(p.Data), err)
	}
	if _, err := TakeScanned(whole[:2000]); !errors.Is(err, ErrUnreadable) {
		t.Errorf("half a PDF: %v", err)
	}
	if _, err := TakeScanned(append(make([]byte, 0), append(bytes.Repeat([]byte("%PDF-"), MostBytes/5+1), "%%EOF"...)...)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large PDF: %v", err)
	}
	if _, err := Take(whole); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a PDF from the camera: %v", err)
	}
	if p, err := TakeScanned(photograph(t, letter(t, 150, 235, 30))); err != nil || p.MediaType != JPEG {
		t.Errorf("a picture from the scanner: %s, %v", p.MediaType, err)
	}
}

func TestAWipedPageHoldsNothing(t *testing.T) {
	p, err := Take(photograph(t, letter(t, 120, 235, 30)))
	if err != nil {
		t.Fatal(err)
	}
	data, thumb := p.Data, p.Thumb
	p.Wipe()
	if slices.Max(data) != 0 || slices.Max(thumb) != 0 || p.Data != nil {
		t.Error("the picture is still there")
	}
}

func FuzzTake(f *testing.F) {
	small := image.NewGray(image.Rect(0, 0, 9, 7))
	var b bytes.Buffer
	if err := png.Encode(&b, small); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(photograph(f, small))
	f.Add(withSegment(photograph(f, small), 0xe1, exif("II*\x00", binary.LittleEndian, 6)))
	f.Add([]byte("%PDF-1.4 %%EOF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := TakeScanned(data)
		switch {
		case err != nil && p.Data != nil:
			t.Error("a page beside an error")
		case err == nil && p.MediaType == JPEG:
			if _, err := jpeg.DecodeConfig(bytes.NewReader(p.Data)); err != nil || len(p.Data) > pageBytes {
				t.Errorf("%d bytes: %v", len(p.Data), err)
			}
		}
	})
}
