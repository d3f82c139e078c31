package outbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// alphabet is Crockford's base 32: no I, L, O and U, which are misread, misheard
// or make words.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	claimLen  = 13                 // characters after the terminal id, the check included
	claimBits = 5 * (claimLen - 1) // of the number inside
	claimMask = 1<<claimBits - 1
	claimHalf = claimBits / 2
	halfMask  = 1<<claimHalf - 1
	// claimRounds of a Feistel network over a pseudorandom function: four make a
	// permutation that nobody can tell from a random one (Luby and Rackoff, 1988),
	// two more keep it so for more codes than a terminal will ever give out.
	claimRounds = 6
)

// claims makes claim codes: PUE-0421-7K3F-9M2X-4QPAT is the terminal, then twelve
// characters for the submission's number, then a check character. Numbers are
// permuted by a key of the installation: whoever has seen codes knows neither
// another one nor how many there are, and of 2^60 a guess hits one of the few that
// were given out.
type claims struct {
	terminal string
	macs     sync.Pool // of hash.Hash, keyed
}

func newClaims(terminal string, key []byte) *claims {
	return &claims{terminal: terminal, macs: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// code is the claim code of submission seq. No two submissions have the same.
func (c *claims) code(seq uint64) (string, error) {
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

// mix permutes the numbers of claimBits bits.
func (c *claims) mix(n uint64) uint64 {
	mac := c.macs.Get().(hash.Hash)
	defer c.macs.Put(mac)
	left, right := n>>claimHalf, n&halfMask
	for round := range byte(claimRounds) {
		left, right = right, left^half(mac, round, right)
	}
	return left<<claimHalf | right
}

// unmix undoes mix.
func (c *claims) unmix(n uint64) uint64 {
	mac := c.macs.Get().(hash.Hash)
	defer c.macs.Put(mac)
	left, right := n>>claimHalf, n&halfMask
	for round := range byte(claimRounds) {
		left, right = right^half(mac, claimRounds-1-round, left), left
	}
	return left<<claimHalf | right
}

// half is what one round adds to the other half: HMAC-SHA-256 (RFC 2104) over the
// round and this half, cut to its size.
func half(mac hash.Hash, round byte, n uint64) uint64 {
	mac.Reset()
	var message [5]byte
	message[0] = round
	binary.BigEndian.PutUint32(message[1:], uint32(n))
	mac.Write(message[:])
	var sum [sha256.Size]byte
	return uint64(binary.BigEndian.Uint32(mac.Sum(sum[:0]))) & halfMask
}

// layOut puts a code into groups that can be read out.
func layOut(terminal, code string) string {
	return strings.Join([]string{terminal, code[:4], code[4:8], code[8:]}, "-")
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
func (c *claims) number(code string) (seq uint64, ok bool) {
	rest := strings.Map(asMeant, code)
	if len(rest) != claimLen {
		rest = strings.TrimPrefix(rest, strings.Map(asMeant, c.terminal))
	}
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
