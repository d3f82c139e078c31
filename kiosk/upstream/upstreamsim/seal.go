package upstreamsim

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// HPKE base mode by hand, for the one suite of the contract (RFC 9180 §7):
// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
const (
	kemID  = 0x0020
	kdfID  = 0x0001
	aeadID = 0x0001

	encLength   = 32 // Nenc
	keyLength   = 16 // Nk
	nonceLength = 12 // Nn
	tagLength   = 16 // Nt
)

var errSeal = errors.New("seal does not open")

// openSeal opens enc followed by ciphertext, the first message of a context.
func openSeal(key *ecdh.PrivateKey, info, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < encLength {
		return nil, errSeal
	}
	c, err := newContext(key, info, sealed[:encLength])
	if err != nil {
		return nil, err
	}
	return c.open(aad, sealed[encLength:])
}

// sealContext opens the messages of one context in their order (RFC 9180 §5.2).
type sealContext struct {
	aead cipher.AEAD
	base []byte // nonce of the first message
	seq  uint64
}

func newContext(key *ecdh.PrivateKey, info, enc []byte) (*sealContext, error) {
	secret, err := decapsulate(key, enc)
	if err != nil {
		return nil, errSeal
	}
	aeadKey, nonce, err := schedule(secret, info)
	if err != nil {
		return nil, errSeal
	}
	block, err := aes.NewCipher(aeadKey)
	if err != nil {
		return nil, errSeal
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errSeal
	}
	return &sealContext{aead: gcm, base: nonce}, nil
}

func (c *sealContext) open(aad, ciphertext []byte) ([]byte, error) {
	nonce := make([]byte, nonceLength)
	binary.BigEndian.PutUint64(nonce[nonceLength-8:], c.seq)
	subtle.XORBytes(nonce, nonce, c.base)
	plain, err := c.aead.Open(nil, nonce, ciphertext, aad)
	if err != nil {
		return nil, errSeal
	}
	c.seq++
	return plain, nil
}

// decapsulate is Decap of RFC 9180 §4.1.
func decapsulate(key *ecdh.PrivateKey, enc []byte) ([]byte, error) {
	ephemeral, err := ecdh.X25519().NewPublicKey(enc)
	if err != nil {
		return nil, err
	}
	dh, err := key.ECDH(ephemeral)
	if err != nil {
		return nil, err
	}
	suite := binary.BigEndian.AppendUint16([]byte("KEM"), kemID)
	prk, err := labeledExtract(suite, nil, "eae_prk", dh)
	if err != nil {
		return nil, err
	}
	context := append(append([]byte{}, enc...), key.PublicKey().Bytes()...)
	return labeledExpand(suite, prk, "shared_secret", context, sha256.Size)
}

// schedule is KeySchedule of RFC 9180 §5.1 in mode_base.
func schedule(secret, info []byte) (key, nonce []byte, err error) {
	suite := []byte("HPKE")
	for _, id := range []uint16{kemID, kdfID, aeadID} {
		suite = binary.BigEndian.AppendUint16(suite, id)
	}
	pskHash, err1 := labeledExtract(suite, nil, "psk_id_hash", nil)
	infoHash, err2 := labeledExtract(suite, nil, "info_hash", info)
	prk, err3 := labeledExtract(suite, secret, "secret", nil)
	const modeBase = 0
	context := append(append([]byte{modeBase}, pskHash...), infoHash...)
	key, err4 := labeledExpand(suite, prk, "key", context, keyLength)
	nonce, err5 := labeledExpand(suite, prk, "base_nonce", context, nonceLength)
	return key, nonce, errors.Join(err1, err2, err3, err4, err5)
}

func labeledExtract(suite, salt []byte, label string, ikm []byte) ([]byte, error) {
	labeled := append(append(append([]byte("HPKE-v1"), suite...), label...), ikm...)
	return hkdf.Extract(sha256.New, labeled, salt)
}

func labeledExpand(suite, prk []byte, label string, info []byte, length int) ([]byte, error) {
	labeled := binary.BigEndian.AppendUint16(nil, uint16(length))
	labeled = append(append(append(append(labeled, "HPKE-v1"...), suite...), label...), info...)
	return hkdf.Expand(sha256.New, prk, string(labeled), length)
}
