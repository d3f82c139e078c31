package upstream

import (
	"bytes"
	"compress/flate"
	"crypto/hpke"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// What lies inside a seal has one of few lengths, or its length would tell in a
// small municipality which service somebody asked for: 4 KiB, in which every
// application without long texts or attachments finds room, then steps of 1 KiB.
const (
	plainLeast  = 4 << 10 // bytes
	plainStep   = 1 << 10
	frameHeader = 4 // length of what is compressed, big endian
)

// seal compresses, pads and seals: what is sealed does not compress, and what
// is compressed has a telling length.
func (k sealKey) seal(jws, info []byte) ([]byte, error) {
	plain, err := frame(jws)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return hpke.Seal(k.public, hpke.HKDFSHA256(), hpke.AES128GCM(), info, plain)
}

// frame is the length of the compressed JWS, the compressed JWS itself (DEFLATE,
// RFC 1951), and zeros up to one of the allowed lengths.
func frame(jws []byte) ([]byte, error) {
	d := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(d)
	// Room for the worst case, so that no copy is left behind when it grows:
	// each stored block of up to 64 KiB adds 5 bytes (RFC 1951 §3.2.4).
	buf := make([]byte, frameHeader, padded(frameHeader+len(jws)+5*(len(jws)>>15+2)))
	b := bytes.NewBuffer(buf)
	d.Reset(b)
	_, err := d.Write(jws)
	if err == nil {
		err = d.Close()
	}
	forget(d, len(jws))
	if err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	plain := b.Bytes()
	binary.BigEndian.PutUint32(plain, uint32(len(plain)-frameHeader))
	return append(plain, make([]byte, padded(len(plain))-len(plain))...), nil
}

// padded is the allowed length that holds n bytes.
func padded(n int) int {
	return max(plainLeast, (n+plainStep-1)/plainStep*plainStep)
}

// deflaters are kept because a new one is 700 KiB. A JWS is base64 all through:
// coding its letters in fewer bits takes back the quarter that base64 added,
// and looking for repetitions would find almost none.
var deflaters = sync.Pool{New: func() any {
	d, err := flate.NewWriter(io.Discard, flate.HuffmanOnly)
	if err != nil {
		panic(err) // only an unknown level is an error
	}
	return d
}}

// forget overwrites the n bytes that d still holds of somebody's record.
func forget(d *flate.Writer, n int) {
	var zeros [4 << 10]byte
	d.Reset(io.Discard)
	for ; n > 0; n -= len(zeros) {
		d.Write(zeros[:min(n, len(zeros))])
	}
	d.Reset(io.Discard)
}
