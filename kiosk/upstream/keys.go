package upstream

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNoSealingKey: no key of INPS is valid now, so nothing could be sealed. It
// is asked for before a citizen starts typing.
var ErrNoSealingKey = errors.New("no sealing key of INPS is valid")

// sealingWarning is how long before the last key ends somebody must act: a new
// key reaches 7,900 terminals by people.
const sealingWarning = 30 * 24 * time.Hour

// SealingKey is a public key of INPS, and when submissions may be sealed to it.
type SealingKey struct {
	PEM   []byte // SubjectPublicKeyInfo of an X25519 key (RFC 8410)
	From  time.Time
	Until time.Time // exclusive
}

// SealingStatus is how the terminal stands for keys.
type SealingStatus struct {
	KeyID string    // of the key in use
	Until time.Time // when the last of all keys ends
	Warn  bool      // that is less than 30 days away
}

// Sealing says which key is in use at that time, or ErrNoSealingKey. While the
// clock is not trusted the key that ends last is in use even if none seems
// valid: a wrong clock must not stop a citizen, and INPS accepts a key for
// months after its end.
func (c *Client) Sealing(now time.Time) (SealingStatus, error) {
	k, err := c.keys.at(now, c.clockTrusted())
	if err != nil {
		return SealingStatus{}, err
	}
	return SealingStatus{KeyID: k.id, Until: c.keys.last().until, Warn: c.keys.endSoon(now)}, nil
}

// Has reports whether a key of that id is one of this authority's, whenever it is
// used.
func (c *Client) Has(keyID string) bool {
	return slices.ContainsFunc(c.keys, func(k sealKey) bool { return k.id == keyID })
}

// SharesKey names a key that two authorities both have, if there is one: what is
// sealed to it would be for either.
func (c *Client) SharesKey(other *Client) (id string, shared bool) {
	i := slices.IndexFunc(c.keys, func(k sealKey) bool { return other.Has(k.id) })
	if i < 0 {
		return "", false
	}
	return c.keys[i].id, true
}

// sealKey is a key that was read.
type sealKey struct {
	id          string
	public      hpke.PublicKey
	from, until time.Time
}

// sealKeys are never empty.
type sealKeys []sealKey

func readSealingKeys(list []SealingKey) (sealKeys, error) {
	if len(list) == 0 {
		return nil, errors.New("no sealing key")
	}
	var keys sealKeys
	known := map[string]bool{}
	for i, k := range list {
		read, err := k.read()
		if err == nil && known[read.id] {
			err = errors.New("the same as another one")
		}
		if err != nil {
			return nil, fmt.Errorf("reading sealing key %d: %w", i+1, err)
		}
		known[read.id] = true
		keys = append(keys, read)
	}
	return keys, nil
}

func (k SealingKey) read() (sealKey, error) {
	if !k.From.Before(k.Until) {
		return sealKey{}, errors.New("it ends before it begins")
	}
	block, _ := pem.Decode(k.PEM)
	if block == nil || block.Type != "PUBLIC KEY" {
		return sealKey{}, errors.New("not a PEM public key")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return sealKey{}, err
	}
	pub, ok := parsed.(*ecdh.PublicKey)
	if !ok || pub.Curve() != ecdh.X25519() {
		return sealKey{}, errors.New("not an X25519 key")
	}
	public, err := hpke.NewDHKEMPublicKey(pub)
	if err != nil {
		return sealKey{}, err
	}
	id, err := keyID(pub)
	return sealKey{id: id, public: public, from: k.From, until: k.Until}, err
}

// keyID is the first 16 hexadecimal digits of SHA-256 over the key's
// SubjectPublicKeyInfo, written anew so that one key has one id.
func keyID(pub *ecdh.PublicKey) (string, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:8]), nil
}

// at is the key to seal to: of those valid at that time, the one that ends
// last, so that a terminal moves on as soon as it may.
func (keys sealKeys) at(now time.Time, trusted bool) (sealKey, error) {
	var valid sealKeys
	for _, k := range keys {
		if !now.Before(k.from) && now.Before(k.until) {
			valid = append(valid, k)
		}
	}
	switch {
	case len(valid) > 0:
		return valid.last(), nil
	case !trusted:
		return keys.last(), nil
	}
	return sealKey{}, ErrNoSealingKey
}

func (keys sealKeys) endSoon(now time.Time) bool {
	return !now.Before(keys.last().until.Add(-sealingWarning))
}

func (keys sealKeys) last() sealKey {
	last := keys[0]
	for _, k := range keys[1:] {
		if k.until.After(last.until) {
			last = k
		}
	}
	return last
}
