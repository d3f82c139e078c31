package smartcard_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
)

// traced keeps every command, in hexadecimal.
type traced struct {
	smartcard.Transport
	commands []string
	up, down int
}

func (t *traced) Transmit(apdu []byte) ([]byte, error) {
	t.commands = append(t.commands, strings.ToUpper(hex.EncodeToString(apdu)))
	r, err := t.Transport.Transmit(apdu)
	t.up, t.down = t.up+len(apdu), t.down+len(r)
	return r, err
}

// insert puts c into a reader and powers it.
func insert(t testing.TB, c *cardsim.Card) (*traced, *cardsim.Readers) {
	t.Helper()
	readers := cardsim.NewReaders(reader)
	if err := readers.Insert(reader, c); err != nil {
		t.Fatal(err)
	}
	transport, err := readers.Connect(context.Background(), reader)
	if err != nil {
		t.Fatal(err)
	}
	return &traced{Transport: transport}, readers
}

func open(t testing.TB, c *cardsim.Card) (smartcard.Card, *traced) {
	t.Helper()
	transport, _ := insert(t, c)
	card, err := smartcard.Open(transport, anchors(t, authority(t)))
	if err != nil {
		t.Fatal(err)
	}
	return card, transport
}

func TestAnnaIsReadInTheFewestCommands(t *testing.T) {
	anna, err := cardsim.Person("anna")
	if err != nil {
		t.Fatal(err)
	}
	transport, _ := insert(t, anna)
	card, err := smartcard.Open(transport, simulation(t))
	if err != nil {
		t.Fatal(err)
	}
	id, err := card.Identity(now)
	if err != nil {
		t.Fatal(err)
	}
	if id.Kind != smartcard.CNS || id.Chain != smartcard.ChainOK || id.Surname.Reveal() != "ESEMPIO" || id.GivenName.Reveal() != "ANNA" {
		t.Errorf("read %s, chain %s, %s %s", id.Kind, id.Chain, id.GivenName.Reveal(), id.Surname.Reveal())
	}
	if _, err := smartcard.ParseTaxCode(id.TaxCode.Reveal()); err != nil || len(id.CardID.Reveal()) != 16 {
		t.Errorf("tax code %v, card number of %d digits", err, len(id.CardID.Reveal()))
	}
	want := []string{
		"00A4080C0411001102", "00B0000000", // the person: two commands
		"00A4080C0410001003", "00B0000010",
		"00A4080C0411001101",
	}
	for offset := 0; offset < len(id.Certificate.Raw); offset += 256 {
		le := min(len(id.Certificate.Raw)-offset, 256)
		want = append(want, strings.ToUpper(hex.EncodeToString([]byte{0x00, 0xB0, byte(offset >> 8), 0, byte(le)})))
	}
	if diff := cmp.Diff(want, transport.commands); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

func TestThePINIsOfferedAsTheMaskWantsIt(t *testing.T) {
	for name, c := range map[string]struct{ atr, command string }{
		"usual mask": {plainATR, "00200010083132333435FFFFFF"},
		"STIncard":   {"3BFF1800FF8131FE55006B02091617011101434E531131808D", "00200090083132333435FFFFFF"},
	} {
		card, transport := open(t, issue(t, func(i *issued) { i.description["atr"], i.description["pin"] = c.atr, "12345" }))
		if err := card.VerifyPIN([]byte("12345")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff([]string{c.command}, transport.commands); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAPINThatNoCardCanHaveCostsNoAttempt(t *testing.T) {
	sim := issue(t, nil)
	card, transport := open(t, sim)
	for _, s := range []string{"", "1234", "123456789", "1234567x", "١٢٣٤", "12 456"} {
		if err := card.VerifyPIN([]byte(s)); !errors.Is(err, smartcard.ErrPINFormat) {
			t.Errorf("%q gives %v, want ErrPINFormat", s, err)
		}
	}
	if len(transport.commands) != 0 || sim.TriesLeft() != 3 {
		t.Errorf("%d commands, %d attempts left", len(transport.commands), sim.TriesLeft())
	}
}

func TestEachWrongPINCostsOneAttemptUntilTheCardIsBlocked(t *testing.T) {
	sim := issue(t, nil)
	card, transport := open(t, sim)
	for n, left := range []int{2, 1, 0, 0} {
		var refused *smartcard.PINError
		if err := card.VerifyPIN([]byte("00000000")); !errors.As(err, &refused) || refused.Left != left || refused.Blocked() != (left == 0) {
			t.Fatalf("attempt %d: %v, want %d left", n+1, err, left)
		}
		if sim.TriesLeft() != left || len(transport.commands) != n+1 {
			t.Fatalf("attempt %d: %d left on the card after %d commands", n+1, sim.TriesLeft(), len(transport.commands))
		}
	}
	if err := card.VerifyPIN([]byte(pin)); err == nil {
		t.Error("the right PIN opens a blocked card")
	}
}

func TestTheRightPINGivesTheAttemptsBack(t *testing.T) {
	sim := issue(t, nil)
	card, _ := open(t, sim)
	if err := card.VerifyPIN([]byte("00000000")); err == nil {
		t.Fatal("wrong PIN accepted")
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil || sim.TriesLeft() != 3 {
		t.Errorf("%v, %d left", err, sim.TriesLeft())
	}
}

func TestACardSignsWithEitherOperationAndEitherKeyLength(t *testing.T) {
	for name, c := range map[string]struct {
		key        *rsa.PrivateKey
		operations []string
		first      int // commands of the first signature, certificate apart
		then       int
	}{
		"sign, 2048":     {cardKey(), []string{"sign"}, 4, 4}, // RESTORE, SET, two chained PSO
		"decipher, 2048": {cardKey(), []string{"decipher"}, 6, 4},
		"both, 2048":     {cardKey(), []string{"sign", "decipher"}, 4, 4},
		"sign, 1024":     {oldKey(), []string{"sign"}, 3, 3},
		"decipher, 1024": {oldKey(), []string{"decipher"}, 5, 3},
	} {
		t.Run(name, func(t *testing.T) {
			card, transport := open(t, issue(t, func(i *issued) {
				i.key, i.description["operations"] = c.key, c.operations
			}))
			if _, err := card.Identity(now); err != nil {
				t.Fatal(err)
			}
			if err := card.VerifyPIN([]byte(pin)); err != nil {
				t.Fatal(err)
			}
			for _, want := range []int{c.first, c.then} {
				before := len(transport.commands)
				digest := sha256.Sum256([]byte(name))
				signature, err := card.Sign(digest[:])
				if err != nil {
					t.Fatal(err)
				}
				if err := rsa.VerifyPKCS1v15(&c.key.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
					t.Error(err)
				}
				if got := len(transport.commands) - before; got != want {
					t.Errorf("%d commands, want %d: %v", got, want, transport.commands[before:])
				}
			}
		})
	}
}

func TestWithoutPINNothingIsSigned(t *testing.T) {
	card, _ := open(t, issue(t, nil))
	digest := sha256.Sum256(nil)
	if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) || errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("before the PIN: %v", err)
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		t.Fatal(err)
	}
	if _, err := card.Sign(digest[:]); err != nil {
		t.Errorf("after the PIN: %v", err)
	}
	if err := card.Forget(); err != nil {
		t.Fatal(err)
	}
	if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
		t.Errorf("after Forget: %v", err)
	}
	if _, err := card.Sign(digest[:20]); err == nil {
		t.Error("signed 20 bytes as if they were SHA-256")
	}
}

func TestASignatureOfAnotherKeyIsNotReturned(t *testing.T) {
	honest := issue(t, nil)
	other := issue(t, func(i *issued) { i.key = newKey(2048) })
	transport, _ := insert(t, honest)
	card, err := smartcard.Open(transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := card.Identity(now); err != nil {
		t.Fatal(err)
	}
	transport.Transport, _ = insert(t, other) // the certificate is remembered, the card is swapped
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	if s, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrInconsistent) || s != nil {
		t.Errorf("gives %d bytes and %v", len(s), err)
	}
}

func TestFilesAndCertificateMustAgree(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*issued)
		surname string // empty: inconsistent
		reads   int    // commands on the personal data
	}{
		"hash over the data": {nil, "ROSSII", 2},
		"hash over the file": {func(i *issued) { i.hashed = i.personal }, "ROSSII", 5},
		"hash over neither":  {func(i *issued) { i.hashed = []byte("else") }, "", 5},
		"names signed":       {named("BIANCHI", "MARIA"), "BIANCHI", 5},
		"other tax code":     {func(i *issued) { i.certificate.Subject.CommonName = "VRDNNA55D41F205P/" + cardID + "." }, "", 2},
		"other card number":  {func(i *issued) { i.certificate.Subject.CommonName = taxCode + "/6999000000000016." }, "", 2},
		"no holder at all":   {func(i *issued) { i.certificate.Subject.CommonName = "Mario Rossi" }, "", 2},
	} {
		card, transport := open(t, issue(t, c.change))
		id, err := card.Identity(now)
		if c.surname == "" {
			if !errors.Is(err, smartcard.ErrInconsistent) || !errors.Is(err, smartcard.ErrUnreadable) {
				t.Errorf("%s: error is %v, want ErrInconsistent", name, err)
			}
			for _, secret := range []string{taxCode, cardID, "VRDNNA"} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("%s: error shows personal data: %v", name, err)
				}
			}
		} else if err != nil || id.Surname.Reveal() != c.surname {
			t.Errorf("%s: %v, surname %q, want %q", name, err, id.Surname.Reveal(), c.surname)
		}
		if got := onPersonal(transport.commands); got != c.reads {
			t.Errorf("%s: %d commands on the personal data, want %d: %v", name, got, c.reads, transport.commands)
		}
	}
}

// onPersonal counts the commands from each selection of the personal data to
// the next selection.
func onPersonal(commands []string) int {
	n, in := 0, false
	for _, c := range commands {
		if strings.HasPrefix(c, "00A4") {
			in = strings.HasSuffix(c, "11001102")
		}
		if in {
			n++
		}
	}
	return n
}

func TestALongPersonalFileIsReadToItsLength(t *testing.T) {
	data := personalData("VIA " + strings.Repeat("X", 246))
	card, transport := open(t, issue(t, func(i *issued) {
		i.personal, i.hashed = append(data, make([]byte, 100)...), data
	}))
	if _, err := card.Identity(now); err != nil {
		t.Fatal(err)
	}
	if got := onPersonal(transport.commands); got != 3 {
		t.Errorf("%d commands, want a selection and two reads", got)
	}
}

func TestACardThatDoesNotSelectByPathIsReadStepByStep(t *testing.T) {
	card, transport := open(t, issue(t, func(i *issued) { i.description["stepwise"] = true }))
	if _, err := card.Identity(now); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, c := range transport.commands {
		if strings.HasPrefix(c, "00A408") {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("selection by path was tried %d times, want once", refused)
	}
}

func TestABankCardIsUnsupported(t *testing.T) {
	banco, err := cardsim.Person("banco")
	if err != nil {
		t.Fatal(err)
	}
	transport, _ := insert(t, banco)
	if _, err := smartcard.Open(transport, nil); !errors.Is(err, smartcard.ErrUnsupported) {
		t.Errorf("error is %v", err)
	}
}

func TestAMissingFileIsUnreadable(t *testing.T) {
	c, err := cardsim.Parse([]byte(`{"atr": "` + plainATR + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	card, _ := open(t, c)
	if _, err := card.Identity(now); !errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("error is %v", err)
	}
}

// A journey is everything that a session does with a card.
func journey(transport smartcard.Transport, a *trust.Anchors) error {
	card, err := smartcard.Open(transport, a)
	if err != nil {
		return err
	}
	if _, err := card.Identity(now); err != nil {
		return err
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		return err
	}
	digest := sha256.Sum256(nil)
	if _, err := card.Sign(digest[:]); err != nil {
		return err
	}
	if err := card.Forget(); err != nil {
		return err
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		return err
	}
	_, err = card.Sign(digest[:])
	return err
}

func TestACardPulledAtAnyCommandIsRemoved(t *testing.T) {
	for name, change := range map[string]func(*issued){
		"usual":  nil,
		"probed": func(i *issued) { i.description["atr"], i.description["stepwise"] = "3B80800101", true },
	} {
		sim, a := issue(t, change), anchors(t, authority(t))
		for n := 0; ; n++ {
			transport, readers := insert(t, sim)
			if err := readers.PullAfter(reader, n); err != nil {
				t.Fatal(err)
			}
			err := journey(transport, a)
			if err == nil {
				if n < 15 {
					t.Errorf("%s: the whole journey took %d commands", name, n)
				}
				break
			}
			if !errors.Is(err, smartcard.ErrRemoved) {
				t.Errorf("%s: pulled after %d commands: %v", name, n, err)
			}
		}
		if sim.TriesLeft() != 3 {
			t.Errorf("%s: pulling cost an attempt", name)
		}
	}
}
