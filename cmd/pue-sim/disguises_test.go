package main

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf16"
)

// disguises are the forms in which a value may lie around.
func disguises(s string) map[string][]byte {
	wide := make([]byte, 0, 2*len(s))
	for _, u := range utf16.Encode([]rune(s)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	b := []byte(s)
	return map[string][]byte{
		"in clear":     b,
		"in hex":       []byte(hex.EncodeToString(b)),
		"in HEX":       []byte(strings.ToUpper(hex.EncodeToString(b))),
		"in UTF-16":    wide,
		"in base64":    inner(b, 0),
		"in base64 +1": inner(b, 1),
		"in base64 +2": inner(b, 2),
	}
}

// inner is what base64 makes of b wherever it stands in a longer text: at each
// of three offsets, without the characters that depend on its neighbours.
func inner(b []byte, offset int) []byte {
	padded := append(make([]byte, offset), b...)
	padded = padded[:len(padded)/3*3]
	s := base64.StdEncoding.EncodeToString(padded)
	if offset > 0 {
		s = s[4:]
	}
	return []byte(s)
}
