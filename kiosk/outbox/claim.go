package outbox

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// alphabet is Crockford's base 32: no I, L, O and U, which are misread, misheard
// or make words.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	claimLen  = 8                  // characters after the terminal id, the check included
	claimBits = 5 * (claimLen - 1) // of the number inside
	claimMask = 1<<claimBits - 1
)

// claims makes claim codes: PUE-0421-7K3F-9M2X is the terminal, then seven
// characters for the submission's number, then a check character. Numbers are
// mixed by a key of the installation, so that the code does not tell how many
// came before it and the next one cannot be guessed by adding one.
type claims struct {
	terminal string
	factors  [2]uint64 // odd, so that multiplying is a permutation
}

func newClaims(terminal string, key []byte) claims {
	return claims{terminal, [2]uint64{
		binary.BigEndian.Uint64(key[:8]) | 1,
		binary.BigEndian.Uint64(key[8:]) | 1,
	}}
}

// code is the claim code of submission seq. No two submissions have the same.
func (c claims) code(seq uint64) (string, error) {
	if seq > claimMask {
		return "", fmt.Errorf("submission %d is beyond the last claim code", seq)
	}
	n := c.mix(seq)
	body := make([]byte, claimLen-1)
	for i := range body {
		body[i] = alphabet[n>>(claimBits-5*(i+1))&31]
	}
	return layOut(c.terminal, string(body)+string(alphabet[check(c.terminal, string(body))])), nil
}

// mix permutes the numbers of claimBits bits: multiplying by an odd number and
// folding the upper half into the lower can both be undone.
func (c claims) mix(n uint64) uint64 {
	for _, f := range c.factors {
		n = n * f & claimMask
		n ^= n >> (claimBits/2 + 1)
	}
	return n
}

// layOut puts a code into groups that can be read out.
func layOut(terminal, code string) string {
	return terminal + "-" + code[:claimLen/2] + "-" + code[claimLen/2:]
}

// check is the remainder of the code, read as a polynomial over GF(32), at the
// generator of that field. It changes with any one character and with any two
// that change places, because the powers of a generator are all different.
func check(terminal, body string) int {
	r := 0
	add := func(v int) {
		if r <<= 1; r > 31 {
			r ^= 0b100101 // x⁵+x²+1, primitive
		}
		r ^= v
	}
	for _, b := range []byte(terminal) {
		add(int(b & 31))
	}
	for i := range len(body) {
		add(strings.IndexByte(alphabet, body[i]))
	}
	// One step more, or the check would not notice its own change of place.
	add(0)
	return r
}

// number is the submission that a claim code names, with or without the
// terminal; ok is false for what is no code of this terminal.
func (c claims) number(code string) (seq uint64, ok bool) {
	typed := strings.Map(asMeant, code)
	rest := strings.TrimPrefix(typed, strings.Map(asMeant, c.terminal))
	if len(rest) != claimLen || strings.Contains(rest, "U") {
		return 0, false
	}
	body := rest[:claimLen-1]
	var n uint64
	for i := range body {
		n = n<<5 | uint64(strings.IndexByte(alphabet, body[i]))
	}
	return c.unmix(n), alphabet[check(c.terminal, body)] == rest[claimLen-1]
}

// asMeant reads a character as somebody may have typed it: the letters that the
// alphabet leaves out stand for the digits they look like. It drops all else.
func asMeant(r rune) rune {
	switch r = unicode.ToUpper(r); r {
	case 'I', 'L':
		return '1'
	case 'O':
		return '0'
	}
	if r < utf8.RuneSelf && strings.IndexByte(alphabet, byte(r)) >= 0 || r == 'U' {
		return r
	}
	return -1
}

// unmix undoes mix.
func (c claims) unmix(n uint64) uint64 {
	for i := len(c.factors) - 1; i >= 0; i-- {
		n ^= n >> (claimBits/2 + 1) // more than half: one step undoes it
		n = n * inverse(c.factors[i]) & claimMask
	}
	return n
}

// inverse is the number that undoes multiplying by the odd f, by Newton's
// iteration modulo a power of two.
func inverse(f uint64) uint64 {
	x := f
	for range 6 {
		x *= 2 - f*x
	}
	return x
}
