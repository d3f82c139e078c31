package outbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"unicode/utf8"
)

const (
	// labelText is how many bytes of text a label holds. All labels are equally
	// long, so that none tells by its length which service it names.
	labelText   = 40
	labelSecret = "label" // of the store
	// labelUse keeps a label from passing for anything else under the same key.
	labelUse = "pue-label-1"
)

// SealLabel seals what the citizen is to read of a submission in the list of
// their own: AES-256-GCM (NIST SP 800-38D) with a random nonce, under a key that
// nobody can make without both the secret of this installation and the card's
// certificate, of which card is the SHA-256. It is bound to the submission's id.
// Text of more than 40 bytes is cut.
//
// A certificate is no secret. The label keeps the service from whoever has the
// disk and not the citizen's certificate, and from all who look at a list here;
// what must stay closed for good is under the seal of INPS.
func (b *Outbox) SealLabel(card [32]byte, id, text string) []byte {
	plain := make([]byte, 1+labelText)
	plain[0] = byte(copy(plain[1:], cut(text, labelText)))
	return b.labelCipher(card).Seal(nil, nil, plain, labelContext(id))
}

// OpenLabel is the text of the entry's label; ok is false when another card
// sealed it, when it belongs to another submission, or when there is none.
func (b *Outbox) OpenLabel(card [32]byte, e Entry) (text string, ok bool) {
	plain, err := b.labelCipher(card).Open(nil, nil, e.Label, labelContext(e.ID))
	if err != nil || len(plain) != 1+labelText || plain[0] > labelText {
		return "", false
	}
	return string(plain[1 : 1+plain[0]]), true
}

func (b *Outbox) labelCipher(card [32]byte) cipher.AEAD {
	mac := hmac.New(sha256.New, b.labelKey)
	mac.Write(card[:])
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return sealer
}

// labelContext is authenticated with a label and not stored in it.
func labelContext(id string) []byte { return []byte(labelUse + "\x00" + id) }

// cut is the beginning of text in at most n bytes, no letter broken.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
