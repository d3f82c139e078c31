package printer

import (
	"fmt"
	"time"
)

// Setup is a profile and what the terminal adds to it.
type Setup struct {
	Profile Profile
	// Logo is the picture of [Logo] blocks, nil for their words.
	Logo *Picture
	// LogoStored: the printer keeps the picture, and is told its name alone.
	LogoStored bool
	// PictureLimit is how many bytes of pictures may go into one document, 0 for
	// no limit. QR codes are always drawn: the receipt is of no use without.
	PictureLimit int
	// Baud is the speed of the line, 0 for one on which nothing has to wait.
	Baud int
}

// Encoding is a document as bytes, and what could not be kept of it.
type Encoding struct {
	Data []byte
	// Lost is the number of letters that stand there without their accent, or as a
	// question mark.
	Lost int
	// LogoLeftOut: words stand in the place of the logo, which would take too long.
	LogoLeftOut bool
	// borders are the places in Data between two lines or pictures, in order, where
	// a real-time command stands in nothing else.
	borders []int
}

// Encode writes d as ESC/POS, from initialise to cut. An error means that a QR code
// cannot be drawn as it is, or that the profile is not one.
func (s Setup) Encode(d Document) (Encoding, error) {
	if err := s.Profile.check(); err != nil {
		return Encoding{}, fmt.Errorf("profile %s: %w", s.Profile.Name, err)
	}
	e := encoder{
		p: s.Profile, setup: s, limited: s.PictureLimit > 0, room: s.PictureLimit,
		letters: repertoire{pages: s.Profile.Pages, drawn: true},
	}
	if s.Profile.OwnLetters {
		e.letters.own.free = freeCodes(d)
	}
	parts, err := e.layOut(d)
	if err != nil {
		return Encoding{}, err
	}
	e.choosePictures(parts)
	parts = e.chooseLogo(parts)
	e.begin(parts)
	for _, p := range parts {
		if err := e.write(p); err != nil {
			return Encoding{}, err
		}
		e.border()
	}
	e.align(left)
	e.out.Write(s.Profile.Cut)
	return Encoding{Data: e.out.Bytes(), Lost: e.lost, LogoLeftOut: e.logoLeftOut, borders: e.borders}, nil
}

// mostPiece is how long one command of a picture may hold a slow line where a printer
// tells of trouble only when it is asked: no question may stand in it, and trouble has
// to be told within a second. Others tell of it unasked, and shorter commands would
// only take longer.
const mostPiece = 250 * time.Millisecond

// rows is how many rows of stride bytes go into one command.
func (s Setup) rows(stride int) int {
	if s.Baud == 0 || s.Profile.Dialect != StatusRealtime {
		return s.Profile.MaxRows
	}
	const bitsPerByte = 10
	bytes := int(mostPiece * time.Duration(s.Baud) / bitsPerByte / time.Second)
	return max(1, min((bytes-rasterHeader)/stride, s.Profile.MaxRows))
}

// SlowLine is the speed below which large pictures are not sent: 4 KB take 2.2 s
// at 19200 baud, and an all-raster receipt more than a minute at 9600.
const SlowLine = 38400

// PictureLimit is what [Setup.PictureLimit] should be on a line of so many baud.
func PictureLimit(baud int) int {
	if baud < SlowLine {
		return 4096
	}
	return 0
}
