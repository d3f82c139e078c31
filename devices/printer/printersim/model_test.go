package printersim_test

import (
	"fmt"
	"strings"
	"testing"

	"pue/devices/printer/printersim"
)

// TestPagesHaveTheNumbersOfTheirFamily compares with bytes that Python's codecs
// give for the letters.
func TestPagesHaveTheNumbersOfTheirFamily(t *testing.T) {
	const pc437, pc850, pc858, pc852 = "\x8a\xe1", "\x8a\xe1", "\x8a\xe1\xd5", "\xe1\x9f\xd0"
	const wpc1252, wpc1250, latin9 = "\xe8\xdf\x80\x8c", "\xdf\xe8\x80\xf0", "\xe8\xdf\xa4\xbc"
	letters := map[string]string{
		pc437: "èß", pc858: "èß€", pc852: "ßčđ", wpc1252: "èß€Œ", wpc1250: "ßč€đ", latin9: "èß€Œ",
	}
	pages := map[string]map[int]string{
		"epson":        {0: pc437, 2: pc850, 16: wpc1252, 18: pc852, 19: pc858, 40: latin9, 45: wpc1250},
		"generic":      {0: pc437, 2: pc850, 16: wpc1252, 18: pc852, 19: pc858},
		"star":         {0: pc437, 16: wpc1252, 18: pc852, 19: pc858},
		"star-line":    {1: pc437, 4: pc858, 5: pc852, 32: wpc1252, 33: wpc1250},
		"custom-vkp80": {0: pc437, 2: pc850, 19: pc858},
		"custom-kpm":   {0: pc437, 2: pc850, 19: pc858},
		"th230":        {0: pc437, 1: pc850, 2: pc852, 6: pc858, 8: wpc1252, 17: wpc1250},
		"yhd":          {0: pc437, 2: pc850, 11: wpc1252, 13: pc852, 14: pc858},
	}
	for _, name := range printersim.Names() {
		if len(pages[name]) == 0 {
			t.Errorf("%s has no page here", name)
		}
		for number, bytes := range pages[name] {
			sim := printersim.Decode(name, []byte(fmt.Sprintf("\x1bt%c", number)+bytes+"\n"))
			if got := sim.Receipts()[0].Text; got != letters[bytes]+"\n" {
				t.Errorf("%s, page %d: % X is %q, want %q", name, number, bytes, got, letters[bytes])
			}
			if f := sim.Faults(); len(f) > 0 {
				t.Errorf("%s, page %d: faults %q", name, number, f)
			}
		}
	}
}

func TestWhatAFamilyLacksIsUnknownToIt(t *testing.T) {
	tests := []struct{ name, bytes string }{
		{"custom-vkp80", "\x1bt\x10"},                        // WPC1252
		{"custom-vkp80", "\x1d(H\x06\x0000abcd"},             // process id
		{"custom-vkp80", "\x10\x05\x02"},                     // DLE ENQ
		{"star", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"}, // DLE DC4 8
		{"star", "\x1d(L\x06\x000EAA\x01\x01"},               // stored graphics
		{"epson", "\x1de\x05"},                               // presenter
		{"epson", "\x1d\xe0\x0f"},                            // Custom's automatic status
		{"epson", "\x10\x04\x14"},                            // Custom's full status
		{"generic", "\x1da\x0e"},                             // automatic status
		{"yhd", "\x1b&\x03  \x01\xff\xff\xff"},               // own letters
	}
	for _, tt := range tests {
		sim := printersim.Decode(tt.name, []byte(tt.bytes+"x\n"))
		if c := sim.Count(); c != (printersim.Count{Unknown: 1}) {
			t.Errorf("%s obeys % X: %+v %q", tt.name, tt.bytes, c, sim.Faults())
		}
		if text := sim.Receipts()[0].Text; text != "x\n" {
			t.Errorf("%s prints parameters of % X: %q", tt.name, tt.bytes, text)
		}
	}
}

func TestNarrowPaperWrapsAndCountsIt(t *testing.T) {
	for name, columns := range map[string]int{"epson": 42, "generic": 42, "star": 48, "th230": 48, "yhd": 48, "custom-vkp80": 35, "custom-kpm": 35} {
		if got := printersim.New(name).Columns(); got != columns {
			t.Errorf("%s has %d columns, want %d", name, got, columns)
		}
		fits, wraps := strings.Repeat("x", columns)+"\n", strings.Repeat("x", columns+1)+"\n"
		if c := printersim.Decode(name, []byte(fits)).Count(); c.Wraps != 0 {
			t.Errorf("%s wraps %d columns", name, columns)
		}
		if c := printersim.Decode(name, []byte(wraps)).Count(); c.Wraps != 1 {
			t.Errorf("%s: %d wraps of %d columns, want 1", name, c.Wraps, columns+1)
		}
	}
}
