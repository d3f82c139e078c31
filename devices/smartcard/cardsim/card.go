// Package cardsim is a smart card made of data: files, keys, a PIN, read from
// JSON. It answers APDUs as ISO/IEC 7816-4 and -8, the CNS file system and the
// profile of the CIE 3.0 say, well enough for OpenSC to take it for a CNS, and
// for the Ministry's own middleware to enrol it as a CIE, log in and sign. A
// file that is not listed does not exist, so that missing data can be tried too.
//
// A description has these keys; all but the ATR may be absent:
//
//	like          an embedded person, of which all else is a merge patch
//	about, holder who it is, for people and for simulated authorities
//	atr, mute     the answer to reset, and whether there is one
//	files         by path: the content, or {content, shortID, guarded}
//	applications  by AID: {info, data, files}; what SELECT and GET DATA return
//	filesUnder    the AID without which there are no files
//	stepwise      no selection by path in one command
//	lengths       "exact" (6Cxx), "fetched" (61xx always), "long" (never cut)
//	key           of a CNS, in PEM; operations: "sign", "decipher"
//	ias           of a CIE: {keys, serial, group, authority, errorsOutside}
//	pin, puk      with pinTries, pinTriesLeft, pukTries, pinReference, and silent
//	              (6300 for a wrong one)
//
// Binary values are hexadecimal.
//
// The same [Card] can be mounted twice: in [Readers], inside the process, and
// by [ServeVPCD], as a card in the virtual reader of a real pcscd.
//
// It is for tests and demonstrations: its key and PIN protect nothing. It
// shares no code with the package that reads cards, so that each checks the
// other.
package cardsim

import (
	"crypto/rsa"
	"io"
	"slices"
	"sync"
)

// Card is one simulated card. It is safe for concurrent use.
type Card struct {
	holder Holder
	atr    []byte
	mute   bool

	root         *node
	applications map[string]application // by AID
	filesUnder   string                 // AID without which there are no files, or empty
	stepwise     bool                   // does not select by path in one command
	operations   []string
	lengths      string // "exact", "fetched", "long" or empty
	pinReference []byte // of a CNS, one byte, or none for both common ones

	key *rsa.PrivateKey // of a CNS
	ias *ias            // of a CIE, nil otherwise

	mu     sync.Mutex
	random io.Reader
	pin    secret
	puk    secret
	active state
}

// Holder is the person a card was issued to, all empty for a card of nobody. A
// CIE says it to nobody without its PIN; a simulated authority knows it from
// here.
type Holder struct {
	TaxCode   string `json:"taxCode"`
	Surname   string `json:"surname"`
	GivenName string `json:"givenName"`
}

// Holder returns whose card it is.
func (c *Card) Holder() Holder { return c.holder }

// state is all that a reset forgets.
type state struct {
	directory   *node
	file        *node // nil before a file was selected
	application string
	verified    bool
	environment bool   // the security environment was restored
	template    byte   // B6 or B8 once a key was chosen
	chain       []byte // data of a chained command so far
	chainHead   [3]byte
	pending     []byte   // for GET RESPONSE
	ending      uint16   // the status word at the end of pending
	keys        chosen   // by MANAGE SECURITY ENVIRONMENT, on a CIE
	channel     *channel // nil before the key agreement
	unblocking  bool     // the PUK was verified, on a CIE
}

// secret is a PIN or PUK with its counter, which survives a reset.
type secret struct {
	value     string
	tries     int
	triesLeft int
	silent    bool // about what is left
}

// ATR returns the answer to reset.
func (c *Card) ATR() []byte { return slices.Clone(c.atr) }

// Mute reports whether the card does not answer to reset, like one that is in
// upside down.
func (c *Card) Mute() bool { return c.mute }

// TriesLeft returns how many wrong PINs the card still takes.
func (c *Card) TriesLeft() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pin.triesLeft
}

// Randomness replaces the source of the card's random numbers, so that an
// exchange can be had a second time.
func (c *Card) Randomness(r io.Reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.random = r
}

// Reset forgets the verified PIN, the secure channel and the selected file, as
// a card does that loses power.
func (c *Card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active = state{directory: c.root}
}

// offer compares a secret and counts. It returns the status word.
func (s *secret) offer(value string) uint16 {
	switch {
	case s.triesLeft == 0:
		return swBlocked
	case value == s.value:
		s.triesLeft = s.tries
		return swOK
	}
	s.triesLeft--
	if s.silent {
		return swRefused
	}
	return swTriesLeft | uint16(s.triesLeft)
}
