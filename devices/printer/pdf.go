package printer

import (
	"bytes"
	"errors"
	"fmt"
)

const (
	pdfType = "application/pdf"
	// pdfMost is the longest PDF that is printed, bytes.
	pdfMost = 8 << 20
)

// Why a PDF is not printed.
var (
	ErrNotPDF    = errors.New("not a PDF")
	ErrTooLong   = errors.New("longer than is printed")
	ErrEncrypted = errors.New("encrypted")
	ErrActive    = errors.New("holds what would run or fetch something")
)

// CheckPDF refuses what is not a whole PDF, what asks for a password, and what holds a
// program: a printer that draws PDFs by itself is a computer on this network. It looks
// at names in the clear part of the file only, and changes nothing of it (ISO 32000-1
// §7.5, §7.6, §12.6).
func CheckPDF(pdf []byte) error {
	switch {
	case len(pdf) > pdfMost:
		return fmt.Errorf("checking a PDF of %d bytes: %w", len(pdf), ErrTooLong)
	case !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf[max(0, len(pdf)-1024):], []byte("%%EOF")):
		return fmt.Errorf("checking a PDF: %w", ErrNotPDF)
	case names(pdf, "Encrypt"):
		return fmt.Errorf("checking a PDF: %w", ErrEncrypted)
	}
	for _, active := range []string{"JavaScript", "JS", "Launch", "XFA"} {
		if names(pdf, active) {
			return fmt.Errorf("checking a PDF: %w: /%s", ErrActive, active)
		}
	}
	return nil
}

// names reports whether a name stands in the file outside of its streams, which are
// full of chance letters, also where one of its own is written as #xx (ISO 32000-1
// §7.3.5).
func names(pdf []byte, name string) bool {
	for len(pdf) > 0 {
		clear, after, _ := bytes.Cut(pdf, []byte("stream\n"))
		if cr := bytes.Index(clear, []byte("stream\r\n")); cr >= 0 {
			clear, after = clear[:cr], pdf[cr:]
		}
		for part := range bytes.SplitSeq(clear, []byte("/")) {
			if nameAt(part) == name {
				return true
			}
		}
		_, pdf, _ = bytes.Cut(after, []byte("endstream"))
	}
	return false
}

// nameAt is the name that begins here.
func nameAt(b []byte) string {
	var name []byte
	for i := 0; i < len(b) && len(name) < 32 && regular(b[i]); i++ {
		c := b[i]
		if c == '#' && i+2 < len(b) {
			if hi, lo := unhex(b[i+1]), unhex(b[i+2]); hi >= 0 && lo >= 0 {
				c, i = byte(hi<<4|lo), i+2
			}
		}
		name = append(name, c)
	}
	return string(name)
}

// regular reports whether a byte goes on with a name (ISO 32000-1 §7.2.2).
func regular(c byte) bool {
	return c > ' ' && c < 0x7F && !bytes.ContainsRune([]byte("()<>[]{}/%"), rune(c))
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
