package printer

import (
	"bytes"
	"testing"
)

// FuzzAnyBytesAreAnswersOrNoise has each dialect hear anything, in pieces of any size:
// nothing is heard twice, nothing is lost, and little is kept.
func FuzzAnyBytesAreAnswersOrNoise(f *testing.F) {
	f.Add(uint8(0), uint8(1), []byte{0x10, 0, 0, 0, 0x12, 0x1A, 0x37, 0x22, 'a', 'b', 'c', 'd', 0})
	f.Add(uint8(0), uint8(3), []byte{0x18, 0, 0x0F, 0, 0x10, 0x13, 0x11, 0x10, 0x80})
	f.Add(uint8(1), uint8(2), []byte{0x12, 0x16, 0x12, 0x7E, 0x00, 0x03, 0xFF})
	f.Add(uint8(2), uint8(5), []byte{0x10, 0x0F, 0x20, 0x0C, 0x00, 0x00, 0x10, 0x10, 0x0F, 0x11, 0x13, 0x37, 0x5F})
	f.Add(uint8(3), uint8(7), append([]byte{0x5F}, bytes.Repeat([]byte{0x41}, 200)...))
	dialects := []Dialect{StatusAutomatic, StatusRealtime, StatusCustom, StatusNone}
	f.Fuzz(func(t *testing.T, which, piece uint8, said []byte) {
		l := listener{dialect: dialects[int(which)%len(dialects)]}
		heard := 0
		for rest := said; len(rest) > 0; {
			n := min(len(rest), 1+int(piece))
			for _, a := range hearAll(&l, rest[:n]) {
				heard += a.noise + sizeOf(t, a)
			}
			rest = rest[n:]
			if kept := len(l.frame) + len(l.block); kept > longestBlock {
				t.Fatalf("%d bytes of an answer are kept", kept)
			}
		}
		flow := bytes.Count(said, []byte{xon}) + bytes.Count(said, []byte{xoff})
		if heard += l.noise + len(l.frame) + len(l.block); heard > len(said) || heard < len(said)-flow {
			t.Errorf("%s: of %d bytes, %d of them flow control, %d were heard", l.dialect, len(said), flow, heard)
		}
	})
}

// sizeOf is how many bytes an answer had, and checks the bits that never change.
func sizeOf(t *testing.T, a answer) int {
	switch a.kind {
	case answerRealtime:
		if a.bits[0]&0x93 != 0x12 {
			t.Errorf("%02X is no real-time status", a.bits[0])
		}
		return 1
	case answerAutomatic:
		if a.bits[0]&0x93 != 0x10 || (a.bits[1]|a.bits[2]|a.bits[3])&0x90 != 0 {
			t.Errorf("% X is no automatic status", a.bits)
		}
		return 4
	case answerQueued:
		if a.bits[0]&0x90 != 0 {
			t.Errorf("%02X is no answer of GS r", a.bits[0])
		}
		return 1
	case answerFull:
		return 6
	case answerBlock:
		return len(a.text) + 1
	}
	return 0
}

// TestAnswersThatHeadTheSameAreToldApartByTheDialect: 10h begins a status of four
// bytes and one of six.
func TestAnswersThatHeadTheSameAreToldApartByTheDialect(t *testing.T) {
	said := []byte{0x10, 0x0F, 0x20, 0x00, 0x00, 0x00}
	for dialect, want := range map[Dialect][]answerKind{
		StatusAutomatic: {answerAutomatic, answerQueued, answerQueued},
		StatusCustom:    {answerFull},
	} {
		l := listener{dialect: dialect}
		var got []answerKind
		for _, a := range hearAll(&l, said) {
			got = append(got, a.kind)
		}
		if len(got) != len(want) || got[0] != want[0] {
			t.Errorf("%s: % X is heard as %v, want %v", dialect, said, got, want)
		}
	}
}

// TestTheLastByteOfCustomTellsWhatAPersonCanMend has the bits of the KPM300's manual.
func TestTheLastByteOfCustomTellsWhatAPersonCanMend(t *testing.T) {
	for last, want := range map[byte]string{
		0x00: "", 0x01: "cutter-jam", 0x02: "cover-open", 0x04: "printer-error", 0x08: "printer-error",
	} {
		if got := fromFull([4]byte{3: last}).status().Reason; got != want {
			t.Errorf("%02X is %q, want %q", last, got, want)
		}
	}
}
