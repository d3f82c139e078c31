// Package traces looks for values where they must not be, in clear and in the
// disguises in which software leaves things lying around.
package traces

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// inflateMost bounds what one compressed stream may grow to.
const inflateMost = 64 << 20

// inflateLeast is how much a stream must give before it is taken for one: nearly
// any byte can be read as the beginning of a few symbols.
const inflateLeast = 24

// Find returns the disguises in which value is in content, or nothing.
func Find(content []byte, value string) []string { return Look(content).Find(value) }

// Place is content that was looked through for what is packed in it, which takes
// long and serves any number of searches.
type Place struct {
	content []byte
	packed  []packed
}

// packed is what a compressed stream within the content holds.
type packed struct {
	how     string
	content []byte
}

// Look unpacks what is compressed in content.
func Look(content []byte) Place {
	return Place{content, append(gunzipped(content), inflated(content)...)}
}

// Find returns the disguises in which value is there, or nothing.
func (p Place) Find(value string) []string {
	found := plainly(p.content, value)
	for _, inner := range p.packed {
		for _, how := range plainly(inner.content, value) {
			found = append(found, how+" within "+inner.how)
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

// gunzipped returns the contents of every gzip member in content.
func gunzipped(content []byte) []packed {
	var all []packed
	for rest := content; ; {
		at := bytes.Index(rest, []byte{0x1f, 0x8b, 8}) // RFC 1952 §2.3.1: magic, deflate
		if at < 0 {
			return all
		}
		rest = rest[at:]
		if r, err := gzip.NewReader(bytes.NewReader(rest)); err == nil {
			r.Multistream(false)
			inner, _ := io.ReadAll(io.LimitReader(r, inflateMost)) // what came before a broken end counts
			all = append(all, packed{"gzip", inner})
		}
		rest = rest[3:]
	}
}

// inflated returns what every byte of content gives that could begin a compressed
// block of deflate (RFC 1951 §3.2.3): such a stream has no mark of its own.
func inflated(content []byte) []packed {
	var all []packed
	from := bytes.NewReader(nil)
	r := flate.NewReader(from)
	least := make([]byte, inflateLeast)
	for at, first := range content {
		if kind := first >> 1 & 3; kind != 1 && kind != 2 {
			continue
		}
		from.Reset(content[at:])
		r.(flate.Resetter).Reset(from, nil)
		if n, _ := io.ReadFull(r, least); n < len(least) {
			continue
		}
		rest, _ := io.ReadAll(io.LimitReader(r, inflateMost))
		all = append(all, packed{"deflate", slices.Concat(least, rest)})
	}
	return all
}

// Control is content that holds value in every disguise, for proving that a
// search finds what there is to find. Prove fails when one of them stays hidden.
func Control(value string) []byte {
	var out bytes.Buffer
	for _, d := range disguises(value) {
		out.Write(d.bytes)
		out.WriteByte(0)
	}
	z := gzip.NewWriter(&out)
	d, _ := flate.NewWriter(&out, flate.BestCompression) // the level is valid
	for _, w := range []io.WriteCloser{z, d} {
		io.WriteString(w, "a text that comes before "+value+" and one after")
		w.Close()
		out.WriteByte(0)
	}
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
	for _, how := range []string{"gzip", "deflate"} {
		if !slices.Contains(found, "in clear within "+how) {
			return fmt.Errorf("the search is blind: it does not see the control within %s", how)
		}
	}
	return nil
}
