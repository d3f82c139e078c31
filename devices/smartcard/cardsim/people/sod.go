//go:build ignore

package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"slices"
)

// signedContent is how EF.SOD is made: the signed hashes of what a card holds
// (ICAO 9303-10 §4.6.2). Version 0 has SHA-256 and PKCS#1 v1.5, version 1 has
// SHA-512 and PSS.
type signedContent struct {
	version int
	narrow  bool // numbers from 80 take one byte, as if they had no sign
}

var (
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidSHA256WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidPSS           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidMGF1          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidLDS           = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 1}
)

func sum512(b []byte) []byte {
	sum := sha512.Sum512(b)
	return sum[:]
}

// make signs the hashes of the groups of data.
func (s signedContent) make(m *ministry, groups map[byte][]byte) ([]byte, error) {
	content := s.hashes(groups)
	attributes := slices.Concat(
		sequence(der(oidContentType), tagged(0x31, der(oidLDS))),
		sequence(der(oidMessageDigest), tagged(0x31, tagged(0x04, s.digest(content)))),
	)
	signature, err := s.sign(m.signerKey, tagged(0x31, attributes))
	if err != nil {
		return nil, err
	}
	signer := sequence(
		der(1),
		sequence(m.signer.RawIssuer, der(m.signer.SerialNumber)),
		s.digestAlgorithm(),
		tagged(0xA0, attributes),
		s.signatureAlgorithm(),
		tagged(0x04, signature),
	)
	signedData := sequence(
		der(3),
		tagged(0x31, s.digestAlgorithm()),
		sequence(der(oidLDS), tagged(0xA0, tagged(0x04, content))),
		tagged(0xA0, m.signer.Raw),
		tagged(0x31, signer),
	)
	return tagged(0x77, sequence(der(oidSignedData), tagged(0xA0, signedData))), nil
}

// hashes is the LDS security object.
func (s signedContent) hashes(groups map[byte][]byte) []byte {
	var list [][]byte
	for _, number := range []byte{0x1B, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5} {
		encoded := der(int(number))
		if s.narrow {
			encoded = tagged(0x02, []byte{number})
		}
		list = append(list, sequence(encoded, tagged(0x04, s.digest(groups[number]))))
	}
	parts := [][]byte{der(s.version), s.digestAlgorithm(), sequence(list...)}
	if s.version == 1 {
		parts = append(parts, sequence(tagged(0x13, []byte("0108")), tagged(0x13, []byte("040000"))))
	}
	return sequence(parts...)
}

func (s signedContent) digestAlgorithm() []byte {
	if s.version == 0 {
		return sequence(der(oidSHA256), tagged(0x05))
	}
	return sequence(der(oidSHA512), tagged(0x05))
}

func (s signedContent) signatureAlgorithm() []byte {
	if s.version == 0 {
		return sequence(der(oidSHA256WithRSA), tagged(0x05))
	}
	return sequence(der(oidPSS), sequence(
		tagged(0xA0, s.digestAlgorithm()),
		tagged(0xA1, sequence(der(oidMGF1), s.digestAlgorithm())),
		tagged(0xA2, der(sha512.Size)),
	))
}

func (s signedContent) sign(key *rsa.PrivateKey, message []byte) ([]byte, error) {
	if s.version == 0 {
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, s.digest(message))
	}
	return signPSS(key, message), nil
}

// signPSS is RSASSA-PSS (RFC 8017 §8.1.1) with SHA-512 and a salt that follows
// from the message, so that a second run signs the same.
func signPSS(key *rsa.PrivateKey, message []byte) []byte {
	salt := sum512(slices.Concat([]byte("salt"), message))
	hash := sum512(slices.Concat(make([]byte, 8), sum512(message), salt))
	size := key.Size()
	block := make([]byte, size-sha512.Size-1)
	block[len(block)-len(salt)-1] = 0x01
	copy(block[len(block)-len(salt):], salt)
	for i := 0; i < len(block); i += sha512.Size {
		mask := sum512(binary.BigEndian.AppendUint32(slices.Clone(hash), uint32(i/sha512.Size)))
		for j := i; j < min(i+sha512.Size, len(block)); j++ {
			block[j] ^= mask[j-i]
		}
	}
	block[0] &= 0x7F // one bit less than the modulus
	m := new(big.Int).SetBytes(slices.Concat(block, hash, []byte{0xBC}))
	return m.Exp(m, key.D, key.N).FillBytes(make([]byte, size))
}

func der(v any) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic(err) // numbers and identifiers can be marshalled
	}
	return b
}

func sequence(parts ...[]byte) []byte { return tagged(0x30, parts...) }

func tagged(tag byte, parts ...[]byte) []byte {
	value := slices.Concat(parts...)
	b := []byte{tag}
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
