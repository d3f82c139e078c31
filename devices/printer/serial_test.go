package printer

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"pue/devices"
)

// openPair opens a line on a pseudo-terminal and returns the printer's end too.
func openPair(t *testing.T, flow Flow) (*serialLine, *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	line, err := openSerial(slave.Name(), 19200, flow)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	return line, master
}

func TestLineIsSetAsThePrinterExpects(t *testing.T) {
	tests := []struct {
		flow   Flow
		cflag  uint32
		iflag  uint32
		within string
	}{
		{FlowRTS, unix.CRTSCTS, 0, "CRTSCTS"},
		{FlowXON, 0, unix.IXON, "IXON"},
		{FlowNone, 0, 0, "nothing"},
	}
	for _, tt := range tests {
		line, _ := openPair(t, tt.flow)
		got, err := unix.IoctlGetTermios(line.side, unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if got.Cflag&unix.CRTSCTS != tt.cflag || got.Iflag&(unix.IXON|unix.IXOFF) != tt.iflag {
			t.Errorf("%s: cflag %o iflag %o, want %s", tt.flow, got.Cflag, got.Iflag, tt.within)
		}
		if got.Cflag&unix.CSIZE != unix.CS8 || got.Cflag&unix.CBAUD != unix.B19200 || got.Cflag&unix.PARENB != 0 {
			t.Errorf("%s: cflag %o, want 8N1 at 19200 baud", tt.flow, got.Cflag)
		}
		if got.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 || got.Oflag&unix.OPOST != 0 {
			t.Errorf("%s: lflag %o oflag %o, want raw", tt.flow, got.Lflag, got.Oflag)
		}
	}
}

func TestLineCarriesEveryByteBothWays(t *testing.T) {
	line, master := openPair(t, FlowNone)
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	for _, way := range []struct {
		name string
		from io.Writer
		to   io.Reader
	}{{"to the printer", line, master}, {"from the printer", master, line}} {
		if _, err := way.from.Write(all); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(all))
		if _, err := io.ReadFull(way.to, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, all) {
			t.Errorf("%s: % X", way.name, got)
		}
	}
}

func TestWhatIsNoSerialLineIsRefused(t *testing.T) {
	dir := t.TempDir()
	file, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "fifo")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		"/dev/null":                   ErrNotSerial,
		file:                          ErrNotSerial,
		fifo:                          ErrNotSerial,
		dir:                           ErrNotSerial,
		filepath.Join(dir, "missing"): devices.ErrAbsent,
	} {
		if _, err := OpenSerial(path, 9600, FlowNone); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "kept" {
		t.Errorf("the file now holds %q, %v", b, err)
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	_, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSerial(slave.Name(), 12345, FlowNone); err == nil {
		t.Error("12345 baud were accepted")
	}
	if _, err := OpenSerial(slave.Name(), 9600, "dsr"); err == nil {
		t.Error("flow control dsr was accepted")
	}
	line, err := OpenSerial(slave.Name(), 9600, FlowNone)
	if err != nil {
		t.Fatalf("after two refusals the line is still held: %v", err)
	}
	line.Close()
}

func TestLineBelongsToOneProgram(t *testing.T) {
	_, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	first, err := OpenSerial(slave.Name(), 9600, FlowNone)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSerial(slave.Name(), 9600, FlowNone); err == nil {
		t.Error("a second one opened the line")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := OpenSerial(slave.Name(), 9600, FlowNone)
	if err != nil {
		t.Fatalf("after the first one closed it: %v", err)
	}
	second.Close()
}

func TestOldAnswersAreForgottenOnOpening(t *testing.T) {
	line, master := openPair(t, FlowNone)
	slave := "/proc/self/fd/" + strconv.Itoa(line.side)
	name, err := os.Readlink(slave)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := master.WriteString("stale"); err != nil {
		t.Fatal(err)
	}
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := master.WriteString("stale"); err != nil {
		t.Fatal(err)
	}
	again, err := OpenSerial(name, 19200, FlowNone)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := master.WriteString("fresh"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(again, got); err != nil || string(got) != "fresh" {
		t.Errorf("read %q, %v; want fresh", got, err)
	}
}

// within fails the test when f does not return; the bound is generous, and is
// there to tell "slow" from "never".
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		t.Fatalf("%s never returned", what)
	}
}

func TestCloseEndsAReadThatWaits(t *testing.T) {
	line, _ := openPair(t, FlowNone)
	read := make(chan error, 1)
	go func() {
		_, err := line.Read(make([]byte, 1))
		read <- err
	}()
	within(t, "Close", func() { line.Close() })
	within(t, "Read", func() {
		if err := <-read; !errors.Is(err, os.ErrClosed) {
			t.Errorf("read ended with %v, want closed", err)
		}
	})
	if err := line.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestPrinterThatTakesNothingStallsAndCloseReturns(t *testing.T) {
	for _, flow := range []Flow{FlowNone, FlowXON} {
		line, master := openPair(t, flow)
		line.stall = 300 * time.Millisecond
		if flow == FlowXON {
			if _, err := master.Write([]byte{0x13}); err != nil { // XOFF
				t.Fatal(err)
			}
		}
		within(t, "Write", func() {
			// More than a pseudo-terminal holds (64 KB).
			n, err := line.Write(make([]byte, 1<<20))
			if !errors.Is(err, ErrStalled) || n == 1<<20 {
				t.Errorf("%s: wrote %d bytes, %v; want stalled", flow, n, err)
			}
		})
		within(t, "Close", func() { line.Close() })
	}
}

func TestStalledLineGoesOnWhenThePrinterReads(t *testing.T) {
	line, master := openPair(t, FlowNone)
	line.stall = 300 * time.Millisecond
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<14)
	n, err := line.Write(data)
	if !errors.Is(err, ErrStalled) {
		t.Fatalf("wrote %d bytes, %v; want stalled", n, err)
	}
	line.stall = time.Minute // however late this machine lets the reader read
	got := make([]byte, len(data))
	read := make(chan error, 1)
	go func() { _, err := io.ReadFull(master, got); read <- err }()
	if _, err := line.Write(data[n:]); err != nil {
		t.Fatal(err)
	}
	within(t, "reading", func() { err = <-read })
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("the bytes did not arrive whole: %v", err)
	}
}

func TestHungUpLineSaysSo(t *testing.T) {
	line, master := openPair(t, FlowNone)
	read := make(chan error, 1)
	go func() {
		_, err := line.Read(make([]byte, 1))
		read <- err
	}()
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	within(t, "Read", func() {
		if err := <-read; !errors.Is(err, devices.ErrAbsent) {
			t.Errorf("read ended with %v, want absent", err)
		}
	})
	within(t, "Write", func() {
		if _, err := line.Write([]byte("x")); !errors.Is(err, devices.ErrAbsent) {
			t.Errorf("write ended with %v, want absent", err)
		}
	})
	within(t, "Close", func() { line.Close() })
}

// TestCloseWaitsForNothing closes a line in each of its states. Of a few tries one has
// to take less than 200 ms: a machine that is busy with other things may be late, and a
// line that waits for its printer is late each time.
func TestCloseWaitsForNothing(t *testing.T) {
	for name, begin := range map[string]func(*serialLine, *os.File){
		"idle":    func(*serialLine, *os.File) {},
		"reading": func(l *serialLine, _ *os.File) { go func() { _, _ = l.Read(make([]byte, 1)) }() },
		"held by XOFF": func(l *serialLine, master *os.File) {
			_, _ = master.Write([]byte{0x13})
			_, _ = l.Write(make([]byte, 4096))
		},
		"full":    func(l *serialLine, _ *os.File) { _, _ = l.Write(make([]byte, 1<<20)) },
		"hung up": func(_ *serialLine, master *os.File) { _ = master.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			var took time.Duration
			for range 5 {
				line, master := openPair(t, FlowXON)
				line.stall = 100 * time.Millisecond
				begin(line, master)
				began := time.Now()
				line.Close()
				if took = time.Since(began); took < 200*time.Millisecond {
					return
				}
			}
			t.Errorf("Close took %s", took)
		})
	}
}
