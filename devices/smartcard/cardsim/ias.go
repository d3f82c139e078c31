package cardsim

import (
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// ias is what a CIE has beyond files and a PIN: the keys of the profile IAS ECC
// (Identification, Authentication, Signature), and its manners.
type ias struct {
	keys      map[byte]*rsa.PrivateKey // by reference
	serial    []byte                   // SN.ICC, 8 bytes
	group     group
	authority authority
	objects   map[string][]byte // what GET DATA returns, by what it asks
	outside   bool              // errors are told outside secure messaging, which then ends
}

// References of keys and secrets.
const (
	keySignature = 0x81
	keyChip      = 0x82 // proves the card inside the channel
	keyAuthority = 0x84
	keyAgreement = 0x81 // the Diffie-Hellman parameters
	refPIN       = 0x81
	refPUK       = 0x82
)

// group is for the Diffie-Hellman key agreement, as the card gives it out.
type group struct{ g, p, q []byte }

// authority is whose signature makes a terminal one.
type authority struct {
	key  publicKey
	name []byte // certificate holder reference (CHR), 12 bytes
	role []byte // certificate holder authorisation (CHA), 7 bytes
}

type iasDescription struct {
	Keys      map[string]string    `json:"keys"`   // PKCS#8 in PEM, by reference: "81", "82", "83"
	Serial    hexText              `json:"serial"` // 8 bytes
	Group     groupDescription     `json:"group"`
	Authority authorityDescription `json:"authority"`
	// ErrorsOutside makes the card tell an error in clear, which ends the
	// channel, and not inside an answer that looks like a success.
	ErrorsOutside bool `json:"errorsOutside"`
}

type groupDescription struct {
	G     hexText  `json:"g"`
	P     hexText  `json:"p"`
	Q     hexText  `json:"q"`
	Forms []string `json:"forms"` // "each" and "all"; only "each" when absent
}

// Forms in which the parameters of the key agreement are given out.
const (
	formEach = "each" // one by one
	formAll  = "all"  // three in one answer
)

type authorityDescription struct {
	N    hexText `json:"n"`
	E    hexText `json:"e"`
	Name hexText `json:"name"`
	Role hexText `json:"role"`
	// NamesFirst is the order of newer cards: the name and the role of the
	// authority stand before its key.
	NamesFirst bool `json:"namesFirst"`
}

func newIAS(d *iasDescription) (*ias, error) {
	switch a, g := d.Authority, d.Group; {
	case len(d.Serial) != 8:
		return nil, fmt.Errorf("parsing the serial number: it has %d bytes, want 8", len(d.Serial))
	case len(a.N) == 0 || len(a.E) == 0 || len(a.Name) != 12 || len(a.Role) != 7:
		return nil, errors.New("parsing the authority: want n, e, a name of 12 bytes and a role of 7")
	case len(g.G) == 0 || len(g.P) == 0 || len(g.Q) == 0:
		return nil, errors.New("parsing the group: want g, p and q")
	}
	s := &ias{
		keys:   map[byte]*rsa.PrivateKey{},
		serial: d.Serial,
		group:  group{d.Group.G, d.Group.P, d.Group.Q},
		authority: authority{
			publicKey{new(big.Int).SetBytes(d.Authority.N), new(big.Int).SetBytes(d.Authority.E)},
			d.Authority.Name, d.Authority.Role,
		},
		objects: publish(d),
		outside: d.ErrorsOutside,
	}
	for reference, text := range d.Keys {
		id, err := hex.DecodeString(reference)
		if err != nil || len(id) != 1 {
			return nil, fmt.Errorf("parsing the key %q: want two hexadecimal digits", reference)
		}
		if s.keys[id[0]], err = parseKey(text); err != nil {
			return nil, fmt.Errorf("parsing the key %s: %w", reference, err)
		}
		if s.keys[id[0]].Size() < 128 {
			return nil, fmt.Errorf("parsing the key %s: it has less than 1024 bits", reference)
		}
	}
	return s, nil
}

// publish prepares the answers to GET DATA. The requests are header lists
// (ISO/IEC 7816-4 §8.4.2), compared as they are: a reader sends no others.
func publish(d *iasDescription) map[string][]byte {
	a, g := d.Authority, d.Group
	key := slices.Concat(wrap(0x81, a.N), wrap(0x82, a.E))
	names := slices.Concat(wrap(0x5F20, a.Name), wrap(0x5F4C, a.Role))
	if a.NamesFirst {
		key, names = names, key
	}
	objects := map[string][]byte{
		"\x4D\x09\x70\x07\xBF\xA0\x04\x03\x7F\x49\x80": wrap(0x70, wrap(0xBFA004, wrap(0x7F49, key, names))),
	}
	parameters := [][]byte{wrap(0x97, g.G), wrap(0x98, g.P), wrap(0x99, g.Q)}
	if slices.Contains(g.Forms, formAll) {
		objects["\x4D\x08\x70\x06\xBF\xA1\x01\x02\xA3\x80"] = wrap(0x70, wrap(0xBFA101, wrap(0xA3, parameters...)))
	}
	if len(g.Forms) > 0 && !slices.Contains(g.Forms, formEach) {
		return objects
	}
	for _, p := range parameters {
		request := "\x4D\x0A\x70\x08\xBF\xA1\x01\x04\xA3\x02" + string(p[:1]) + "\x00"
		objects[request] = wrap(0x70, wrap(0xBFA101, wrap(0xA3, p)))
	}
	return objects
}

// runIAS carries out what needs a key or a secret of a CIE.
func (c *Card) runIAS(cmd command) ([]byte, uint16) {
	switch cmd.ins {
	case insManageEnvironment:
		return nil, c.choose(cmd)
	case insGetDataOdd:
		return c.getObjects(cmd)
	case insInternalAuthenticate:
		return c.internalAuthenticate(cmd)
	case insGetChallenge:
		return c.getChallenge(cmd)
	case insPerformOperation:
		return nil, c.verifyCertificate(cmd)
	case insExternalAuthenticate:
		return nil, c.externalAuthenticate(cmd)
	case insVerify, insChangeReference, insResetRetryCounter:
		return nil, c.useSecret(cmd)
	}
	return nil, swWrongInstruction
}

func (c *Card) getObjects(cmd command) ([]byte, uint16) {
	if cmd.p1 != 0x3F || cmd.p2 != 0xFF {
		return nil, swWrongParameters
	}
	if string(cmd.data) == "\x4D\x04\xA6\x02\x91\x00" {
		return c.giveAgreementKey()
	}
	if data, ok := c.ias.objects[string(cmd.data)]; ok {
		return data, swOK
	}
	return nil, swNoReference
}
