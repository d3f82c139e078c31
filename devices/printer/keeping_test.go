package printer_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// remembered is a memory that outlives a program.
type remembered struct{ hash string }

func (m *remembered) Stored(_ context.Context, hash string) (bool, error) {
	return m.hash == hash, nil
}

func (m *remembered) NoteStored(_ context.Context, hash string) error {
	m.hash = hash
	return nil
}

// withLogo is the sample under a logo.
func withLogo() printer.Document {
	return printer.Document{Blocks: append([]printer.Block{printer.Logo{}}, sample().Blocks...)}
}

func TestLogoIsStoredOnceForEachPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, memory := printersim.New("epson"), new(remembered)
		prints := func(logo string, times int) {
			b := prepare(sim, func(context.Context) (printer.Line, error) { return sim.Line() }, profile(t, "epson"))
			b.UseLogo(printer.Wordmark(logo), memory)
			ctx, stop := context.WithCancel(t.Context())
			go b.watchUntil(ctx)
			for range times {
				r := b.Print(t.Context(), withLogo())
				if r.Outcome != printer.Printed || r.Bytes > 1024 {
					t.Fatalf("%+v, want printed in at most 1024 bytes", r)
				}
			}
			stop()
			synctest.Wait()
		}
		prints("PUE", 3)
		prints("PUE", 2) // after a restart
		if n := sim.FlashWrites(); n != 1 {
			t.Errorf("the printer's memory was written %d times, want once", n)
		}
		prints("Comune", 2)
		if n := sim.FlashWrites(); n != 2 {
			t.Errorf("the printer's memory was written %d times for two pictures", n)
		}
		for _, r := range sim.Receipts() {
			if !strings.HasPrefix(r.Text, "[image") {
				t.Errorf("receipt %d has no logo", r.Number)
			}
		}
		if f := sim.Faults(); len(f) > 0 {
			t.Errorf("the printer complains: %q", f)
		}
	})
}

// falling is a line whose printer falls silent when it is sent a picture to keep.
type falling struct {
	printer.Line
	sim *printersim.Sim
}

func (l falling) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("\x1d(L")) {
		l.sim.SetMute(true)
	}
	return l.Line.Write(b)
}

func TestLogoWithoutAWordFromThePrinterIsNotTakenForKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, memory := printersim.New("epson"), new(remembered)
		open := func(context.Context) (printer.Line, error) {
			line, err := sim.Line()
			return falling{line, sim}, err
		}
		b := prepare(sim, open, profile(t, "epson"))
		b.UseLogo(printer.Wordmark("PUE"), memory)
		b.LimitPictures(1)
		b.run(t)
		_ = b.Print(t.Context(), withLogo())
		if memory.hash != "" {
			t.Error("noted as kept, and nobody said so")
		}
		b.await(t, t.Context(), devices.Failed, "no-answer")
		sim.SetMute(false)
		b.await(t, t.Context(), devices.Ready, "")
		for range 3 {
			if r := b.Print(t.Context(), withLogo()); r.Outcome != printer.Printed {
				t.Errorf("%+v, want printed, without the logo", r)
			}
		}
		if n := sim.FlashWrites(); n != 1 {
			t.Errorf("the printer's memory was written %d times, want once in the life of a program", n)
		}
	})
}

func TestLargeLogoIsLeftOutOnASlowLine(t *testing.T) {
	star := profile(t, "star") // keeps no picture
	logo := printer.Wordmark("Comune di Sàn Zenòn")
	for baud, drawn := range map[int]bool{0: false, 9600: false, 19200: false, 38400: true, 115200: true} {
		setup := printer.Setup{Profile: star, Logo: logo, PictureLimit: printer.PictureLimit(baud) / 2}
		d := printer.Document{Blocks: []printer.Block{printer.Logo{Text: "Comune"}, printer.QR{Data: "K7M2"}}}
		e, err := setup.Encode(d)
		if err != nil || e.LogoLeftOut == drawn {
			t.Fatalf("%d baud: left out %t, %v", baud, e.LogoLeftOut, err)
		}
		text := printed(t, "star", e.Data).Text
		if strings.Contains(text, "[image") != drawn || strings.Contains(text, "Comune") == drawn || !strings.Contains(text, "[QR K7M2]") {
			t.Errorf("%d baud: on paper\n%s", baud, text)
		}
	}
}

// TestNamesComeBeforeTheLogo has room for one of the two.
func TestNamesComeBeforeTheLogo(t *testing.T) {
	p := profile(t, "generic")
	p.Pages = p.Pages[:1]
	setup := printer.Setup{Profile: p, Logo: printer.Wordmark("PUE"), PictureLimit: 1000}
	e, err := setup.Encode(printer.Document{Blocks: []printer.Block{printer.Logo{Text: "PUE"}, printer.Text{Text: "Žiga Čebular"}}})
	if err != nil || e.Lost != 0 || !e.LogoLeftOut {
		t.Errorf("lost %d, left out %t, %v", e.Lost, e.LogoLeftOut, err)
	}
}

func TestPictureOfAnySortBecomesALogoOrIsRefused(t *testing.T) {
	sizes := map[image.Point]bool{{384, 96}: true, {1000, 400}: true, {3, 3}: true, {200, 4000}: true, {5000, 10}: false}
	for size, good := range sizes {
		img := image.NewNRGBA(image.Rectangle{Max: size})
		for i := range img.Pix {
			img.Pix[i] = byte(i)
		}
		img.Set(1, 1, color.Black)
		logo, err := printer.ReadLogo(encoded(t, img))
		if (err == nil) != good || err != nil && !errors.Is(err, printer.ErrBadLogo) {
			t.Fatalf("%v: %v", size, err)
		}
		if err != nil {
			continue
		}
		if wide, high := logo.Size(); wide < 1 || wide > 384 || high < 1 || high > 160 {
			t.Errorf("%v became %d by %d", size, wide, high)
		}
	}
	blank := image.NewNRGBA(image.Rect(0, 0, 100, 100)) // all of it transparent
	for name, src := range map[string][]byte{"blank": encoded(t, blank), "text": []byte("PUE"), "cut": encoded(t, blank)[:60], "huge": make([]byte, 2<<20)} {
		if _, err := printer.ReadLogo(src); !errors.Is(err, printer.ErrBadLogo) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReceiptTakesAKilobyte prints the bytes of the sample with logo and QR code.
func TestReceiptTakesAKilobyte(t *testing.T) {
	for _, name := range printer.Profiles() {
		p := profile(t, name)
		setup := printer.Setup{Profile: p, Logo: printer.Wordmark("PUE"), LogoStored: true}
		e, err := setup.Encode(withLogo())
		if err != nil {
			t.Fatal(err)
		}
		if name == "epson" && len(e.Data) > 1024 {
			t.Errorf("%s: %d bytes, want at most 1024", name, len(e.Data))
		}
		t.Logf("%s: %d bytes, of which the logo was stored before: %t", name, len(e.Data), p.Storage != printer.NotStored)
	}
}
