package smartcard

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"math/big"
)

// A signature with message recovery holds the beginning of the message itself:
// 6A, as much as fits, the SHA-256 of the whole, BC (after ISO/IEC 9796-2,
// scheme 1). The rest of the message travels beside it.
const (
	recoveryHead = 0x6A
	recoveryTail = 0xBC
	// recoveryExtra is what the block holds beside the message.
	recoveryExtra = 2 + sha256.Size
)

// recoverable is how many bytes of a message fit the block of a key.
func recoverable(n *big.Int) int { return (n.BitLen()+7)/8 - recoveryExtra }

// recoveryBlock builds the block for the first bytes of a message and the hash
// of all of it.
func recoveryBlock(first []byte, sum [sha256.Size]byte) []byte {
	block := make([]byte, 0, len(first)+recoveryExtra)
	block = append(block, recoveryHead)
	block = append(block, first...)
	block = append(block, sum[:]...)
	return append(block, recoveryTail)
}

// private applies a private exponent to a block, without padding of any kind.
func private(block []byte, exponent, modulus *big.Int) []byte {
	return new(big.Int).Exp(number(block), exponent, modulus).FillBytes(make([]byte, (modulus.BitLen()+7)/8))
}

// recoverFrom opens a signature and returns the part of the message in it. rest
// is what is hashed after that part.
func recoverFrom(signature []byte, key *rsa.PublicKey, rest ...[]byte) ([]byte, error) {
	if s := number(signature); len(signature) != key.Size() || s.Cmp(key.N) >= 0 {
		return nil, fmt.Errorf("signature is not of the key's size: %w", ErrInconsistent)
	}
	block := private(signature, big.NewInt(int64(key.E)), key.N)
	end := len(block) - 1 - sha256.Size
	if end < 1 || block[0] != recoveryHead || block[len(block)-1] != recoveryTail {
		return nil, fmt.Errorf("signature is by another key: %w", ErrInconsistent)
	}
	first := block[1:end]
	sum := sha256.Sum256(append(bytes.Clone(first), bytes.Join(rest, nil)...))
	if subtle.ConstantTimeCompare(sum[:], block[end:len(block)-1]) != 1 {
		return nil, fmt.Errorf("signature is over something else: %w", ErrInconsistent)
	}
	return first, nil
}
