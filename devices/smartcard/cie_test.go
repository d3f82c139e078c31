package smartcard_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
)

// families are people whose CIE have different chips: Gemalto, which gives the
// parameters of the key agreement all at once, Bit4id and NXP.
var families = []string{"carla", "enzo", "fulvia"}

// like returns the card of an embedded person, changed by a merge patch.
func like(t testing.TB, who string, change map[string]any) *cardsim.Card {
	t.Helper()
	if change == nil {
		change = map[string]any{}
	}
	change["like"] = who
	text, err := json.Marshal(change)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cardsim.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// inCIE patches files of the application of the identity card.
func inCIE(files map[string]any) map[string]any {
	return map[string]any{"applications": map[string]any{"A00000000039": map[string]any{"files": files}}}
}

func content(text string) map[string]any { return map[string]any{"content": text} }

// simulation believes whom the simulated cards were issued by.
func simulation(t testing.TB) *trust.Anchors {
	t.Helper()
	return believing(t, true)
}

// believing reads the issuers of the simulated cards; of the documents' as well if
// they are to be believed, else in their place others.
func believing(t testing.TB, documents bool) *trust.Anchors {
	t.Helper()
	citizens, signers, err := cardsim.Provision(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a, err := trust.ReadAnchors(citizens)
	if err != nil {
		t.Fatal(err)
	}
	if !documents {
		signers = citizens
	}
	if err := a.ReadDocumentAnchors(signers); err != nil {
		t.Fatal(err)
	}
	return a
}

func openCIE(t testing.TB, c *cardsim.Card) (smartcard.Card, *traced) {
	t.Helper()
	transport, _ := insert(t, c)
	card, err := smartcard.Open(transport, simulation(t))
	if err != nil {
		t.Fatal(err)
	}
	return card, transport
}

func TestACIESaysItsNumberAtOnceAndItsHolderAfterThePIN(t *testing.T) {
	for _, who := range families {
		t.Run(who, func(t *testing.T) {
			card, transport := openCIE(t, like(t, who, nil))
			before, err := card.Identity(now)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"00A4040C0DA0000000308000000009816001", "00A4040C06A00000000039", "00B081000C"}
			if diff := cmp.Diff(want, transport.commands[:3]); diff != "" {
				t.Errorf("commands for the number of the chip (-want +got):\n%s", diff)
			}
			if before.Complete() || before.Kind != smartcard.CIE || len(before.NIS.Reveal()) != 12 || before.Chain != smartcard.ChainOK {
				t.Errorf("before the PIN: kind %s, chain %s, complete %v", before.Kind, before.Chain, before.Complete())
			}
			if err := card.VerifyPIN([]byte(pin)); err != nil {
				t.Fatal(err)
			}
			after, err := card.Identity(now)
			if err != nil {
				t.Fatal(err)
			}
			if !after.Complete() || after.Chain != smartcard.ChainOK || len(after.CardID.Reveal()) != 9 ||
				!strings.EqualFold(after.GivenName.Reveal(), who) || after.Surname.IsZero() || after.TaxCode.IsZero() {
				t.Errorf("after the PIN: %s %s, chain %s, complete %v", after.GivenName.Reveal(), after.Surname.Reveal(), after.Chain, after.Complete())
			}
			if before.Fingerprint != after.Fingerprint || before.NIS != after.NIS {
				t.Error("the card is another one after the PIN")
			}
		})
	}
}

func TestAChannelTheCertificateAndASignatureTakeFewCommands(t *testing.T) {
	for _, who := range families {
		t.Run(who, func(t *testing.T) {
			card, transport := openCIE(t, like(t, who, nil))
			if _, err := card.Identity(now); err != nil {
				t.Fatal(err)
			}
			start := len(transport.commands)
			if err := card.VerifyPIN([]byte(pin)); err != nil {
				t.Fatal(err)
			}
			digest := sha256.Sum256([]byte(who))
			if _, err := card.Sign(digest[:]); err != nil { // reads the certificate
				t.Fatal(err)
			}
			count := len(transport.commands) - start
			id, err := card.Identity(now)
			if err != nil {
				t.Fatal(err)
			}
			if id.CardID.IsZero() {
				t.Error("who signs first is not told the number of the document")
			}
			if most := 32 + (len(id.Certificate.Raw)+223)/224; count > most {
				t.Errorf("%d commands, at most %d are wanted:\n%s", count, most, strings.Join(transport.commands[start:], "\n"))
			}
		})
	}
}

func TestACIESignsAndAsksForThePINAgainAfterItWasForgotten(t *testing.T) {
	for _, who := range families {
		t.Run(who, func(t *testing.T) {
			card, _ := openCIE(t, like(t, who, nil))
			digest := sha256.Sum256([]byte(who))
			for range 2 {
				if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
					t.Errorf("without a PIN: %v, want ErrPINRequired", err)
				}
				if err := card.VerifyPIN([]byte(pin)); err != nil {
					t.Fatal(err)
				}
				id, err := card.Identity(now)
				if err != nil {
					t.Fatal(err)
				}
				if err := smartcard.Prove(card, id); err != nil {
					t.Errorf("proving: %v", err)
				}
				signature, err := card.Sign(digest[:])
				if err != nil {
					t.Fatal(err)
				}
				if err := rsa.VerifyPKCS1v15(id.Certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature); err != nil {
					t.Error(err)
				}
				if err := card.Forget(); err != nil {
					t.Fatal(err)
				}
				if id, err := card.Identity(now); err != nil || id.Complete() {
					t.Errorf("after the PIN was forgotten: complete %v, %v", id.Complete(), err)
				}
			}
		})
	}
}

func TestAChipThatSaysNothingIsRecognisedAsACIE(t *testing.T) {
	card, transport := openCIE(t, like(t, "carla", map[string]any{"atr": "3B80800101"}))
	if got := len(transport.commands); got != 4 {
		t.Errorf("recognised after %d commands, want 4: %v", got, transport.commands)
	}
	if id, err := card.Identity(now); err != nil || id.Kind != smartcard.CIE {
		t.Errorf("it is %s, %v", id.Kind, err)
	}
}

// refusing answers what it is told to some commands, and passes on the others.
type refusing struct {
	smartcard.Transport
	when   func(apdu []byte) bool
	answer []byte
}

func (r *refusing) Transmit(apdu []byte) ([]byte, error) {
	if r.when(apdu) {
		return r.answer, nil
	}
	return r.Transport.Transmit(apdu)
}

func TestAChipIsUnderstoodThatKnowsFewerForms(t *testing.T) {
	hasLe := func(apdu []byte) bool { return len(apdu) == 5+int(apdu[4])+1 }
	for name, c := range map[string]refusing{
		"no name for its operating system": {when: func(a []byte) bool { return a[1] == 0xA4 && a[2] == 4 && a[4] == 0x0D }, answer: []byte{0x6A, 0x82}},
		"no short file identifiers":        {when: func(a []byte) bool { return a[1] == 0xB0 && a[2]&0x80 != 0 }, answer: []byte{0x6A, 0x86}},
		"no length with GET DATA":          {when: func(a []byte) bool { return a[1] == 0xCB && hasLe(a) }, answer: []byte{0x67, 0x00}},
	} {
		t.Run(name, func(t *testing.T) {
			transport, _ := insert(t, like(t, "enzo", nil))
			c.Transport = transport
			if err := journey(&c, simulation(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEveryVariantOfACIEEndsAsItShould(t *testing.T) {
	for who, want := range map[string]error{
		"carla-all":       nil,
		"carla-outside":   nil,
		"carla-last":      nil,
		"carla-blocked":   smartcard.ErrBlocked,
		"carla-forged":    smartcard.ErrInconsistent,
		"carla-copy":      smartcard.ErrInconsistent,
		"enzo-bare":       nil,
		"enzo-masterfile": nil,
		"enzo-long":       nil,
	} {
		t.Run(who, func(t *testing.T) {
			sim, err := cardsim.Person(who)
			if err != nil {
				t.Fatal(err)
			}
			transport, _ := insert(t, sim)
			if err := journey(transport, simulation(t)); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
}

func TestWhoSignedTheCardIsJudgedBeforeThePIN(t *testing.T) {
	for name, c := range map[string]struct {
		judge smartcard.Judge
		want  smartcard.Chain
	}{
		"nobody to ask":          {nil, smartcard.ChainUnchecked},
		"other document signers": {believing(t, false), smartcard.ChainUntrusted},
		"the issuer's":           {simulation(t), smartcard.ChainOK},
	} {
		transport, _ := insert(t, like(t, "enzo", nil))
		card, err := smartcard.Open(transport, c.judge)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []string{"before the PIN", "after the PIN"} {
			id, err := card.Identity(now)
			if err != nil || id.Chain != c.want {
				t.Errorf("%s, %s: chain %s, want %s (%v)", name, step, id.Chain, c.want, err)
			}
			if err := card.VerifyPIN([]byte(pin)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestACIEThatIsNotWhatItsIssuerSignedIsInconsistent(t *testing.T) {
	other := keyPEM(t, cardKey())
	for name, c := range map[string]struct {
		change map[string]any
		early  bool // found before the PIN
	}{
		"another number":            {inCIE(map[string]any{"1001": content("393939303030303030303939")}), true},
		"another key of the chip":   {inCIE(map[string]any{"1004": content(publicKey(cardKey()))}), true},
		"another key for services":  {inCIE(map[string]any{"1005": content(publicKey(cardKey()))}), true},
		"another serial number":     {map[string]any{"files": map[string]any{"D003": content("5A0A8038009990000000990F")}}, true},
		"other parameters":          {map[string]any{"files": map[string]any{"D004": content("3009020102020103020105")}}, true},
		"a copy of the files":       {map[string]any{"ias": map[string]any{"keys": map[string]any{"83": other}}}, true},
		"a copy with its services":  {map[string]any{"ias": map[string]any{"keys": map[string]any{"82": other}}}, false},
		"another document":          {inCIE(map[string]any{"1002": content("585830303030395858")}), false},
		"another holder's key":      {map[string]any{"ias": map[string]any{"keys": map[string]any{"81": other}}}, false},
		"the certificate of nobody": {inCIE(map[string]any{"1003": content("30030201FF")}), false},
	} {
		t.Run(name, func(t *testing.T) {
			sim := like(t, "carla", c.change)
			card, _ := openCIE(t, sim)
			_, err := card.Identity(now)
			if c.early != (err != nil) {
				t.Fatalf("before the PIN: %v", err)
			}
			if err == nil {
				err = rest(card)
			}
			if !errors.Is(err, smartcard.ErrInconsistent) {
				t.Errorf("%v, want ErrInconsistent", err)
			}
			if name == "a copy with its services" && sim.TriesLeft() != 3 {
				t.Error("a PIN was told to it")
			}
		})
	}
}

// rest is what follows the first identity: PIN, holder, signature.
func rest(card smartcard.Card) error {
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		return err
	}
	id, err := card.Identity(now)
	if err != nil {
		return err
	}
	return smartcard.Prove(card, id)
}

func publicKey(key *rsa.PrivateKey) string {
	n := key.N.FillBytes(make([]byte, 256))
	return fmt.Sprintf("3082010A0282010100%X0203010001", n)
}

func TestEachWrongPINOfACIECostsOneAttempt(t *testing.T) {
	for name, outside := range map[string]bool{"counted inside the channel": false, "counted in clear": true} {
		t.Run(name, func(t *testing.T) {
			sim := like(t, "enzo", map[string]any{"ias": map[string]any{"errorsOutside": outside}})
			card, _ := openCIE(t, sim)
			for n, left := range []int{2, 1, 0, 0} {
				var refused *smartcard.PINError
				if err := card.VerifyPIN([]byte("00000000")); !errors.As(err, &refused) || refused.Left != left {
					t.Fatalf("attempt %d: %v, want %d left", n+1, err, left)
				}
				if sim.TriesLeft() != left {
					t.Fatalf("attempt %d: %d left on the card", n+1, sim.TriesLeft())
				}
			}
			if err := card.VerifyPIN([]byte(pin)); !errors.Is(err, smartcard.ErrBlocked) {
				t.Errorf("the right PIN on a blocked card: %v, want ErrBlocked", err)
			}
		})
	}
}

func TestAWrongPINAfterARightOneTakesTheRightAway(t *testing.T) {
	card, _ := openCIE(t, like(t, "carla", nil))
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		t.Fatal(err)
	}
	if err := card.VerifyPIN([]byte("00000000")); err == nil {
		t.Fatal("wrong PIN accepted")
	}
	digest := sha256.Sum256(nil)
	if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
		t.Errorf("signing: %v, want ErrPINRequired", err)
	}
}

func TestAPINThatNoCIECanHaveIsNotToldToIt(t *testing.T) {
	card, transport := openCIE(t, like(t, "carla", nil))
	for _, s := range []string{"", "1234", "1234567", "123456789", "1234567x", strings.Repeat("1", 255), "1234567\x00"} {
		if err := card.VerifyPIN([]byte(s)); !errors.Is(err, smartcard.ErrPINFormat) {
			t.Errorf("%q gives %v, want ErrPINFormat", s, err)
		}
	}
	if len(transport.commands) != 0 {
		t.Errorf("%d commands", len(transport.commands))
	}
}

func TestACIEThatIsPulledAtAnyCommandIsRemoved(t *testing.T) {
	sim := like(t, "enzo", nil)
	for n := 0; ; n++ {
		transport, readers := insert(t, sim)
		if err := readers.PullAfter(reader, n); err != nil {
			t.Fatal(err)
		}
		err := journey(transport.Transport, nil)
		if err == nil {
			if n < 60 {
				t.Errorf("the journey took %d commands", n)
			}
			break
		}
		if !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("pulled after %d commands: %v, want ErrRemoved", n, err)
		}
	}
	if sim.TriesLeft() != 3 {
		t.Errorf("%d attempts left", sim.TriesLeft())
	}
}

func TestAnotherProgramsResetTakesNothingThatWasNotVerified(t *testing.T) {
	transport, readers := insert(t, like(t, "carla", nil))
	card, err := smartcard.Open(transport, simulation(t))
	if err != nil {
		t.Fatal(err)
	}
	other, err := readers.Connect(context.Background(), reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := card.Identity(now); err != nil {
		t.Fatal(err)
	}
	if err := other.Reset(); err != nil {
		t.Fatal(err)
	}
	if err := rest(card); err != nil {
		t.Error(err)
	}
}

func keyPEM(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
