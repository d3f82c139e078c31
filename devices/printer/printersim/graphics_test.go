package printersim_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"pue/devices/printer/printersim"
)

const (
	// A diagonal of 8 by 8 dots, and the same twice as large.
	diagonal = "\x80\x40\x20\x10\x08\x04\x02\x01"
	storeAA  = "\x1d(L\x13\x000C0AA\x01\x08\x00\x08\x001" + diagonal
	printAA  = "\x1d(L\x06\x000EAA\x01\x01"
)

// dots draws the black dots of a receipt's top left corner.
func dots(r printersim.Receipt, wide, high int) string {
	var b strings.Builder
	ink := r.Ink()
	for y := range high {
		for x := range wide {
			b.WriteByte(".#"[ink.AlphaAt(x, y).A>>7])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestEveryWayToSendAPictureDrawsTheSameDots(t *testing.T) {
	want := "#.......\n.#......\n..#.....\n...#....\n....#...\n.....#..\n......#.\n.......#\n"
	for name, sent := range map[string]string{
		"GS v 0":              "\x1dv0\x00\x01\x00\x08\x00" + diagonal,
		"GS ( L, stored":      storeAA + printAA,
		"GS ( L, at once":     "\x1d(L\x12\x000p0\x01\x011\x08\x00\x08\x00" + diagonal + "\x1d(L\x02\x0002",
		"GS 8 L, stored":      "\x1d8L\x13\x00\x00\x000C0AA\x01\x08\x00\x08\x001" + diagonal + printAA,
		"FS q":                "\x1cq\x01\x01\x00\x01\x00" + diagonal + "\x1cp\x01\x00",
		"GS *":                "\x1d*\x01\x01" + diagonal + "\x1d/\x00",
		"ESC *, 24 dots high": "\x1b*\x21\x08\x00\x80\x00\x00\x40\x00\x00\x20\x00\x00\x10\x00\x00\x08\x00\x00\x04\x00\x00\x02\x00\x00\x01\x00\x00\n",
		"ESC &":               "\x1b&\x03AA\x08\x80\x00\x00\x40\x00\x00\x20\x00\x00\x10\x00\x00\x08\x00\x00\x04\x00\x00\x02\x00\x00\x01\x00\x00\x1b%\x01A\n",
	} {
		sim := printersim.Decode("epson", []byte(sent))
		if f := sim.Faults(); len(f) > 0 {
			t.Errorf("%s: faults %q", name, f)
			continue
		}
		if got := dots(sim.Receipts()[0], 8, 8); got != want {
			t.Errorf("%s draws\n%s", name, got)
		}
	}
}

func TestPictureInFlashSurvivesThePowerSwitch(t *testing.T) {
	sim, line := connect(t, "epson")
	send(t, line, storeAA)
	sim.PowerCycle()
	send(t, line, "\x1d(L\x04\x000@KC", printAA, "\x1d(L\x06\x000EAA\x02\x02", cut)
	expect(t, line, "7r@AA\x00")
	if text := sim.Receipts()[0].Text; text != "[image 8x8]\n[image 16x16]\n" {
		t.Errorf("printed %q", text)
	}
	if n := sim.FlashWrites(); n != 1 {
		t.Errorf("%d writes of the flash, want 1", n)
	}
	send(t, line, "\x1d(L\x04\x000BAA", printAA)
	if c := sim.Count(); c.Misplaced != 1 {
		t.Errorf("counts %+v; want a picture that is not there any more", c)
	}
}

func TestLetterTheSenderDrewStandsForItself(t *testing.T) {
	letter := "\x1b&\x03~~\x01\xff\xff\xff"
	for sent, want := range map[string]string{
		letter + "~\n":                     "~\n",
		letter + "\x1b%\x01~\n":            "\uE07E\n",
		letter + "\x1b%\x01\x1b?~~\n":      "~\n",
		letter + "\x1b%\x01\x1b@~\n":       "~\n",
		letter + "\x1b%\x01a~\x1b%\x00~\n": "a\uE07E~\n",
	} {
		if got := printersim.Decode("epson", []byte(sent)).Receipts()[0].Text; got != want {
			t.Errorf("% X prints %q, want %q", sent, got, want)
		}
	}
}

func TestLayoutFollowsMarginsUnitsAndFonts(t *testing.T) {
	tests := []struct {
		sent         string
		left, top    int // of the last line that has letters
		width, lines int
	}{
		{"x\n", 0, 0, 12, 1},
		{"\x1bM\x01x\n", 0, 0, 9, 1},
		{"\x1d!\x21x\n", 0, 0, 36, 1},
		{"\x1dL\x18\x00x\n", 24, 0, 12, 1},
		{"\x1dW\x64\x00\x1ba\x02x\n", 88, 0, 12, 1},
		{"\x1b \x04xx\n", 0, 0, 28, 1},
		{"\x1b$\x64\x00x\n", 0, 0, 112, 1},
		{"a\tx\n", 0, 0, 108, 1},
		{"a\n\x1bJ\x14x\n", 0, 40, 12, 2},              // 1/360 of an inch on a TM
		{"\x1dP\xb4\xb4a\n\x1bJ\x14x\n", 0, 50, 12, 2}, // 1/180
		{"\x1b3\x64a\nx\n", 0, 50, 12, 2},
	}
	for _, tt := range tests {
		var last printersim.Item
		lines := 0
		for _, i := range printersim.Decode("epson", []byte(tt.sent)).Receipts()[0].Items {
			if i.Kind == printersim.Line {
				last, lines = i, lines+1
			}
		}
		if last.Left != tt.left || last.Top != tt.top || last.Width != tt.width || lines != tt.lines {
			t.Errorf("% X: last of %d lines at %d,%d is %d wide; want %d at %d,%d, %d wide",
				tt.sent, lines, last.Left, last.Top, last.Width, tt.lines, tt.left, tt.top, tt.width)
		}
	}
}

// TestCode128IsReadByAProgramThatNobodyHereWrote covers the three sets, a change
// between them and a brace.
func TestCode128IsReadByAProgramThatNobodyHereWrote(t *testing.T) {
	for sent, want := range map[string]string{
		"{BK7M2-94QX":          "K7M2-94QX",
		"{AK7M2-94QX":          "K7M2-94QX",
		"{C\x0c\x22\x38":       "123456",
		"{BPUE-{C\x0c\x22\x38": "PUE-123456",
		"{C\x0c\x22\x38{BPUE":  "123456PUE",
		"{C\x0c\x64":           "", // no number of two digits
		"{Bz{{1":               "z{1",
	} {
		sim := printersim.Decode("epson", []byte("\x1dh\x50\x1dw\x02\x1ba\x01\x1dkI"+string(rune(len(sent)))+sent))
		if want == "" {
			if c := sim.Count(); c.Misplaced != 1 {
				t.Errorf("%q: counts %+v, want one", sent, c)
			}
			continue
		}
		read := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", "-")
		read.Stdin = bytes.NewReader(sim.Receipts()[0].PNG())
		got, err := read.Output()
		if err != nil || strings.TrimSuffix(string(got), "\n") != want {
			t.Errorf("zbarimg reads %q, %v; want %q", got, err, want)
		}
	}
}
