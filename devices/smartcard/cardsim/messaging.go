package cardsim

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"encoding/binary"
)

// Tags of secure messaging (ISO/IEC 7816-4 §10.2). The body of a command with
// an odd instruction needs no byte that tells its padding.
const (
	tagBody    = 0x87
	tagOddBody = 0x85
	tagLength  = 0x97
	tagStatus  = 0x99
	tagMAC     = 0x8E
)

// runSecured carries out a command that came through the channel, and answers
// through it.
func (c *Card) runSecured(cmd command) ([]byte, uint16) {
	ch := c.active.channel
	if ch == nil {
		return nil, swConditions
	}
	ch.spoken = true
	plain, sw := ch.open(cmd)
	if sw != swOK {
		c.hangUp()
		return nil, sw
	}
	data, sw := c.run(plain)
	outer := uint16(swOK)
	switch {
	case sw == swEndOfFile || sw == swWrongOffset:
		outer = sw
	case sw != swOK && c.ias.outside:
		c.hangUp()
		return nil, sw
	}
	answer := ch.seal(data, sw, plain.ins)
	if ch.next != 0 {
		ch.counter, ch.next = ch.next, 0
	}
	return answer, outer
}

// open checks the MAC of a command and only then decrypts it.
func (ch *channel) open(cmd command) (command, uint16) {
	ch.counter++
	end := len(cmd.data) - 10
	if end < 0 || cmd.data[end] != tagMAC || cmd.data[end+1] != 8 {
		return command{}, swObjectMissing
	}
	header := []byte{cmd.class, cmd.ins, cmd.p1, cmd.p2}
	covered := append(pad(binary.BigEndian.AppendUint64(nil, ch.counter), header), cmd.data[:end]...)
	mac := retailMAC(ch.keys.mac, pad(covered))
	if subtle.ConstantTimeCompare(mac[:], cmd.data[end+2:]) != 1 {
		return command{}, swObjectWrong
	}
	body, ok := parseObjects(cmd.data[:end])
	if !ok {
		return command{}, swObjectWrong
	}
	plain := command{class: cmd.class &^ classSecured, ins: cmd.ins, p1: cmd.p1, p2: cmd.p2, le: -1}
	if le := body.find(tagLength); len(le) == 1 {
		if plain.le = int(le[0]); plain.le == 0 {
			plain.le = 256
		}
	}
	sealed := body.find(tagOddBody)
	if cmd.ins&1 == 0 {
		if sealed = body.find(tagBody); len(sealed) > 0 {
			if sealed[0] != 0x01 {
				return command{}, swObjectWrong
			}
			sealed = sealed[1:]
		}
	}
	if sealed == nil {
		return plain, swOK
	}
	if plain.data, ok = ch.keys.decrypt(sealed); !ok {
		return command{}, swObjectWrong
	}
	return plain, swOK
}

// seal makes the answer.
func (ch *channel) seal(data []byte, sw uint16, ins byte) []byte {
	ch.counter++
	var body []byte
	if len(data) > 0 {
		sealed := ch.keys.encrypt(data)
		if ins&1 == 0 {
			body = wrap(tagBody, []byte{0x01}, sealed)
		} else {
			body = wrap(tagOddBody, sealed)
		}
	}
	body = append(body, wrap(tagStatus, binary.BigEndian.AppendUint16(nil, sw))...)
	mac := retailMAC(ch.keys.mac, pad(binary.BigEndian.AppendUint64(nil, ch.counter), body))
	return append(body, wrap(tagMAC, mac[:])...)
}

// pad joins the parts and fills them up to whole blocks of DES, always by one
// byte at least (ISO/IEC 9797-1 padding method 2).
func pad(parts ...[]byte) []byte {
	b := append(bytes.Join(parts, nil), 0x80)
	return append(b, make([]byte, (8-len(b)%8)%8)...)
}

func unpadded(b []byte) ([]byte, bool) {
	b = bytes.TrimRight(b, "\x00")
	if len(b) == 0 || b[len(b)-1] != 0x80 {
		return nil, false
	}
	return b[:len(b)-1], true
}

// triple is 3DES with the first of two keys used again as the third.
func triple(key [16]byte) cipher.Block {
	block, err := des.NewTripleDESCipher(append(key[:], key[:8]...))
	if err != nil {
		panic(err) // the length is right
	}
	return block
}

func (k sessionKeys) encrypt(data []byte) []byte {
	b := pad(data)
	cipher.NewCBCEncrypter(triple(k.encryption), make([]byte, 8)).CryptBlocks(b, b)
	return b
}

func (k sessionKeys) decrypt(sealed []byte) ([]byte, bool) {
	if len(sealed)%8 != 0 {
		return nil, false
	}
	b := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(triple(k.encryption), make([]byte, 8)).CryptBlocks(b, sealed)
	return unpadded(b)
}

// retailMAC is ISO/IEC 9797-1 algorithm 3 with DES, over whole blocks.
func retailMAC(key [16]byte, blocks []byte) [8]byte {
	first, err := des.NewCipher(key[:8])
	if err != nil {
		panic(err) // the length is right
	}
	second, err := des.NewCipher(key[8:])
	if err != nil {
		panic(err)
	}
	var mac [8]byte
	for ; len(blocks) > 0; blocks = blocks[8:] {
		subtle.XORBytes(mac[:], mac[:], blocks[:8])
		first.Encrypt(mac[:], mac[:])
	}
	second.Decrypt(mac[:], mac[:])
	first.Encrypt(mac[:], mac[:])
	return mac
}
