package smartcard

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const masterFile = 0x3F00

// maxPieces bounds the commands that read one file: some chips give less in one
// answer than was asked.
const maxPieces = 64

// file names an elementary file by its directory under the master file.
type file struct{ directory, id uint16 }

func (f file) String() string { return fmt.Sprintf("file %04X/%04X", f.directory, f.id) }

// selectApplication makes the application with this name current (ISO/IEC
// 7816-4 §12.2.3).
func (l *line) selectApplication(aid []byte) error {
	_, err := l.exchange(command{ins: insSelect, p1: 0x04, data: aid, le: leAll})
	l.moved = false
	return err
}

// selectFile makes f current: in one command by its path from the master file
// (P1 = 08), or in three on masks that do not know that form.
func (l *line) selectFile(f file) error {
	path := binary.BigEndian.AppendUint16(nil, f.directory)
	path = binary.BigEndian.AppendUint16(path, f.id)
	if l.relative {
		return l.selectRelative(path)
	}
	if !l.stepwise {
		_, err := l.exchange(command{ins: insSelect, p1: 0x08, p2: 0x0C, data: path})
		if errors.Is(err, swFileNotFound) || !refuses(err) {
			return err
		}
	}
	for _, id := range []uint16{masterFile, f.directory, f.id} {
		if _, err := l.exchange(command{ins: insSelect, data: binary.BigEndian.AppendUint16(nil, id)}); err != nil {
			return err
		}
	}
	l.stepwise = true
	return nil
}

// selectRelative makes current what is at path from the application (P1 = 09).
// The directory of the file before is current by now, so that the way leads
// through the application again.
func (l *line) selectRelative(path []byte) error {
	if l.moved {
		if err := l.selectApplication(l.application); err != nil {
			return err
		}
	}
	l.moved = true
	_, err := l.exchange(command{ins: insSelect, p1: 0x09, data: path, le: leAll})
	return err
}

// read reads f from its start until it holds what size says, asking for first
// bytes in the first command. size sees the first bytes and returns how many
// are wanted in all. What is returned may be longer than that.
func (l *line) read(f file, first int, size func(head []byte) (int, error)) ([]byte, error) {
	if err := l.selectFile(f); err != nil {
		return nil, fmt.Errorf("selecting %v: %w", f, err)
	}
	got, end, err := l.readBinary(0, first)
	if err != nil {
		return nil, fmt.Errorf("reading %v: %w", f, err)
	}
	want, err := size(got)
	if err != nil {
		return nil, fmt.Errorf("reading %v: %w", f, err)
	}
	for range maxPieces {
		if len(got) >= want {
			return got, nil
		}
		if end {
			break
		}
		var part []byte
		part, end, err = l.readBinary(len(got), min(want-len(got), leAll))
		if err != nil {
			return nil, fmt.Errorf("reading %v from byte %d: %w", f, len(got), err)
		}
		got = append(got, part...)
	}
	return nil, fmt.Errorf("reading %v: %d of %d bytes are there: %w", f, len(got), want, ErrUnreadable)
}

// readOn reads the current file from where got ends to its own end, at most up
// to limit bytes.
func (l *line) readOn(got []byte, limit int) ([]byte, error) {
	for range maxPieces {
		if len(got) >= limit {
			break
		}
		part, end, err := l.readBinary(len(got), min(limit-len(got), leAll))
		if err != nil {
			return nil, fmt.Errorf("reading on from byte %d: %w", len(got), err)
		}
		got = append(got, part...)
		if end {
			break
		}
	}
	return got, nil
}

// readBinary reads up to n bytes of the current file, in clear.
func (l *line) readBinary(offset, n int) (data []byte, end bool, err error) {
	return readBinary(l.exchange, offset, n)
}

// readBinary reads up to n bytes of the current file and reports whether the
// card said that the file ends there. Cards say so in three ways: 6282 with
// what is left, 6B00 beyond the end, or nothing. Less than was asked says only
// that the card gives out no more at once.
func readBinary(x exchange, offset, n int) (data []byte, end bool, err error) {
	// Bit 8 of P1 would turn the offset into a short file identifier
	// (ISO/IEC 7816-4 §7.2.3).
	if offset > 0x7FFF {
		return nil, false, fmt.Errorf("file is longer than an offset can say: %w", ErrUnreadable)
	}
	data, err = x(command{ins: insReadBinary, p1: byte(offset >> 8), p2: byte(offset), le: n})
	switch {
	case errors.Is(err, swEndOfFile):
		end = true
	case errors.Is(err, swWrongParameters):
		return nil, true, nil
	case err != nil:
		return nil, false, err
	}
	if len(data) > n {
		return nil, false, fmt.Errorf("receiving %d bytes where %d were asked: %w", len(data), n, ErrUnreadable)
	}
	return data, end || len(data) == 0, nil
}
