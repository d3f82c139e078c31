package cardsim

import "encoding/binary"

// object is one BER-TLV data object (ISO/IEC 7816-4 §5.2.2).
type object struct {
	tag   uint32
	value []byte
}

// objects is a sequence of them, in order.
type objects []object

// find returns the value of the first object with a tag, nil when there is
// none; an empty object is not nil.
func (os objects) find(tag uint32) []byte {
	for _, o := range os {
		if o.tag == tag {
			return o.value
		}
	}
	return nil
}

// parseObjects reads data objects until b ends. Tags have at most three bytes
// and lengths are at most 65535.
func parseObjects(b []byte) (objects, bool) {
	list := objects{}
	for len(b) > 0 {
		tag, rest, ok := parseTag(b)
		if !ok {
			return nil, false
		}
		n, rest, ok := parseLength(rest)
		if !ok || n > len(rest) {
			return nil, false
		}
		list = append(list, object{tag, rest[:n:n]})
		b = rest[n:]
	}
	return list, true
}

func parseTag(b []byte) (tag uint32, rest []byte, ok bool) {
	tag = uint32(b[0])
	if b[0]&0x1F != 0x1F {
		return tag, b[1:], true
	}
	for i := 1; i < min(3, len(b)); i++ {
		tag = tag<<8 | uint32(b[i])
		if b[i]&0x80 == 0 {
			return tag, b[i+1:], true
		}
	}
	return 0, nil, false
}

func parseLength(b []byte) (n int, rest []byte, ok bool) {
	switch {
	case len(b) >= 1 && b[0] < 0x80:
		return int(b[0]), b[1:], true
	case len(b) >= 2 && b[0] == 0x81:
		return int(b[1]), b[2:], true
	case len(b) >= 3 && b[0] == 0x82:
		return int(binary.BigEndian.Uint16(b[1:])), b[3:], true
	}
	return 0, nil, false
}

// wrap makes one data object of the joined parts.
func wrap(tag uint32, parts ...[]byte) []byte {
	var value []byte
	for _, p := range parts {
		value = append(value, p...)
	}
	var b []byte
	for shift := 16; shift >= 0; shift -= 8 {
		if tag>>shift != 0 {
			b = append(b, byte(tag>>shift))
		}
	}
	switch n := len(value); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, value...)
}
