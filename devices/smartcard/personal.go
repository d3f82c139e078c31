package smartcard

import (
	"fmt"
	"strconv"
)

// The personal data of a CNS are text: six hexadecimal digits with the length
// of what follows, then fields, each two hexadecimal digits with its length and
// as many characters.
const (
	personalHeader = 6
	fieldHeader    = 2

	fieldSurname   = 3 // counted from 0
	fieldGivenName = 4
	fieldTaxCode   = 8

	// maxPersonal bounds the file; the known masks create it with 400 bytes.
	maxPersonal = 4096
)

type personal struct {
	surname, givenName string
	taxCode            TaxCode
}

// personalSize returns how many bytes of the file count, header included.
func personalSize(head []byte) (int, error) {
	n, err := hexLength(head, personalHeader)
	if err != nil {
		return 0, fmt.Errorf("length of the personal data: %w", err)
	}
	if n += personalHeader; n > maxPersonal {
		return 0, fmt.Errorf("personal data announce %d bytes: %w", n, ErrUnreadable)
	}
	return n, nil
}

// parsePersonal reads the fields it needs and steps over the others, each
// within the announced length.
func parsePersonal(data []byte) (personal, error) {
	size, err := personalSize(data)
	if err != nil {
		return personal{}, err
	}
	if size > len(data) {
		return personal{}, fmt.Errorf("personal data are cut short: %w", ErrUnreadable)
	}
	var fields [fieldTaxCode + 1][]byte
	rest := data[personalHeader:size]
	for i := 0; len(rest) > 0; i++ {
		n, err := hexLength(rest, fieldHeader)
		if err != nil || fieldHeader+n > len(rest) {
			return personal{}, fmt.Errorf("field %d does not fit: %w", i+1, ErrUnreadable)
		}
		if i < len(fields) {
			fields[i] = rest[fieldHeader : fieldHeader+n]
		}
		rest = rest[fieldHeader+n:]
	}
	code, err := ParseTaxCode(string(fields[fieldTaxCode]))
	if err != nil {
		return personal{}, fmt.Errorf("field %d: %w: %w", fieldTaxCode+1, ErrUnreadable, err)
	}
	return personal{
		surname:   legible(decoded(fields[fieldSurname])),
		givenName: legible(decoded(fields[fieldGivenName])),
		taxCode:   code,
	}, nil
}

// hexLength reads a length written as n hexadecimal digits.
func hexLength(b []byte, n int) (int, error) {
	if len(b) < n {
		return 0, fmt.Errorf("length is cut short: %w", ErrUnreadable)
	}
	// ParseUint would take a sign or an underscore only with base 0.
	v, err := strconv.ParseUint(string(b[:n]), 16, 32)
	if err != nil {
		return 0, fmt.Errorf("length is not hexadecimal: %w", ErrUnreadable)
	}
	return int(v), nil
}
