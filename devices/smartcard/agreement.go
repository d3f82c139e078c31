package smartcard

import (
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
)

// domain are the parameters of the Diffie-Hellman key agreement of a CIE, each
// as the card writes it: so they enter the hashes of the authentication.
type domain struct{ g, p, q []byte }

// check asks whether the parameters make sense. That they are the issuer's is
// proved by the chip, which signs over them.
func (d domain) check() error {
	g, p, q := number(d.g), number(d.p), number(d.q)
	one := big.NewInt(1)
	sensible := sensibleModulus(p) && len(d.p) == p.BitLen()/8 && len(d.g) <= len(d.p) &&
		g.Cmp(one) > 0 && g.Cmp(new(big.Int).Sub(p, one)) < 0 &&
		len(d.q) <= len(d.p) && q.BitLen() >= 160 && q.Bit(0) == 1 && q.Cmp(p) < 0
	if !sensible {
		return fmt.Errorf("parameters of the key agreement make no sense: %w", ErrUnreadable)
	}
	return nil
}

// secret draws the terminal's own number for one agreement.
func (d domain) secret(random io.Reader) (*big.Int, error) {
	// Between 2 and q-2: neither end gives the secret away.
	x, err := rand.Int(random, new(big.Int).Sub(number(d.q), big.NewInt(3)))
	if err != nil {
		return nil, fmt.Errorf("drawing a secret number: %w", err)
	}
	return x.Add(x, big.NewInt(2)), nil
}

// public is what the terminal says of its secret, as long as p.
func (d domain) public(x *big.Int) []byte { return d.power(number(d.g), x) }

// shared is the secret that both sides come to. A value of the card that would
// make it known to everybody is refused.
func (d domain) shared(public []byte, x *big.Int) ([]byte, error) {
	y := number(public)
	last := new(big.Int).Sub(number(d.p), big.NewInt(2))
	if y.Cmp(big.NewInt(2)) < 0 || y.Cmp(last) > 0 || len(public) > len(d.p) {
		return nil, fmt.Errorf("the card's half of the key agreement makes no sense: %w", ErrUnreadable)
	}
	return d.power(y, x), nil
}

func (d domain) power(base, x *big.Int) []byte {
	result := new(big.Int).Exp(base, x, number(d.p))
	defer wipe(result)
	return result.FillBytes(make([]byte, len(d.p)))
}

func number(b []byte) *big.Int { return new(big.Int).SetBytes(b) }

// wipe overwrites a number, as far as that is possible in Go.
func wipe(n *big.Int) { clear(n.Bits()) }
