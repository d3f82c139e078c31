package printersim

import (
	"bytes"
	"strings"
)

// barCodes of GS k by m; those below 'A' end with a NUL, the others say how long
// they are.
var barCodes = map[byte]string{
	0: "UPC-A", 1: "UPC-E", 2: "EAN13", 3: "EAN8", 4: "CODE39", 5: "ITF", 6: "CODABAR",
	'A': "UPC-A", 'B': "UPC-E", 'C': "EAN13", 'D': "EAN8", 'E': "CODE39", 'F': "ITF", 'G': "CODABAR",
	'H': "CODE93", 'I': "CODE128", 'J': "GS1-128", 'K': "GS1 DataBar", 'L': "GS1 DataBar", 'M': "GS1 DataBar", 'N': "GS1 DataBar",
}

func sizeBarCode(b []byte) int {
	return within(b, 4, func() int {
		if b[2] >= 'A' {
			return 4 + int(b[3])
		}
		if end := bytes.IndexByte(b[3:], 0); end >= 0 {
			return 3 + end + 1
		}
		if len(b) > 260 {
			return -1
		}
		return 0
	})
}

// obeyBarCode draws a Code 128 as it is and a frame for the others.
func (s *Sim) obeyBarCode(b []byte) {
	name, known := barCodes[b[2]]
	if !known {
		s.fault(&s.count.Unknown, "GS k %d is unknown", b[2])
		return
	}
	if name != "CODE128" {
		data := bytes.TrimSuffix(b[3:], []byte{0})
		if b[2] >= 'A' {
			data = b[4:]
		}
		s.printBars(name, string(data), placeholder(s.model.dots/2, s.codes.high))
		return
	}
	s.checkData(b[4:])
	symbols, data, ok := code128(b[4:])
	if !ok {
		s.fault(&s.count.Misplaced, "CODE128 of % X", b[4:])
		return
	}
	s.printBars(name, data, bars(symbols).scaled(s.codes.wide, s.codes.high))
}

const (
	startA    = 103
	stop128   = 106
	symbolWid = 11 // modules; the stop has two more
)

// code128 turns the data of GS k 73, in which a brace begins a control symbol,
// into symbols with start, check and stop (ISO/IEC 15417, 4.3).
func code128(b []byte) (symbols []int, data string, ok bool) {
	if len(b) < 3 || b[0] != '{' || b[1] < 'A' || b[1] > 'C' {
		return nil, "", false
	}
	set := b[1]
	symbols = []int{startA + int(set-'A')}
	var text strings.Builder
	for b = b[2:]; len(b) > 0; b = b[1:] {
		if b[0] == '{' && len(b) > 1 {
			b = b[1:]
			if n, control := control128(set, b[0]); control {
				symbols = append(symbols, n)
				if b[0] >= 'A' && b[0] <= 'C' {
					set = b[0]
				}
				continue
			} else if b[0] != '{' {
				return nil, "", false
			}
		}
		n, letters, valid := symbol128(set, b[0])
		if !valid {
			return nil, "", false
		}
		symbols = append(symbols, n)
		text.WriteString(letters)
	}
	check := symbols[0]
	for i, n := range symbols[1:] {
		check += (i + 1) * n
	}
	return append(symbols, check%103, stop128), text.String(), true
}

// control128 is what follows a brace: another set, or a function.
func control128(set, c byte) (n int, ok bool) {
	switch c {
	case 'A', 'B', 'C':
		return map[byte]int{'A': 101, 'B': 100, 'C': 99}[c], c != set
	case '1':
		return 102, true
	case '2':
		return 97, true
	case '3':
		return 96, true
	}
	return 0, false
}

// symbol128 is one symbol of data: a letter, or two digits in set C.
func symbol128(set, c byte) (n int, letters string, ok bool) {
	switch {
	case set == 'C':
		return int(c), string([]byte{'0' + c/10, '0' + c%10}), c < 100
	case set == 'A' && c < 0x20:
		return int(c) + 64, string(rune(c)), true
	case set == 'A':
		return int(c) - 0x20, string(rune(c)), c >= 0x20 && c < 0x60
	}
	return int(c) - 0x20, string(rune(c)), c >= 0x20 && c < 0x80
}

// bars draws symbols one dot high.
func bars(symbols []int) *bitmap {
	b := newBitmap(symbolWid*len(symbols)+2, 1)
	x := 0
	for _, n := range symbols {
		for i, width := range patterns128[n] {
			for range width - '0' {
				if i%2 == 0 {
					b.set(x, 0)
				}
				x++
			}
		}
	}
	return b
}

// patterns128 are the widths of bars and gaps of each symbol (ISO/IEC 15417,
// table 1).
var patterns128 = strings.Fields(`
	212222 222122 222221 121223 121322 131222 122213 122312 132212 221213
	221312 231212 112232 122132 122231 113222 123122 123221 223211 221132
	221231 213212 223112 312131 311222 321122 321221 312212 322112 322211
	212123 212321 232121 111323 131123 131321 112313 132113 132311 211313
	231113 231311 112133 112331 132131 113123 113321 133121 313121 211331
	231131 213113 213311 213131 311123 311321 331121 312113 312311 332111
	314111 221411 431111 111224 111422 121124 121421 141122 141221 112214
	112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
	111242 121142 121241 114212 124112 124211 411212 421112 421211 212141
	214121 412121 111143 111341 131141 114113 114311 411113 411311 113141
	114131 311141 411131 211412 211214 211232 2331112`)
