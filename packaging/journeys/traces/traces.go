// Package traces looks for values where they must not be, in clear and in the
// disguises in which software leaves things lying around.
package traces

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// inflateMost bounds what one gzip member may grow to.
const inflateMost = 64 << 20

// Find returns the disguises in which value is in content, or nothing.
func Find(content []byte, value string) []string {
	found := plainly(content, value)
	for _, inner := range inflated(content) {
		for _, how := range plainly(inner, value) {
			found = append(found, how+" within gzip")
		}
	}
	return found
}

// plainly finds the disguises that need no unpacking.
func plainly(content []byte, value string) []string {
	var found []string
	for _, d := range disguises(value) {
		if bytes.Contains(content, d.bytes) {
			found = append(found, d.name)
		}
	}
	return found
}

type disguise struct {
	name  string
	bytes []byte
}

func disguises(value string) []disguise {
	b := []byte(value)
	little, big := wide(value)
	all := []disguise{
		{"in clear", b},
		{"in small letters", []byte(strings.ToLower(value))},
		{"in hex", []byte(hex.EncodeToString(b))},
		{"in HEX", []byte(strings.ToUpper(hex.EncodeToString(b)))},
		{"in UTF-16LE", little},
		{"in UTF-16BE", big},
	}
	for shift := range 3 {
		for name, alphabet := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			all = append(all, disguise{fmt.Sprintf("in %s +%d", name, shift), []byte(within(alphabet, b, shift))})
		}
	}
	return all
}

// wide is text in UTF-16, both byte orders.
func wide(value string) (little, big []byte) {
	for _, u := range utf16.Encode([]rune(value)) {
		little = append(little, byte(u), byte(u>>8))
		big = append(big, byte(u>>8), byte(u))
	}
	return little, big
}

// within is the part of b's base64 that is the same whatever stands before and
// after it, when shift bytes of the first group of three belong to others.
func within(alphabet *base64.Encoding, b []byte, shift int) string {
	if shift > 0 {
		b = b[3-shift:]
	}
	return alphabet.EncodeToString(b[:len(b)/3*3])
}

// inflated returns the contents of every gzip member in content.
func inflated(content []byte) [][]byte {
	var all [][]byte
	for rest := content; ; {
		at := bytes.Index(rest, []byte{0x1f, 0x8b, 8}) // RFC 1952 §2.3.1: magic, deflate
		if at < 0 {
			return all
		}
		rest = rest[at:]
		if r, err := gzip.NewReader(bytes.NewReader(rest)); err == nil {
			r.Multistream(false)
			inner, _ := io.ReadAll(io.LimitReader(r, inflateMost)) // what came before a broken end counts
			all = append(all, inner)
		}
		rest = rest[3:]
	}
}

// Control is content that holds value in every disguise, for proving that a
// search finds what there is to find. Prove fails when one of them stays hidden.
func Control(value string) []byte {
	var out bytes.Buffer
	for _, d := range disguises(value) {
		out.Write(d.bytes)
		out.WriteByte(0)
	}
	w := gzip.NewWriter(&out)
	io.WriteString(w, "before "+value+" after")
	w.Close()
	return out.Bytes()
}

// Prove searches content that holds value in every disguise.
func Prove(content []byte, value string) error {
	found := Find(content, value)
	for _, d := range disguises(value) {
		if !slices.Contains(found, d.name) {
			return fmt.Errorf("the search is blind: it does not see the control %s", d.name)
		}
	}
	if !slices.Contains(found, "in clear within gzip") {
		return fmt.Errorf("the search is blind: it does not see the control within gzip")
	}
	return nil
}
