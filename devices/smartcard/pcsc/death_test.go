package pcsc_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/devices/smartcard/pcsc"
)

// deaths is how often pcscd dies in one test.
const deaths = 50

// pcscd is killed with nothing going on, in the middle of readings, and while
// somebody connects. Each time the readers go and come back, nobody hangs, and
// nothing is left behind.
func TestPCSCDMayDieFiftyTimes(t *testing.T) {
	b, readers := newBench(t), pcsc.New(slog.New(slog.DiscardHandler))
	files, goroutines := 0, 0
	killed := map[string]int{}
	for death := range deaths {
		e := watch(t, readers)
		e.see(first, smartcard.EmptySlot)
		e.see(second, smartcard.EmptySlot)
		ended := make(chan error, 1)
		moment := []string{"at rest", "connecting", "connecting", "connecting", "reading"}[death%5]
		switch moment {
		case "at rest":
			ended <- nil
		case "connecting":
			go func() {
				for {
					if _, err := readers.Connect(t.Context(), first); !errors.Is(err, smartcard.ErrRemoved) {
						ended <- err
						return
					}
				}
			}()
		case "reading":
			b.order("insert 0 anna")
			e.see(first, smartcard.CardIn)
			card := open(t, connect(t, readers, first))
			started := make(chan struct{})
			go func() {
				_, err := card.Identity(now)
				close(started)
				for err == nil {
					_, err = card.Identity(now)
				}
				_ = card.Close()
				ended <- err
			}()
			<-started
		}
		b.order("kill")
		killed[moment]++
		e.see(first, smartcard.NoReader)
		e.see(second, smartcard.NoReader)
		if err := e.end(); !errors.Is(err, devices.ErrAbsent) {
			t.Fatalf("death %d: the watch ends in %v", death, err)
		}
		if err := <-ended; err != nil && !errors.Is(err, devices.ErrAbsent) {
			t.Fatalf("death %d, %s: %v, want ErrAbsent", death, moment, err)
		}
		b.order("start")
		e.close()
		if death == 9 { // everything was opened once
			files, goroutines = openFiles(t), runtime.NumGoroutine()
		}
	}
	t.Logf("%d deaths: %v", deaths, killed)
	if n := openFiles(t); n > files+2 {
		t.Errorf("%d files are open, after ten deaths it were %d", n, files)
	}
	if n := runtime.NumGoroutine(); n > goroutines+5 {
		t.Errorf("%d goroutines run, after ten deaths it were %d", n, goroutines)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// A service that stands still is not gone: what waits for it is given up, and
// goes on when it does.
func TestAServiceThatStandsStillHoldsUpNobody(t *testing.T) {
	b, readers, _, card := withAnna(t, "insert")
	b.order("stop")
	read := make(chan error, 1)
	go func() {
		_, err := card.Identity(now)
		read <- err
	}()
	if _, err := readers.Connect(t.Context(), first); !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("connecting: %v, want ErrAbsent", err)
	}
	if err := <-read; !errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("reading: %v, want ErrUnreadable", err)
	}
	b.order("continue")
	if err := card.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	if err := visit(open(t, connect(t, readers, first))); err != nil {
		t.Error(err)
	}
}

// A reader that is unplugged while a PIN is offered, and comes back under
// another name, is another reader.
func TestAReaderThatComesBackUnderAnotherNameIsAnother(t *testing.T) {
	b, readers, e, card := withAnna(t, "stretch")
	if _, err := card.Identity(now); err != nil {
		t.Fatal(err)
	}
	commands, err := strconv.Atoi(b.order("commands 0"))
	if err != nil {
		t.Fatal(err)
	}
	b.order("mute 0 0")
	offered := make(chan error, 1)
	go func() { offered <- card.VerifyPIN([]byte(pin)) }()
	b.order("await 0 %d", commands+1) // the command is with the card, and pcscd waits for it
	b.order("kill")
	if err := <-offered; !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("offering a PIN to a reader that goes: %v, want ErrAbsent", err)
	}
	if err := e.end(); !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("the watch ends in %v", err)
	}
	rename(t, b.dir, "Other Reader")
	b.order("start")
	again := watch(t, readers)
	again.see("Other Reader 00 00", smartcard.EmptySlot)
	b.order("insert 0 anna")
	again.see("Other Reader 00 00", smartcard.CardIn)
	if _, err := readers.Connect(t.Context(), first); !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("connecting to the old name: %v, want ErrAbsent", err)
	}
	if err := visit(open(t, connect(t, readers, "Other Reader 00 00"))); err != nil {
		t.Error(err)
	}
	if _, err := card.Sign(digest[:]); err == nil {
		t.Error("signed through a reader that is gone")
	}
}

// rename has pcscd call its readers otherwise, from its next start on.
func rename(t *testing.T, dir, name string) {
	t.Helper()
	write(t, filepath.Join(dir, "conf", "vpcd"), strings.Replace(vpcdConfiguration, "Virtual PCD", name, 1))
}
