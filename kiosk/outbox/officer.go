package outbox

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// officerTable holds the public keys of officers, by pseudonym. The private ones
// are kept nowhere: an officer's card makes the secret anew at each unlock.
const officerTable store.Table = "officer"

// shortestSecret is what an officer's secret must have: an RSA signature has ten
// times as much.
const shortestSecret = 32

// ErrNotAnOfficer: the configuration does not name this officer.
var ErrNotAnOfficer = errors.New("officer is not in the configuration")

// officers are the public keys of those officers who still count.
type officers map[string]*ecdh.PublicKey

// recipient is an officer to whom something can be sealed.
type recipient struct {
	pseudonym string
	key       *ecdh.PublicKey
}

// each goes through the officers in the order of their pseudonyms.
func (o officers) each() iter.Seq[recipient] {
	return func(yield func(recipient) bool) {
		for _, pseudonym := range slices.Sorted(maps.Keys(o)) {
			if !yield(recipient{pseudonym, o[pseudonym]}) {
				return
			}
		}
	}
}

// Enrol keeps the public key that belongs to an officer's secret: a signature
// over a fixed text that only the officer's card makes, with its PIN, and always
// the same one (RSASSA-PKCS1-v1_5, RFC 8017 §8.2, is deterministic). The secret
// itself is not kept. Another key than before means a new card: it takes the
// place of the old one, and what is sealed to the old one stays closed.
func (b *Outbox) Enrol(ctx context.Context, pseudonym string, secret []byte) error {
	if err := b.enrolOfficer(ctx, pseudonym, secret); err != nil {
		return fmt.Errorf("enrolling officer %s: %w", pseudonym, err)
	}
	return nil
}

func (b *Outbox) enrolOfficer(ctx context.Context, pseudonym string, secret []byte) error {
	if !slices.Contains(b.o.Officers, pseudonym) {
		return ErrNotAnOfficer
	}
	private, err := b.officerKey(secret)
	if err != nil {
		return err
	}
	key := private.PublicKey()
	b.enrolling.Lock()
	defer b.enrolling.Unlock()
	if known, ok := b.officer(pseudonym); ok && known.Equal(key) {
		return nil
	}
	err = b.st.Update(ctx, func(tx *bolt.Tx) error {
		if err := b.audit.Append(tx, audit.Event{Name: audit.OfficerEnrolled, Officer: pseudonym}); err != nil {
			return err
		}
		return officerTable.Put(tx, []byte(pseudonym), key.Bytes())
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.officers[pseudonym] = key
	b.log.Info("officer enrolled", "officer", pseudonym)
	return nil
}

func (b *Outbox) officer(pseudonym string) (*ecdh.PublicKey, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key, ok := b.officers[pseudonym]
	return key, ok
}

// loadOfficers reads the keys of the officers who still count: nothing new is
// sealed to one whom the configuration does not name any more.
func (b *Outbox) loadOfficers() error {
	b.officers = officers{}
	return b.st.View(context.Background(), func(tx *bolt.Tx) error {
		for _, pseudonym := range b.o.Officers {
			raw, err := officerTable.Get(tx, []byte(pseudonym))
			if err != nil {
				return err
			}
			if raw == nil {
				continue
			}
			key, err := ecdh.X25519().NewPublicKey(bytes.Clone(raw))
			if err != nil {
				return fmt.Errorf("key of officer %s: %w: %w", pseudonym, store.ErrDamaged, err)
			}
			b.officers[pseudonym] = key
		}
		return nil
	})
}

// officerKey is the private key that a secret stands for, at this terminal only:
// HKDF-SHA-256 (RFC 5869) gives the 32 bytes that X25519 takes for a scalar (RFC
// 7748 §5).
func (b *Outbox) officerKey(secret []byte) (*ecdh.PrivateKey, error) {
	if len(secret) < shortestSecret {
		return nil, fmt.Errorf("secret of %d bytes is too short", len(secret))
	}
	scalar, err := hkdf.Key(sha256.New, secret, nil, "pue-officer-1\x00"+b.claims.terminal, 32)
	if err != nil {
		return nil, err
	}
	defer clear(scalar)
	return ecdh.X25519().NewPrivateKey(scalar)
}

// seal closes plain so that the officer alone can open it (RFC 9180 §5.1.1).
func (r recipient) seal(info, plain []byte) ([]byte, error) {
	public, err := hpke.NewDHKEMPublicKey(r.key)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES128GCM(), info, plain)
}

// unseal opens what was sealed to the public part of key.
func unseal(key *ecdh.PrivateKey, info, sealed []byte) ([]byte, error) {
	private, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return hpke.Open(private, hpke.HKDFSHA256(), hpke.AES128GCM(), info, sealed)
}
