package printersim_test

import (
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/printer/printersim"
)

const (
	status  = "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
	confirm = "\x1d(H\x06\x0000abcd"
	done    = "7\x22abcd\x00"
)

func TestErrorsAreToldByTheBitsOfTheManual(t *testing.T) {
	tests := []struct {
		name      string
		turn      func(*printersim.Sim)
		realtime  string // DLE EOT 1 to 4
		automatic string
	}{
		{"hot", func(s *printersim.Sim) { s.SetHot(true) }, "\x1a\x52\x52\x12", "\x18\x40\x00\x00"},
		{"jam", func(s *printersim.Sim) { s.SetJam(true) }, "\x1a\x52\x16\x12", "\x18\x04\x00\x00"},
		{"broken", func(s *printersim.Sim) { s.SetBroken(true) }, "\x1a\x52\x32\x12", "\x18\x20\x00\x00"},
		{"low", func(s *printersim.Sim) { s.SetPaperLow(true) }, "\x12\x12\x12\x1e", "\x10\x00\x03\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sim, line := connect(t, "epson")
			send(t, line, "\x1da\x0e")
			expect(t, line, "\x10\x00\x00\x00")
			tt.turn(sim)
			expect(t, line, tt.automatic)
			send(t, line, status)
			expect(t, line, tt.realtime)
		})
	}
}

func TestUnaskedReportsCoverWhatWasAskedFor(t *testing.T) {
	sim, line := connect(t, "epson")
	send(t, line, "\x1da\x08") // paper alone
	expect(t, line, "\x10\x00\x00\x00")
	sim.SetCover(true)
	sim.SetHot(true)
	sim.SetPaperLow(true)
	expect(t, line, "\x38\x40\x03\x00")
}

func TestStuckBladeIsAnErrorUntilItIsToldToGoOn(t *testing.T) {
	for _, tt := range []struct {
		name, repair string
		open         bool
		receipts     int
	}{
		{"DLE ENQ 1 cuts what was left uncut", "\x10\x05\x01", false, 1},
		{"DLE ENQ 2 throws the rest away", "\x10\x05\x02", false, 0},
		{"opening the cover is a repair", "", true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sim, line := connect(t, "epson")
			sim.SetCutterJam(true)
			send(t, line, "x\n", "\x1dVB\x00", confirm, status)
			expect(t, line, "\x1a\x52\x1a\x12")
			send(t, line, "\x10\x05\x01", "\x10\x04\x03") // the blade is still stuck
			expect(t, line, "\x1a")
			sim.SetCutterJam(false)
			send(t, line, "\x10\x04\x03") // and freeing it is not enough
			expect(t, line, "\x1a")
			send(t, line, tt.repair)
			if tt.open {
				sim.SetCover(true)
				sim.SetCover(false)
			}
			if tt.receipts > 0 {
				expect(t, line, done)
			}
			send(t, line, "\x10\x04\x03")
			expect(t, line, "\x12")
			if n := len(sim.Receipts()); n != tt.receipts {
				t.Errorf("%d receipts, want %d", n, tt.receipts)
			}
		})
	}
}

func TestPrinterWithoutRecoveryGoesOnWhenTheBladeIsFree(t *testing.T) {
	sim, line := connect(t, "custom-vkp80")
	sim.SetCutterJam(true)
	send(t, line, "x\n", "\x1dVA\x00")
	if n := len(sim.Receipts()); n != 0 {
		t.Fatalf("%d receipts under a stuck blade", n)
	}
	sim.SetCutterJam(false)
	if n := len(sim.Receipts()); n != 1 {
		t.Errorf("%d receipts, want 1", n)
	}
}

func TestPaperThatEndsInAPictureGoesOnInIt(t *testing.T) {
	sim, line := connect(t, "epson")
	sim.SetPaperLeft(10)
	picture := "\x1dv0\x00\x01\x00\xc8\x00" + string(make([]byte, 199)) + "\xff" // 28 mm
	send(t, line, "\x1da\x0e")
	expect(t, line, "\x10\x00\x00\x00")
	send(t, line, picture, cut, confirm)
	expect(t, line, "\x18\x00\x0f\x00")
	if s := sim.State(); !s.PaperOut || s.Waiting == 0 {
		t.Errorf("state %+v, want rows that wait for paper", s)
	}
	sim.SetPaper(true)
	expect(t, line, "\x10\x00\x00\x00"+done)
	items := sim.Receipts()[0].Items
	if items[0].Kind != printersim.Image || items[0].Height != 200 {
		t.Errorf("first item %+v, want the whole picture", items[0])
	}
}

func TestHeadThatIsTooHotPausesThePaper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, line := connect(t, "epson")
		sim.SetSpeed(100)
		began := time.Now()
		send(t, line, "x\nx\nx\n", cut, confirm)
		sim.SetHot(true)
		time.Sleep(time.Minute)
		sim.SetHot(false)
		expect(t, line, done)
		if took := time.Since(began).Round(10 * time.Millisecond); took != time.Minute+380*time.Millisecond {
			t.Errorf("confirmed after %s, want two more lines and the cut after a minute", took)
		}
	})
}

func TestPowerSwitchForgetsAllButTheFlash(t *testing.T) {
	sim, line := connect(t, "epson")
	sim.SetCover(true)
	send(t, line, "secret\n", cut, "\x1da\x0e")
	sim.PowerCycle()
	sim.SetCover(false)
	send(t, line, "x\n", cut, "\x10\x04\x01")
	expect(t, line, "\x12") // no automatic status before it
	if r := sim.Receipts(); len(r) != 1 || r[0].Text != "x\n" {
		t.Errorf("receipts %+v, want x alone", r)
	}
}

func TestPrinterSaysWhenItGoesOffline(t *testing.T) {
	sim, line := connect(t, "epson")
	send(t, line, "\x1d(H\x03\x00101")
	sim.SetCover(true)
	sim.SetPaper(false) // offline already
	sim.SetCover(false)
	sim.SetPaper(true)
	sim.SetPaper(false)
	expect(t, line, "7#\x41\x007#\x42\x00")
}
