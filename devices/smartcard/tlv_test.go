package smartcard

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestObjectsAreFoundAlongTheirPath(t *testing.T) {
	// Others stand beside the path, and lengths are longer than they need be.
	b := unhex(t, "5F2001FF 70820011 810155 BFA101 8200 08 A306 970101 990102")
	got, err := find(b, 0x70, 0xBFA101, 0xA3, 0x99)
	if err != nil || !bytes.Equal(got, []byte{0x02}) {
		t.Errorf("found %X, %v", got, err)
	}
	for _, path := range [][]tag{{0x71}, {0x70, 0xBFA102}, {0x70, 0xBFA101, 0xA3, 0x98}} {
		if got, err := find(b, path...); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%X: found %X, %v", path, got, err)
		}
	}
}

func TestObjectsThatMakeNoSenseAreUnreadable(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                    "",
		"padding":                    "00000000",
		"erased":                     "FFFFFFFF",
		"no length":                  "30",
		"no end of the tag":          "1F",
		"a tag of four bytes":        "BFFFFF0100",
		"indefinite length":          "30800201010000",
		"length of four bytes":       "3084FFFFFFFF",
		"length of three, too long":  "3083FFFFFF",
		"length cut short":           "3082",
		"one byte less than it says": "3004020100",
		"one beyond the longest":     "30824001" + strings.Repeat("00", 16385),
	} {
		if o, _, err := nextObject(unhex(t, text)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: object %X with %d bytes, %v", name, uint32(o.tag), len(o.value), err)
		}
	}
}

func TestObjectsNestedWithoutEndAreNotFollowed(t *testing.T) {
	var b []byte
	for range 1000 {
		b = appendObject(nil, 0x30, b)
	}
	got, err := find(b, 0x30, 0x30, 0x04)
	if !errors.Is(err, ErrUnreadable) {
		t.Errorf("found %X, %v", got, err)
	}
}

func TestTheSizeOfAnObjectIsKnownFromItsBeginning(t *testing.T) {
	for text, want := range map[string]int{"3003": 5, "308190": 3 + 0x90, "30820494": 4 + 0x494, "3083000494": 5 + 0x494} {
		if got, err := objectSize(0x30)(unhex(t, text)); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "30", "3182", "308204", "3080", "77820100"} {
		if n, err := objectSize(0x30)(unhex(t, text)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
}

// walk counts the objects in b and in what is in them.
func walk(t *testing.T, b []byte, depth int) {
	for len(b) > 0 && depth < 20 {
		o, rest, err := nextObject(b)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Errorf("error has no meaning: %v", err)
			}
			return
		}
		if len(o.raw)+len(rest) != len(b) || len(o.value) >= len(o.raw) || !bytes.HasSuffix(o.raw, o.value) {
			t.Errorf("%d bytes are an object of %d with %d inside, and %d", len(b), len(o.raw), len(o.value), len(rest))
		}
		walk(t, o.value, depth+1)
		b = rest
	}
}

func FuzzObjects(f *testing.F) {
	f.Add([]byte{0x70, 0x03, 0x97, 0x01, 0x02})
	f.Add([]byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Add([]byte{0xBF, 0xA1, 0x01, 0x82, 0x00, 0x01, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		walk(t, b, 0)
		if n, err := objectSize(0x30)(b); err == nil && (n < 2 || n > maxObject+5) {
			t.Errorf("size %d", n)
		}
		if key, err := parseKey(b); err == nil && (key.N.BitLen() < 1024 || key.N.BitLen() > 2048 || key.E < 3) {
			t.Errorf("key of %d bits with exponent %d", key.N.BitLen(), key.E)
		}
	})
}

func FuzzWrittenObjectsAreReadAgain(f *testing.F) {
	f.Add(uint32(0x87), []byte{1, 2, 3})
	f.Add(uint32(0x7F49), make([]byte, 200))
	f.Add(uint32(0xBFA101), make([]byte, 300))
	f.Fuzz(func(t *testing.T, name uint32, value []byte) {
		want := tag(name)
		if len(value) > maxObject {
			return
		}
		raw := appendObject(nil, want, value)
		o, rest, err := nextObject(raw)
		if err != nil || o.tag != want {
			return // no tag at all
		}
		if !bytes.Equal(o.value, value) || len(rest) != 0 || !bytes.Equal(o.raw, raw) {
			t.Errorf("%X reads as %X and %X", raw, o.value, rest)
		}
	})
}
