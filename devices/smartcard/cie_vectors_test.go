package smartcard

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The vectors were computed by openssl and Python: see cie-vectors.py.
//
//go:embed testdata/cie-vectors.json
var cieVectors []byte

// hexBytes is hexadecimal text in JSON.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vectors struct {
	Keys                 []struct{ Secret, Encryption, Checksum hexBytes }
	Encryption, Checksum hexBytes
	MACs                 []struct{ Text, MAC hexBytes }
	Commands             []struct {
		Name                        string
		Counter, Header, Data, APDU hexBytes
		Le                          int
	}
	Answers []struct {
		Name                          string
		Counter, Answer, Data, Status hexBytes
	}
	Agreement struct{ G, P, Q, X, Terminal, Chip, Shared hexBytes }
	Recovery  []struct{ Modulus, First, Rest, Block, Signature hexBytes }
	Dialogue  struct {
		Random, Chip, Terminal, Exponent hexBytes
		Steps                            []struct{ Command, Answer hexBytes }
	}
	Refused []struct {
		Name string
		File hexBytes
	}
	Certificate struct{ Modulus, Reference, Rights, Terminal, Certificate hexBytes }
	Objects     []struct {
		Digest       string
		Version      int
		File, Signer hexBytes
		Groups       map[string]hexBytes
	}
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	var v vectors
	if err := json.Unmarshal(cieVectors, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Keys) == 0 || len(v.MACs) == 0 || len(v.Commands) == 0 || len(v.Answers) == 0 || len(v.Recovery) == 0 || len(v.Objects) == 0 {
		t.Fatal("vectors are missing")
	}
	return v
}

// at is secure messaging with the keys of the vectors, just before counter.
func (v vectors) at(counter []byte) *messaging {
	return newMessaging(bytes.Clone(v.Encryption), bytes.Clone(v.Checksum), binary.BigEndian.Uint64(counter)-1)
}

func TestSessionKeysAreAsOthersDeriveThem(t *testing.T) {
	for _, c := range readVectors(t).Keys {
		encryption, checksum := deriveKeys(c.Secret)
		if !bytes.Equal(encryption, c.Encryption) || !bytes.Equal(checksum, c.Checksum) {
			t.Errorf("%X gives %X and %X, want %X and %X", c.Secret, encryption, checksum, c.Encryption, c.Checksum)
		}
	}
}

func TestChecksumsAreAsOthersComputeThem(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.MACs {
		if got := v.at(make([]byte, 8)).mac(nil, c.Text); !bytes.Equal(got, c.MAC) {
			t.Errorf("%d bytes give %X, want %X", len(c.Text), got, c.MAC)
		}
	}
}

func TestCommandsAreSecuredAsOthersDo(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.Commands {
		cmd := command{cla: c.Header[0], ins: c.Header[1], p1: c.Header[2], p2: c.Header[3], data: c.Data, le: c.Le}
		if got := v.at(c.Counter).wrap(cmd); !bytes.Equal(got, c.APDU) {
			t.Errorf("%s gives\n%X, want\n%X", c.Name, got, c.APDU)
		}
	}
}

func TestAnswersThatOthersSecuredAreOpened(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.Answers {
		data, sw, err := v.at(c.Counter).unwrap(c.Answer)
		if err != nil || !bytes.Equal(data, c.Data) || uint16(sw) != binary.BigEndian.Uint16(c.Status) {
			t.Errorf("%s gives %X, %04X, %v, want %X, %X", c.Name, data, uint16(sw), err, c.Data, c.Status)
		}
	}
}

func TestAnyBitThatIsWrongInAnAnswerIsSeen(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.Answers {
		for bit := range 8 * len(c.Answer) {
			answer := bytes.Clone(c.Answer)
			answer[bit/8] ^= 1 << (bit % 8)
			if data, _, err := v.at(c.Counter).unwrap(answer); err == nil || data != nil {
				t.Fatalf("%s with bit %d turned gives %X, %v", c.Name, bit, data, err)
			}
		}
	}
}

func TestTheKeyAgreementIsAsOthersCompute(t *testing.T) {
	c := readVectors(t).Agreement
	d := domain{c.G, c.P, c.Q}
	if err := d.check(); err != nil {
		t.Fatal(err)
	}
	if got := d.public(number(c.X)); !bytes.Equal(got, c.Terminal) {
		t.Errorf("our half is %X, want %X", got, c.Terminal)
	}
	got, err := d.shared(c.Chip, number(c.X))
	if err != nil || !bytes.Equal(got, c.Shared) {
		t.Errorf("the secret is %X, %v, want %X", got, err, c.Shared)
	}
}

func TestSignaturesWithMessageRecoveryAreAsOthersMakeThem(t *testing.T) {
	for _, c := range readVectors(t).Recovery {
		key := &rsa.PublicKey{N: number(c.Modulus), E: 65537}
		if room := recoverable(key.N); room != len(c.First) {
			t.Errorf("%d bytes fit, want %d", room, len(c.First))
		}
		if got := recoveryBlock(c.First, sha256.Sum256(append(bytes.Clone(c.First), c.Rest...))); !bytes.Equal(got, c.Block) {
			t.Errorf("the block is %X, want %X", got, c.Block)
		}
		first, err := recoverFrom(c.Signature, key, c.Rest)
		if err != nil || !bytes.Equal(first, c.First) {
			t.Errorf("recovered %X, %v, want %X", first, err, c.First)
		}
		if _, err := recoverFrom(c.Signature, key, c.Rest[1:]); err == nil {
			t.Error("a signature over something else is taken")
		}
		if _, err := recoverFrom(c.Signature[1:], key, c.Rest); err == nil {
			t.Error("a signature that is too short is taken")
		}
	}
}

func TestTheTerminalsCertificateIsAsOthersIssueIt(t *testing.T) {
	c := readVectors(t).Certificate
	a := authority{modulus: number(c.Modulus), reference: c.Reference, rights: c.Rights}
	got, err := a.certify(&rsa.PublicKey{N: number(c.Terminal), E: 65537})
	if err != nil || !bytes.Equal(got, c.Certificate) {
		t.Errorf("%v, the certificate (-want +got):\n%s", err, cmp.Diff(hex.Dump(c.Certificate), hex.Dump(got)))
	}
}

func TestTheEmbeddedExponentIsTheOneOfItsSource(t *testing.T) {
	sum := sha256.Sum256(authorityExponent().FillBytes(make([]byte, 256)))
	if got := fmt.Sprintf("%x", sum); got != "34360f30fc6c138b9289b5650ea432b6a5f88c0dfca08455a56e3e658bc96fd2" {
		t.Errorf("its SHA-256 is %s", got)
	}
}

func TestSecurityObjectsAreReadInEveryEncoding(t *testing.T) {
	hashes := map[string]crypto.Hash{"sha256": crypto.SHA256, "sha512": crypto.SHA512}
	for _, c := range readVectors(t).Objects {
		o, err := parseSecurityObject(c.File)
		if err != nil {
			t.Errorf("%s, version %d: %v", c.Digest, c.Version, err)
			continue
		}
		if o.hash != hashes[c.Digest] || !bytes.Equal(o.signer.Raw, c.Signer) {
			t.Errorf("%s, version %d: hashed by %v, signed by %s", c.Digest, c.Version, o.hash, o.signer.Subject)
		}
		for _, group := range []dataGroup{groupNIS, groupDocument, groupCertificate, groupChipKey, groupServiceKey, groupDH} {
			data := c.Groups[fmt.Sprintf("%02X", byte(group))]
			if err := o.confirm(group, data); err != nil {
				t.Errorf("%s, version %d: %v", c.Digest, c.Version, err)
			}
			if err := o.confirm(group, data[1:]); err == nil {
				t.Errorf("%s, version %d: group %X is confirmed with other data", c.Digest, c.Version, byte(group))
			}
		}
	}
}

// dialogue is a card that knows one dialogue, and hears whether it is kept to.
type dialogue struct {
	t     *testing.T
	steps []struct{ Command, Answer hexBytes }
}

func (d *dialogue) Transmit(apdu []byte) ([]byte, error) {
	if len(d.steps) == 0 {
		d.t.Errorf("after the end the terminal says %X", apdu)
		return []byte{0x6F, 0x00}, nil
	}
	step := d.steps[0]
	d.steps = d.steps[1:]
	if !bytes.Equal(apdu, step.Command) {
		d.t.Errorf("the terminal says\n%X, want\n%X", apdu, step.Command)
	}
	return step.Answer, nil
}

func (*dialogue) Begin() error { return nil }
func (*dialogue) End() error   { return nil }
func (*dialogue) Reset() error { return nil }
func (*dialogue) ATR() []byte  { return []byte{0x3B, 0x00} }
func (*dialogue) Close() error { return nil }

func TestAWholeChannelIsAsOthersOpenIt(t *testing.T) {
	v := readVectors(t).Dialogue
	d := &dialogue{t: t, steps: v.Steps}
	c := newCIE(d, nil)
	c.random = bytes.NewReader(v.Random)
	c.terminal = func() *rsa.PrivateKey {
		return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: number(v.Terminal), E: 65537}, D: number(v.Exponent)}
	}
	c.open = &openData{chipKey: &rsa.PublicKey{N: number(v.Chip), E: 65537}}
	if err := c.VerifyPIN([]byte("12345678")); err != nil {
		t.Error(err)
	}
	if len(d.steps) > 0 {
		t.Errorf("%d commands are missing", len(d.steps))
	}
}
