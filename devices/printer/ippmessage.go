package printer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Tags of IPP (RFC 8010 §3.5). Those below 0x10 begin a group of attributes.
const (
	tagOperation  = 0x01
	tagJob        = 0x02
	tagEnd        = 0x03
	tagPrinter    = 0x04
	tagGroups     = 0x10
	tagInteger    = 0x21
	tagBoolean    = 0x22
	tagEnum       = 0x23
	tagName       = 0x42
	tagKeyword    = 0x44
	tagURI        = 0x45
	tagCharset    = 0x47
	tagLanguage   = 0x48
	tagMimeType   = 0x49
	ippMost       = 256 << 10 // bytes of an answer
	ippValuesMost = 8192      // in an answer
)

// errIPP: an answer that is no IPP.
var errIPP = errors.New("not an answer in IPP")

// ippRequest is one IPP request while it is written (RFC 8010 §3.1).
type ippRequest struct{ b []byte }

func newIPPRequest(version, operation uint16, id uint32) *ippRequest {
	r := &ippRequest{}
	r.b = binary.BigEndian.AppendUint16(r.b, version)
	r.b = binary.BigEndian.AppendUint16(r.b, operation)
	r.b = binary.BigEndian.AppendUint32(r.b, id)
	// These two come first, in this order (RFC 8011 §4.1.4).
	r.group(tagOperation)
	r.text(tagCharset, "attributes-charset", "utf-8")
	r.text(tagLanguage, "attributes-natural-language", "en")
	return r
}

func (r *ippRequest) group(tag byte) { r.b = append(r.b, tag) }

// text adds an attribute; further values are those of the same attribute.
func (r *ippRequest) text(tag byte, name string, values ...string) {
	for _, v := range values {
		r.value(tag, name, []byte(v))
		name = ""
	}
}

func (r *ippRequest) integer(tag byte, name string, n int) {
	r.value(tag, name, binary.BigEndian.AppendUint32(nil, uint32(n)))
}

func (r *ippRequest) boolean(name string, is bool) {
	b := byte(0)
	if is {
		b = 1
	}
	r.value(tagBoolean, name, []byte{b})
}

func (r *ippRequest) value(tag byte, name string, v []byte) {
	r.b = append(r.b, tag)
	r.b = binary.BigEndian.AppendUint16(r.b, uint16(len(name)))
	r.b = append(r.b, name...)
	r.b = binary.BigEndian.AppendUint16(r.b, uint16(len(v)))
	r.b = append(r.b, v...)
}

func (r *ippRequest) end() []byte { return append(r.b, tagEnd) }

// ippAnswer is what a printer answered.
type ippAnswer struct {
	version, status uint16
	id              uint32
	groups          []ippGroup
}

// ippGroup are attributes that belong together: those of the printer, or of one job.
type ippGroup struct {
	tag    byte
	values map[string][]ippValue
}

type ippValue struct {
	tag  byte
	data []byte
}

// readIPP reads an answer to its end. What is longer than an answer may be, or ends
// before it is whole, is refused. The members of a collection become further values of
// the attribute that holds it: nothing here asks for them.
func readIPP(r io.Reader) (ippAnswer, error) {
	all, err := io.ReadAll(io.LimitReader(r, ippMost+1))
	switch {
	case err != nil:
		return ippAnswer{}, fmt.Errorf("reading the answer: %w", err)
	case len(all) > ippMost:
		return ippAnswer{}, fmt.Errorf("%w: longer than %d bytes", errIPP, ippMost)
	}
	return parseIPP(all)
}

func parseIPP(b []byte) (a ippAnswer, err error) {
	if len(b) < 8 {
		return a, fmt.Errorf("%w: %d bytes", errIPP, len(b))
	}
	a.version, a.status, a.id = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:])
	if major := a.version >> 8; major != 1 && major != 2 {
		return a, fmt.Errorf("%w: version %#04x", errIPP, a.version)
	}
	last := ""
	for b, count := b[8:], 0; len(b) > 0; count++ {
		tag := b[0]
		switch {
		case tag == tagEnd:
			return a, nil
		case tag < tagGroups:
			a.groups, b, last = append(a.groups, ippGroup{tag, map[string][]ippValue{}}), b[1:], ""
			continue
		case len(a.groups) == 0:
			return a, fmt.Errorf("%w: an attribute outside of all groups", errIPP)
		case count == ippValuesMost:
			return a, fmt.Errorf("%w: more than %d values", errIPP, ippValuesMost)
		}
		var name, value []byte
		var ok bool
		if name, b, ok = ippField(b[1:]); ok {
			value, b, ok = ippField(b)
		}
		if !ok {
			return a, fmt.Errorf("%w: it ends inside an attribute", errIPP)
		}
		if len(name) > 0 {
			last = string(name)
		}
		if last == "" {
			return a, fmt.Errorf("%w: a value without a name", errIPP)
		}
		values := a.groups[len(a.groups)-1].values
		values[last] = append(values[last], ippValue{tag, value})
	}
	return a, fmt.Errorf("%w: it does not end", errIPP)
}

// ippField takes two bytes of length, and as many bytes as they say.
func ippField(b []byte) (field, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, b, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if len(b)-2 < n {
		return nil, b, false
	}
	return b[2 : 2+n], b[2+n:], true
}

// first is the first group of a kind; the zero group holds nothing.
func (a ippAnswer) first(tag byte) ippGroup {
	for _, g := range a.groups {
		if g.tag == tag {
			return g
		}
	}
	return ippGroup{}
}

// number is the value of an integer or enum, or 0.
func (g ippGroup) number(name string) int {
	if v := g.values[name]; len(v) > 0 && (v[0].tag == tagInteger || v[0].tag == tagEnum) && len(v[0].data) == 4 {
		return int(int32(binary.BigEndian.Uint32(v[0].data)))
	}
	return 0
}

// is reports whether a boolean is there and has that value.
func (g ippGroup) is(name string, want bool) bool {
	v := g.values[name]
	return len(v) > 0 && v[0].tag == tagBoolean && len(v[0].data) == 1 && (v[0].data[0] != 0) == want
}

// words are the values of an attribute of text. Texts may carry their language in
// front (RFC 8010 §3.9), which nothing here asks for.
func (g ippGroup) words(name string) []string {
	var all []string
	for _, v := range g.values[name] {
		if v.tag >= 0x40 && v.tag < 0x60 {
			all = append(all, string(v.data))
		}
	}
	return all
}
