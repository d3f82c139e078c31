package printersim

import "testing"

// TestUARTAtAnotherSpeedReadsOtherBits has frames drawn by hand: a start bit, the
// bits from the least significant, a stop bit, and then a line that is high.
func TestUARTAtAnotherSpeedReadsOtherBits(t *testing.T) {
	tests := []struct {
		name     string
		sent     string
		from, to int
		want     string
	}{
		{"the same speed", "a\x00\xff", 9600, 9600, "a\x00\xff"},
		{"half as fast, one long low", "\x00", 9600, 19200, "?"},       // 18 bits low: no stop bit
		{"half as fast, start alone low", "\xff", 9600, 19200, "\xfe"}, // 2 bits low
		{"half as fast, every bit twice", "\xfc", 9600, 19200, "\xe0"}, // 6 bits low
		{"twice as fast, all low", "\x00", 19200, 9600, "\xf8"},        // 4½ bits low
		{"twice as fast, all high", "\xff", 19200, 9600, "\xff"},       // half a bit low
	}
	for _, tt := range tests {
		if got := string(garble([]byte(tt.sent), tt.from, tt.to)); got != tt.want {
			t.Errorf("%s: % X is read as % X, want % X", tt.name, tt.sent, got, tt.want)
		}
	}
}
