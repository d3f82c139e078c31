package printersim_test

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"pue/devices"
	"pue/devices/printer/printersim"
)

// connect returns a printer and the cable to it.
func connect(t testing.TB, profile string) (*printersim.Sim, io.ReadWriteCloser) {
	t.Helper()
	sim := printersim.New(profile)
	line, err := sim.Line()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	return sim, line
}

func send(t testing.TB, line io.Writer, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if _, err := io.WriteString(line, p); err != nil {
			t.Fatal(err)
		}
	}
}

// expect reads exactly what the printer should have answered by now.
func expect(t *testing.T, line io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(line, got); err != nil || string(got) != want {
		t.Errorf("answer % X, %v; want % X", got, err, want)
	}
}

const cut = "\x1dV\x00"

// TestPrintsWhatTheManualSays uses commands that the encoder of this project
// does not, with bytes written out by hand.
func TestPrintsWhatTheManualSays(t *testing.T) {
	tests := []struct{ name, bytes, want string }{
		{"plain", "abc\n", "abc\n"},
		{"PC437 by default", "\x8a\x84\xe1\n", "èäß\n"},
		{"PC858 has the euro", "\x1bt\x13\xd5 \x85\n", "€ à\n"},
		{"WPC1252", "\x1bt\x10\x80 \xe0\x93x\x94\n", "€ à“x”\n"},
		{"PC852", "\x1bt\x12\x9f\xe7\xa7 \xac\xe6\xa6\n", "čšž ČŠŽ\n"},
		{"Italian set", "\x1bR\x06@[]{|}~\n", "@°éàòèì\n"},
		{"centred", "\x1ba\x01abcd\n", strings.Repeat(" ", 19) + "abcd\n"},
		{"right", "\x1ba\x02abcd\n", strings.Repeat(" ", 38) + "abcd\n"},
		{"double width takes two columns", "\x1d!\x10\x1ba\x02abcd\n", strings.Repeat(" ", 34) + "abcd\n"},
		{"feed lines", "a\x1bd\x03b\n", "a\n\n\nb\n"},
		{"line in the making is thrown away", "gone\x1b@kept\n", "kept\n"},
		{"bold and underline", "\x1b!\x88x\x1b-\x00\x1bE\x00y\n", "xy\n"},
		{"raster", "\x1dv0\x00\x02\x00\x02\x00\xff\x00\x00\xff", "[image 16x2]\n"},
		{"bar codes stand on their own lines", "\x1dkI\x04{B12x\x1dk\x0412\x00\n", "[CODE128 12]\nx\n[CODE39 12]\n\n"},
		{"real-time status between letters", "a\x10\x04\x01b\n", "ab\n"},
		{"identity and status print nothing", "\x1dI1\x1dr1a\n", "a\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sim, line := connect(t, "epson")
			for i := range len(tt.bytes) { // byte by byte, as a slow line brings them
				send(t, line, tt.bytes[i:i+1])
			}
			send(t, line, "\x1b@.\n", cut)
			r := sim.Receipts()
			if len(r) != 1 {
				t.Fatalf("%d receipts, want 1", len(r))
			}
			if got := strings.TrimSuffix(r[0].Text, ".\n"); got != tt.want {
				t.Errorf("printed %q, want %q", got, tt.want)
			}
			if f := sim.Faults(); len(f) > 0 {
				t.Errorf("faults %q", f)
			}
			if string(r[0].Bytes) != tt.bytes+"\x1b@.\n"+cut {
				t.Errorf("bytes % X", r[0].Bytes)
			}
		})
	}
}

func TestAnswersAreThoseOfTheManual(t *testing.T) {
	tests := []struct {
		name  string
		turn  func(*printersim.Sim)
		bytes string
		want  string
	}{
		{"all well", func(*printersim.Sim) {}, "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04", "\x12\x12\x12\x12"},
		{"paper out", func(s *printersim.Sim) { s.SetPaper(false) }, "\x10\x04\x01\x10\x04\x02\x10\x04\x04", "\x1a\x32\x7e"},
		{"cover open", func(s *printersim.Sim) { s.SetCover(true) }, "\x10\x04\x01\x10\x04\x02", "\x1a\x16"},
		{"paper low", func(s *printersim.Sim) { s.SetPaperLow(true) }, "\x10\x04\x04\x1dr1", "\x1e\x03"},
		{"process id", func(*printersim.Sim) {}, "\x1d(H\x06\x0000abcd", "7\x22abcd\x00"},
		{"automatic", func(*printersim.Sim) {}, "\x1da\x0e", "\x10\x00\x00\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sim, line := connect(t, "epson")
			tt.turn(sim)
			send(t, line, tt.bytes)
			expect(t, line, tt.want)
		})
	}
}

func TestChangesAreReportedUnasked(t *testing.T) {
	sim, line := connect(t, "epson")
	send(t, line, "\x1da\x0e")
	expect(t, line, "\x10\x00\x00\x00")
	sim.SetPaper(false)
	expect(t, line, "\x18\x00\x0f\x00")
	sim.SetPaper(true)
	sim.SetCover(true)
	expect(t, line, "\x10\x00\x00\x00\x38\x00\x00\x00")
}

func TestNothingIsConfirmedBeforeItIsPrinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, line := connect(t, "epson")
		sim.SetSpeed(100)
		began := time.Now()
		send(t, line, strings.Repeat("x\n", 100), cut, "\x1d(H\x06\x0000abcd")
		expect(t, line, "7\x22abcd\x00")
		// 100 lines of 1/6 inch at 100 mm/s, and the cut.
		if took := time.Since(began); took < 4500*time.Millisecond || took > 4600*time.Millisecond {
			t.Errorf("confirmed after %s, want 4.53 s", took)
		}
	})
}

func TestClearedBufferPrintsAndAnswersNothing(t *testing.T) {
	sim, line := connect(t, "epson")
	sim.SetPaper(false)
	send(t, line, "secret\n", cut, "\x1d(H\x06\x0000abcd", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
	sim.SetPaper(true)
	send(t, line, "\x10\x04\x01")
	expect(t, line, "7%\x00\x12")
	if r := sim.Receipts(); len(r) != 0 {
		t.Errorf("%d receipts after the buffer was cleared", len(r))
	}
}

func TestBlankPaperIsNoReceipt(t *testing.T) {
	sim, line := connect(t, "epson")
	send(t, line, "\x00\x00\x1b@\x1dVB\x00", "x\n", cut)
	if r := sim.Receipts(); len(r) != 1 || r[0].Text != "x\n" || string(r[0].Bytes) != "x\n"+cut {
		t.Errorf("receipts %+v, want one of x", r)
	}
}

func TestWhatIsWrongIsListed(t *testing.T) {
	for _, wrong := range []string{
		"\x1b\x01", "\x1d\x01", "\x1c\x01", "\x07", "\x1bt\xf0", "a\x1ba\x01", strings.Repeat("x", 43),
		"\x1d(k\x06\x001P0\x10\x04\x01", "\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01",
	} {
		sim, line := connect(t, "epson")
		send(t, line, wrong)
		if len(sim.Faults()) != 1 {
			t.Errorf("% X: faults %q, want one", wrong, sim.Faults())
		}
	}
}

func TestPulledCableIsGoneForBothSides(t *testing.T) {
	sim, line := connect(t, "epson")
	sim.Unplug()
	if _, err := line.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read: %v, want EOF", err)
	}
	if _, err := line.Write([]byte("x")); err == nil {
		t.Error("write went through a pulled cable")
	}
	if _, err := sim.Line(); !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("opening: %v, want absent", err)
	}
	sim.Plug()
	if _, err := sim.Line(); err != nil {
		t.Errorf("opening again: %v", err)
	}
}

func TestPictureShowsTheWholeSheet(t *testing.T) {
	sim, line := connect(t, "epson")
	told := 0
	sim.OnReceipt(func(printersim.Receipt) { told++ })
	send(t, line, "x\n\n\n", cut, "x\n", cut)
	if told != 2 {
		t.Errorf("told of %d receipts, want 2", told)
	}
	var heights []int
	for _, r := range sim.Receipts() {
		img, err := png.Decode(bytes.NewReader(r.PNG()))
		if err != nil {
			t.Fatal(err)
		}
		if w := img.Bounds().Dx(); w < 567 { // 80 mm at 180 dpi
			t.Errorf("%d dots wide, want the whole paper", w)
		}
		heights = append(heights, img.Bounds().Dy())
	}
	if heights[0]-heights[1] != 60 {
		t.Errorf("heights %v, want two lines of difference", heights)
	}
}

// TestKilledProgramLeavesNoClaim: a pseudo-terminal keeps TIOCEXCL when its
// program dies; a serial line does not.
func TestKilledProgramLeavesNoClaim(t *testing.T) {
	link := filepath.Join(t.TempDir(), "printer")
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- printersim.ServePTY(ctx, printersim.New("epson"), link) }()
	defer func() { cancel(); <-served }()
	var f *os.File
	for tick := time.NewTicker(time.Millisecond); f == nil; <-tick.C {
		f, _ = os.OpenFile(link, os.O_RDWR|unix.O_NOCTTY, 0)
	}
	defer f.Close()
	if err := unix.IoctlSetInt(int(f.Fd()), unix.TIOCEXCL, 0); err != nil {
		t.Fatal(err)
	}
	send(t, f, "\x10\x04\x01")
	expect(t, f, "\x12")
	if exclusive, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGEXCL); err != nil || exclusive != 0 {
		t.Errorf("claim %d, %v; want none", exclusive, err)
	}
}

func FuzzAnyBytesAreObeyedOrListed(f *testing.F) {
	f.Add([]byte("\x1b@\x1bt\x13abc\n\x1dVB\x00"))
	f.Add([]byte("\x1d(k\x03\x001C\x06\x1d(k\x05\x001P0ab\x1d(k\x03\x001Q0\x1b3\x00\x1bd\x05\x1di"))
	f.Add([]byte("\x1dv0\x00\x01\x00\x01\x00\xff\x1d!\x77W\n\x1dk\x04"))
	for _, name := range printersim.Names() {
		f.Add([]byte("\x1b@" + name + "\x10\x04\x14\x1de\x03\x10\x1d\xe0\x0f\x1d(L\x0e\x000C0AA\x01\x08\x00\x01\x001\xff\x1d(L\x06\x000EAA\x02\x02"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<14 {
			return
		}
		for _, name := range printersim.Names() {
			sim := printersim.Decode(name, append(b, "\x1b@x\n"+cut...))
			kept := 0
			for _, r := range sim.Receipts() {
				kept += len(r.Bytes)
				r.Ink()
			}
			if kept > len(b)+len("\x1b@x\n"+cut) {
				t.Fatalf("%s: %d bytes kept of %d", name, kept, len(b))
			}
		}
	})
}
