package capture

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// upright is the orientation of a picture that needs no turning (Exif 2.32 §4.6.4,
// tag 0x0112).
const upright = 1

// orientation is how a JPEG wants to be turned, by its Exif segment; upright when
// it does not say. It reads no further than the segments before the picture.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker, length := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda || length < 2 || at+2+length > len(data) {
			break // the picture begins, or nothing fits
		}
		if tiff, ok := bytes.CutPrefix(data[at+4:at+2+length], []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return tiffOrientation(tiff)
		}
		at += 2 + length
	}
	return upright
}

// tiffOrientation looks through the first directory of a TIFF (TIFF 6.0 §2).
func tiffOrientation(tiff []byte) int {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return upright
	}
	if len(tiff) < 8 {
		return upright
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if tag, value := order.Uint16(entries), order.Uint16(entries[8:]); tag == 0x0112 && 1 <= value && value <= 8 {
			return int(value)
		}
		entries = entries[12:]
	}
	return upright
}

// turned puts a picture upright.
func turned(img image.Image, orientation int) image.Image {
	b := img.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	x, y := float64(b.Min.X), float64(b.Min.Y)
	// Where the point (u, v) of the picture as it lies comes to be.
	to := map[int]f64.Aff3{
		2: {-1, 0, w, 0, 1, 0},
		3: {-1, 0, w, 0, -1, h},
		4: {1, 0, 0, 0, -1, h},
		5: {0, 1, 0, 1, 0, 0},
		6: {0, -1, h, 1, 0, 0},
		7: {0, -1, h, -1, 0, w},
		8: {0, 1, 0, -1, 0, w},
	}
	m, ok := to[orientation]
	if !ok {
		return img
	}
	m[2], m[5] = m[2]-m[0]*x-m[1]*y, m[5]-m[3]*x-m[4]*y
	size := image.Rect(0, 0, b.Dx(), b.Dy())
	if orientation >= 5 {
		size = image.Rect(0, 0, b.Dy(), b.Dx())
	}
	page := image.NewRGBA(size)
	draw.NearestNeighbor.Transform(page, m, img, b, draw.Src, nil)
	return page
}
