package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"unicode/utf16"
)

// disguised tells in which form a value lies around in content, or nothing.
func disguised(content []byte, value string) string {
	for how, form := range disguises(value) {
		if bytes.Contains(content, form) {
			return how
		}
	}
	for _, inner := range inflated(content) {
		for how, form := range disguises(value) {
			if bytes.Contains(inner, form) {
				return how + " within gzip"
			}
		}
	}
	return ""
}

// inflated are the gzip members in content (RFC 1952 §2.3.1), 16 MiB of each at
// most.
func inflated(content []byte) (members [][]byte) {
	magic := []byte{0x1f, 0x8b, 0x08}
	for i := bytes.Index(content, magic); i >= 0; {
		if r, err := gzip.NewReader(bytes.NewReader(content[i:])); err == nil {
			inner, _ := io.ReadAll(io.LimitReader(r, 16<<20)) // what could be read counts
			members = append(members, inner)
		}
		next := bytes.Index(content[i+1:], magic)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return members
}

func TestTheSearchFindsAValueInEachDisguise(t *testing.T) {
	const value = "SMPNNA63E54Z999V"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("before " + value + " after"))
	z.Close()
	for how, content := range map[string]string{
		"clear": value, "hex": hex.EncodeToString([]byte(value)), "gzip": packed.String(),
		"base64": base64.StdEncoding.EncodeToString([]byte("x" + value + "yz")),
	} {
		if disguised([]byte("noise "+content+" noise"), value) == "" {
			t.Errorf("not found in %s", how)
		}
	}
	if how := disguised([]byte("nothing here"), value); how != "" {
		t.Errorf("found %s where nothing is", how)
	}
}

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
