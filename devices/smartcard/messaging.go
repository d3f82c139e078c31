package smartcard

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
)

// Secure messaging of a CIE (ISO/IEC 7816-4 §10): two-key triple DES in CBC mode
// with a zero vector, and the retail MAC of ISO/IEC 9797-1, algorithm 3, over a
// counter that both sides keep.
const (
	claSecure = 0x0C // with the header in the MAC

	objEncrypted    tag = 0x87 // padding indicator, then the cryptogram
	objEncryptedOdd tag = 0x85 // cryptogram alone, in commands with an odd INS
	objExpected     tag = 0x97 // Le
	objStatus       tag = 0x99
	objMAC          tag = 0x8E

	// maxSecure is how much plain text fits one short command when wrapped.
	maxSecure = 231
	// maxSecureAnswer is how much fits one short response, to the next multiple
	// of eight below: asking for more costs a second one.
	maxSecureAnswer = 224
)

// What can be wrong with an answer in secure messaging. Each is an
// ErrUnreadable, and after each the channel is of no more use.
var (
	errNotSecured = fmt.Errorf("answer is not secured: %w", ErrUnreadable)
	errForged     = fmt.Errorf("answer has a wrong checksum: %w", ErrUnreadable)
	errMisshapen  = fmt.Errorf("answer is secured in no known form: %w", ErrUnreadable)
)

// messaging is one end of secure messaging.
type messaging struct {
	encryption, checksum cipher.Block // triple DES both
	first                cipher.Block // single DES, half of checksum's key
	counter              uint64       // send sequence counter
}

// deriveKeys makes the session keys of a shared secret: the counter that
// follows the secret tells the two keys apart.
func deriveKeys(secret []byte) (encryption, checksum []byte) {
	derive := func(n byte) []byte {
		seed := make([]byte, len(secret)+4)
		defer clear(seed)
		copy(seed, secret)
		seed[len(seed)-1] = n
		sum := sha256.Sum256(seed)
		return sum[:16]
	}
	return derive(1), derive(2)
}

// newMessaging begins with keys of 16 bytes, which it wipes.
func newMessaging(encryption, checksum []byte, counter uint64) *messaging {
	defer clear(encryption)
	defer clear(checksum)
	first, _ := des.NewCipher(checksum[:8]) // the only error is a key of another length
	return &messaging{encryption: tripleDES(encryption), checksum: tripleDES(checksum), first: first, counter: counter}
}

func tripleDES(key []byte) cipher.Block {
	k := make([]byte, 0, 24)
	k = append(append(k, key...), key[:8]...) // K1, K2, K1
	defer clear(k)
	block, _ := des.NewTripleDESCipher(k)
	return block
}

// wrap secures a command whose data fit one APDU. It uses up one value of the
// counter.
func (m *messaging) wrap(c command) []byte {
	m.counter++
	header := []byte{c.cla | claSecure, c.ins, c.p1, c.p2}
	var body []byte
	if len(c.data) > 0 {
		body = m.conceal(c.ins, c.data)
	}
	if c.le > 0 {
		body = appendObject(body, objExpected, []byte{byte(c.le)}) // 256 becomes 00
	}
	body = appendObject(body, objMAC, m.mac(padBlocks(m.counted(header)), body))
	apdu := append(header, byte(len(body)))
	return append(append(apdu, body...), 0x00)
}

func (m *messaging) conceal(ins byte, plain []byte) []byte {
	text := padBlocks(bytes.Clone(plain))
	defer clear(text)
	secret := make([]byte, 1+len(text))
	secret[0] = 0x01 // padded as below
	cipher.NewCBCEncrypter(m.encryption, make([]byte, des.BlockSize)).CryptBlocks(secret[1:], text)
	if ins&1 == 1 {
		return appendObject(nil, objEncryptedOdd, secret[1:])
	}
	return appendObject(nil, objEncrypted, secret)
}

// unwrap checks an answer, and only then opens it. It uses up one value of the
// counter.
func (m *messaging) unwrap(answer []byte) ([]byte, status, error) {
	m.counter++
	parts, err := takeApart(answer)
	if err != nil {
		return nil, 0, err
	}
	if subtle.ConstantTimeCompare(m.mac(m.counted(nil), parts.secured), parts.mac) != 1 {
		return nil, 0, errForged
	}
	data, err := m.reveal(parts.concealed)
	return data, parts.status, err
}

// secured is an answer taken apart: what the checksum covers, and what it holds.
type secured struct {
	secured   []byte
	concealed object // zero when the answer has no data
	status    status
	mac       []byte
}

func takeApart(answer []byte) (secured, error) {
	var s secured
	for rest := answer; len(rest) > 0; {
		o, after, err := nextObject(rest)
		if err != nil {
			return secured{}, errors.Join(errMisshapen, err)
		}
		switch {
		case o.tag == objEncrypted && s.concealed.raw == nil && s.status == 0,
			o.tag == objEncryptedOdd && s.concealed.raw == nil && s.status == 0:
			s.concealed = o
		case o.tag == objStatus && len(o.value) == 2 && s.status == 0:
			s.status = status(binary.BigEndian.Uint16(o.value))
		case o.tag == objMAC && len(o.value) == des.BlockSize && len(after) == 0 && s.status != 0:
			s.secured, s.mac = answer[:len(answer)-len(rest)], o.value
		default:
			return secured{}, errMisshapen
		}
		rest = after
	}
	if s.mac == nil {
		return secured{}, errNotSecured
	}
	return s, nil
}

func (m *messaging) reveal(o object) ([]byte, error) {
	text := o.value
	switch {
	case o.raw == nil:
		return nil, nil
	case o.tag == objEncrypted && len(text) > 0 && text[0] == 0x01:
		text = text[1:]
	case o.tag == objEncrypted:
		return nil, errMisshapen
	}
	if len(text) == 0 || len(text)%des.BlockSize != 0 {
		return nil, errMisshapen
	}
	plain := make([]byte, len(text))
	cipher.NewCBCDecrypter(m.encryption, make([]byte, des.BlockSize)).CryptBlocks(plain, text)
	end := len(bytes.TrimRight(plain, "\x00")) - 1
	if end < len(plain)-des.BlockSize || plain[end] != 0x80 {
		return nil, errMisshapen
	}
	return plain[:end], nil
}

// counted puts the counter before a header.
func (m *messaging) counted(header []byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, m.counter), header...)
}

// mac is the retail MAC over what stands before and in the body: single DES
// along the blocks, triple DES at the last (ISO/IEC 9797-1 §7.4).
func (m *messaging) mac(before, body []byte) []byte {
	text := padBlocks(append(before, body...))
	sum := make([]byte, des.BlockSize)
	for len(text) > 0 {
		subtle.XORBytes(sum, sum, text[:des.BlockSize])
		text = text[des.BlockSize:]
		if len(text) > 0 {
			m.first.Encrypt(sum, sum)
		}
	}
	m.checksum.Encrypt(sum, sum)
	return sum
}

// padBlocks appends 80 and then zeros to the next block, one whole block at
// most (ISO/IEC 9797-1, padding method 2).
func padBlocks(b []byte) []byte {
	b = append(b, 0x80)
	for len(b)%des.BlockSize != 0 {
		b = append(b, 0)
	}
	return b
}
