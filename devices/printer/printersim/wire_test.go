package printersim_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"pue/devices/printer/printersim"
)

func TestLineCarriesBytesAtItsSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, line := connect(t, "epson")
		sim.SetBaud(9600)
		began := time.Now()
		send(t, line, strings.Repeat("x", 40)+"\n"+strings.Repeat("y", 919))
		if took := time.Since(began).Round(time.Millisecond); took != time.Second {
			t.Errorf("960 bytes took %s, want a second", took)
		}
	})
}

// TestPictureIsPrintedWhileItComes: the slower of line and paper counts, and not
// their sum.
func TestPictureIsPrintedWhileItComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, line := connect(t, "epson")
		sim.SetBaud(9600)
		sim.SetSpeed(150)
		sim.SetCutTime(0)
		began := time.Now()
		send(t, line, "\x1dv0\x00\x40\x00\x96\x00"+strings.Repeat("\xaa", 64*150), cut, confirm)
		expect(t, line, done)
		// 9629 bytes are 10.03 s; 150 rows alone are 0.14 s.
		if took := time.Since(began); took < 10*time.Second || took > 10050*time.Millisecond {
			t.Errorf("confirmed after %s, want 10.03 s", took)
		}
	})
}

// longText is more than the larger buffer holds while the paper is slow.
var longText = strings.Repeat(strings.Repeat("x", 41)+"\n", 200)

func TestFullBufferDropsWhatTheHostDoesNotHold(t *testing.T) {
	heedsRTS, heedsXON := printersim.Host{RTS: true}, printersim.Host{XON: true}
	tests := []struct {
		name string
		flow printersim.Flow
		host printersim.Host
		lost bool
	}{
		{"rts heeded", printersim.FlowRTS, heedsRTS, false},
		{"xon heeded", printersim.FlowXON, heedsXON, false},
		{"none", printersim.FlowNone, heedsRTS, true},
		{"rts not heeded", printersim.FlowRTS, printersim.Host{}, true},
		{"xon not heeded", printersim.FlowXON, heedsRTS, true},
		{"rts taken for xon", printersim.FlowRTS, heedsXON, true},
	}
	for _, tt := range tests {
		for _, size := range []int{45, 4096} {
			synctest.Test(t, func(t *testing.T) {
				sim := printersim.New("epson")
				sim.SetBaud(115200)
				sim.SetSpeed(100)
				sim.SetFlow(tt.flow)
				sim.SetBuffer(size)
				line, err := sim.LineFrom(tt.host)
				if err != nil {
					t.Fatal(err)
				}
				send(t, line, longText, cut, "\x1b@", strings.Repeat("\x00", 300))
				time.Sleep(time.Minute)
				synctest.Wait()
				if lost := sim.Count().Lost; tt.lost != (lost > 0) {
					t.Errorf("%s, %d bytes: %d lost", tt.name, size, lost)
				}
				if whole := len(sim.Receipts()) == 1 && sim.Receipts()[0].Text == longText; whole == tt.lost {
					t.Errorf("%s, %d bytes: the text is whole: %t", tt.name, size, whole)
				}
			})
		}
	}
}

func TestPrinterSaysXOFFToAProgramWhoseLineDoesNotHeedIt(t *testing.T) {
	sim := printersim.New("epson")
	sim.SetFlow(printersim.FlowXON)
	sim.SetBuffer(45)
	line, err := sim.LineFrom(printersim.Host{})
	if err != nil {
		t.Fatal(err)
	}
	sim.SetPaper(false)
	send(t, line, strings.Repeat("x", 29)) // 16 bytes are left
	sim.SetPaper(true)
	expect(t, line, "\x13\x11")
}

func TestBusyWhenOfflineKeepsQuestionsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, line := connect(t, "epson")
		sim.SetFlow(printersim.FlowRTS)
		sim.SetBusyOffline(true)
		sim.SetCover(true)
		n, err := line.Write([]byte("\x10\x04\x01"))
		if reason, ok := err.(interface{ Reason() string }); n != 0 || !ok || reason.Reason() != "stalled" {
			t.Errorf("wrote %d bytes, %v; want a stalled line", n, err)
		}
		sim.SetBusyOffline(false) // busy when full, as it should be set
		send(t, line, "\x10\x04\x01")
		expect(t, line, "\x1a")
	})
}

func TestASenderThatNeverEndsFillsNoMemory(t *testing.T) {
	sim, line := connect(t, "epson")
	sim.SetPaper(false)
	const most = 1 << 20
	send(t, line, strings.Repeat("for ever\n", most/4))
	if s := sim.State(); s.Waiting > most || s.Count.Lost == 0 {
		t.Errorf("%d bytes wait, and %d were lost", s.Waiting, s.Count.Lost)
	}
}

func TestQuestionIsAnsweredThoughTheBufferIsFull(t *testing.T) {
	sim, line := connect(t, "epson")
	sim.SetBuffer(45)
	sim.SetPaper(false)
	send(t, line, strings.Repeat("x", 60), "\x10\x04\x04")
	expect(t, line, "\x7e")
	if lost := sim.Count().Lost; lost != 18 {
		t.Errorf("%d bytes lost, want 18", lost)
	}
}

func TestRealTimeCommandInAPictureIsObeyedAndFlagged(t *testing.T) {
	sim, line := connect(t, "epson")
	// It crosses from one row to the next.
	send(t, line, "\x1dv0\x00\x02\x00\x02\x00\xff\x10\x04\x01", "\n", cut)
	expect(t, line, "\x12")
	if c := sim.Count(); c != (printersim.Count{Flagged: 1}) {
		t.Errorf("counts %+v, want one flag", c)
	}
}

func TestStalledLineTakesNothingUntilItIsFreed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, line := connect(t, "epson")
		sim.SetStalled(true)
		if n, err := line.Write([]byte("x")); n != 0 || err == nil {
			t.Errorf("a stalled line took %d bytes, %v", n, err)
		}
		sim.SetStalled(false)
		send(t, line, "x\n", cut)
		if n := len(sim.Receipts()); n != 1 {
			t.Errorf("%d receipts, want 1", n)
		}
	})
}

func TestFloodFillsTheEarAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, line := connect(t, "epson")
		sim.SetFlood(1_000_000)
		if _, err := io.ReadFull(line, make([]byte, 500_000)); err != nil {
			t.Fatal(err)
		}
		sim.SetFlood(0)
		time.Sleep(time.Second)
		synctest.Wait()
	})
}

func TestWrongSpeedIsGarbageBothWays(t *testing.T) {
	sim := printersim.New("epson")
	sim.SetBaud(115200)
	line, err := sim.LineFrom(printersim.Host{Baud: 9600})
	if err != nil {
		t.Fatal(err)
	}
	send(t, line, "\x10\x04\x01", "Buongiorno\n", cut)
	if len(sim.Receipts()) != 0 || sim.Count().Garbled != 17 {
		t.Errorf("%d receipts, counts %+v; want garbage alone", len(sim.Receipts()), sim.Count())
	}
}

// onPTY opens a simulated printer as a program would, with flags of termios.
func onPTY(t *testing.T, sim *printersim.Sim, cflag, iflag uint32) *os.File {
	t.Helper()
	link := filepath.Join(t.TempDir(), "printer")
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- printersim.ServePTY(ctx, sim, link) }()
	t.Cleanup(func() { cancel(); <-served })
	var f *os.File
	for tick := time.NewTicker(time.Millisecond); f == nil; <-tick.C {
		f, _ = os.OpenFile(link, os.O_RDWR|unix.O_NOCTTY, 0)
	}
	t.Cleanup(func() { f.Close() })
	tio, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	tio.Cflag = tio.Cflag&^(unix.CBAUD|unix.CRTSCTS) | cflag
	tio.Iflag |= iflag
	tio.Cc[unix.VSTART], tio.Cc[unix.VSTOP] = 0x11, 0x13
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, tio); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTermiosDecidesWhetherFlowControlIsHeeded(t *testing.T) {
	tests := []struct {
		name         string
		flow         printersim.Flow
		cflag, iflag uint32
		lost         bool
	}{
		{"rts with CRTSCTS", printersim.FlowRTS, unix.B115200 | unix.CRTSCTS, 0, false},
		{"rts without", printersim.FlowRTS, unix.B115200, 0, true},
		{"xon with IXON", printersim.FlowXON, unix.B115200, unix.IXON, false},
		{"xon without", printersim.FlowXON, unix.B115200, 0, true},
	}
	for _, tt := range tests {
		for _, size := range []int{45, 4096} {
			t.Run(tt.name, func(t *testing.T) {
				sim := printersim.New("epson")
				sim.SetFlow(tt.flow)
				sim.SetBuffer(size)
				sim.SetSpeed(4000)
				if tt.lost {
					sim.SetSpeed(5) // so that no machine is too slow to overrun it
				}
				line := onPTY(t, sim, tt.cflag, tt.iflag)
				cutOff := make(chan struct{}, 10)
				sim.OnReceipt(func(printersim.Receipt) { cutOff <- struct{}{} })
				go io.WriteString(line, longText+cut)
				if tt.lost {
					until(func() bool { return sim.Count().Lost > 0 })
					return
				}
				<-cutOff
				if lost := sim.Count().Lost; lost != 0 || sim.Receipts()[0].Text != longText {
					t.Errorf("%d bytes lost, text whole: %t", lost, sim.Receipts()[0].Text == longText)
				}
			})
		}
	}
}

func TestTermiosDecidesTheSpeed(t *testing.T) {
	sim := printersim.New("epson")
	sim.SetBaud(19200)
	line := onPTY(t, sim, unix.B19200, 0)
	send(t, line, "\x10\x04\x01")
	expect(t, line, "\x12")
	wrong := printersim.New("epson")
	wrong.SetBaud(19200)
	line = onPTY(t, wrong, unix.B38400, 0)
	send(t, line, strings.Repeat("\x10\x04\x01", 20))
	until(func() bool { return wrong.Count().Garbled == 60 })
}

// until looks again each millisecond; the test's own time-out ends it.
func until(so func() bool) {
	for tick := time.NewTicker(time.Millisecond); !so(); <-tick.C {
	}
}
