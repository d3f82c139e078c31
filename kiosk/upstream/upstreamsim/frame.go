package upstreamsim

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
)

// What the contract says of the length of what lies inside a seal, bytes.
const (
	frameLeast  = 4 << 10
	frameStep   = 1 << 10
	frameLength = 4
	jwsLargest  = 6 << 20
)

// unframe takes the signed record out of what a seal held. It decompresses no
// more than a record may have, whatever was compressed.
func unframe(plain []byte) ([]byte, error) {
	if len(plain) < frameLeast || len(plain)%frameStep != 0 {
		return nil, errors.New("a length that is not allowed")
	}
	n, rest := binary.BigEndian.Uint32(plain), plain[frameLength:]
	if uint64(n) > uint64(len(rest)) {
		return nil, errors.New("more compressed than there is")
	}
	if len(bytes.TrimLeft(rest[n:], "\x00")) > 0 {
		return nil, errors.New("padding that is not zero")
	}
	// bytes.Reader is an io.ByteReader: flate takes no byte too many.
	compressed := bytes.NewReader(rest[:n])
	jws, err := io.ReadAll(io.LimitReader(flate.NewReader(compressed), jwsLargest+1))
	switch {
	case err != nil:
		return nil, errors.New("what is compressed cannot be read")
	case len(jws) > jwsLargest:
		return nil, errors.New("more than a record may have")
	case compressed.Len() > 0:
		return nil, errors.New("something after what is compressed")
	}
	return jws, nil
}
