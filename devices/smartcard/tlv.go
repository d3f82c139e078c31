package smartcard

import (
	"fmt"
)

// tag names a data object as it stands on the card: one to three bytes, such as
// 87, 5F37 or BFA101 (ISO/IEC 7816-4 §6.3).
type tag uint32

// object is one data object of BER-TLV (ITU-T X.690 §8.1). Both slices point
// into what was read.
type object struct {
	tag   tag
	value []byte
	raw   []byte // tag and length included
}

const (
	// longTag, in the low bits of the first byte, says that the tag goes on.
	longTag = 0x1F
	// maxObject bounds the value of an object: nothing on these cards is longer.
	maxObject = 16 << 10
)

// nextObject takes the first object off b. Lengths are definite, in at most
// three bytes, and within b; whether they are as short as can be is not asked,
// because cards pad them.
func nextObject(b []byte) (o object, rest []byte, err error) {
	o.tag, rest, err = nextTag(b)
	if err != nil {
		return object{}, nil, err
	}
	n, rest, err := nextLength(rest)
	if err != nil {
		return object{}, nil, err
	}
	if n > len(rest) {
		return object{}, nil, fmt.Errorf("object %X announces %d bytes, %d follow: %w", uint32(o.tag), n, len(rest), ErrUnreadable)
	}
	o.value, rest = rest[:n:n], rest[n:]
	o.raw = b[: len(b)-len(rest) : len(b)-len(rest)]
	return o, rest, nil
}

func nextTag(b []byte) (t tag, rest []byte, err error) {
	if len(b) == 0 || b[0] == 0x00 || b[0] == 0xFF { // both are padding between objects
		return 0, nil, fmt.Errorf("no object where one should be: %w", ErrUnreadable)
	}
	t = tag(b[0])
	if b[0]&longTag != longTag {
		return t, b[1:], nil
	}
	for i := 1; i < min(len(b), 3); i++ {
		t = t<<8 | tag(b[i])
		if b[i]&0x80 == 0 {
			return t, b[i+1:], nil
		}
	}
	return 0, nil, fmt.Errorf("tag without an end: %w", ErrUnreadable)
}

func nextLength(b []byte) (n int, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, fmt.Errorf("object without a length: %w", ErrUnreadable)
	}
	if b[0] < 0x80 {
		return int(b[0]), b[1:], nil
	}
	size := int(b[0] & 0x7F) // 0 would be the indefinite form
	if size < 1 || size > 3 || len(b) <= size {
		return 0, nil, fmt.Errorf("object of no sensible length: %w", ErrUnreadable)
	}
	for _, digit := range b[1 : 1+size] {
		n = n<<8 | int(digit)
	}
	if n > maxObject {
		return 0, nil, fmt.Errorf("object announces %d bytes: %w", n, ErrUnreadable)
	}
	return n, b[1+size:], nil
}

// find walks into b along path and returns the value of its end. What stands
// beside the path is stepped over, as far as it is objects.
func find(b []byte, path ...tag) ([]byte, error) {
	for _, want := range path {
		inner, err := findHere(b, want)
		if err != nil {
			return nil, err
		}
		b = inner
	}
	return b, nil
}

func findHere(b []byte, want tag) ([]byte, error) {
	for len(b) > 0 {
		o, rest, err := nextObject(b)
		if err != nil {
			return nil, fmt.Errorf("looking for object %X: %w", uint32(want), err)
		}
		if o.tag == want {
			return o.value, nil
		}
		b = rest
	}
	return nil, fmt.Errorf("object %X is missing: %w", uint32(want), ErrUnreadable)
}

// objectSize returns how many bytes the object takes that head begins: the file
// around it is padded. It needs the tag and the length, six bytes at most.
func objectSize(want tag) func(head []byte) (int, error) {
	return func(head []byte) (int, error) {
		t, rest, err := nextTag(head)
		if err != nil {
			return 0, err
		}
		if t != want {
			return 0, fmt.Errorf("object %X where %X should be: %w", uint32(t), uint32(want), ErrUnreadable)
		}
		n, rest, err := nextLength(rest)
		if err != nil {
			return 0, err
		}
		return len(head) - len(rest) + n, nil
	}
}

// appendObject writes an object in the shortest form.
func appendObject(b []byte, t tag, value []byte) []byte {
	for shift := 16; shift >= 0; shift -= 8 {
		if digit := byte(t >> shift); digit != 0 {
			b = append(b, digit)
		}
	}
	switch n := len(value); {
	case n < 0x80:
		b = append(b, byte(n))
	case n <= 0xFF:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, value...)
}
