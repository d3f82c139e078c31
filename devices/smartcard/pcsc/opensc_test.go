package pcsc_test

import (
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pue/devices/smartcard"
	"pue/devices/smartcard/pcsc"
)

// OpenSC is a judge that shares no line with this project: what it takes for a
// CNS, and what openssl verifies, is not only our own opinion. The cards are
// played by pue-sim, as on a terminal that is shown.
func TestOpenSCTakesTheSimulatedCardsForCNS(t *testing.T) {
	b := newBench(t)
	readers := pcsc.New(slog.New(slog.DiscardHandler))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)

	dir := t.TempDir()
	program := filepath.Join(dir, "pue-sim")
	if out, err := run("go", "build", "-o", program, "pue/cmd/pue-sim"); err != nil {
		t.Fatalf("building the simulator: %v\n%s", err, out)
	}
	old := filepath.Join(dir, "old.json")
	write(t, old, `{"like": "rita", "stepwise": false}`) // as OpenSC knows only paths
	for name, card := range map[string]struct{ arguments, holder, prefix string }{
		"a STIncard":                     {"--person anna", "ANNA ESEMPIO", "53 4D 50 4E 4E 41"},
		"one that deciphers, no more":    {"--person anna-decipher", "ANNA ESEMPIO", "53 4D 50 4E 4E 41"},
		"one that announces its answers": {"--person anna-fetched", "ANNA ESEMPIO", "53 4D 50 4E 4E 41"},
		"one of 1024 bits":               {"--data " + old, "RITA", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b.order("run 0 %s card cns %s", program, card.arguments)
			e.see(first, smartcard.CardIn)
			j := newJudge(t)
			says(t, "CNS card", "opensc-tool", "--name")
			j.onlyCNS()
			says(t, card.holder, "pkcs15-tool", "--dump")
			says(t, card.prefix, "pkcs15-tool", "--read-data-object", "EF_DatiPersonali")
			j.readKey()

			ours := open(t, connect(t, readers, first))
			id, err := ours.Identity(now)
			if err != nil {
				t.Fatal(err)
			}
			if got := sha256.Sum256(j.certificate); got != id.Fingerprint {
				t.Errorf("we read another certificate than OpenSC")
			}
			// Our card is open all the while, and idle.
			j.verify(j.sign("SHA256-RSA-PKCS", j.message, pin))
			j.verify(j.sign("RSA-PKCS", j.info, pin)) // of a DigestInfo that the host made
			j.mistype()

			var refused *smartcard.PINError
			if err := ours.VerifyPIN([]byte("00000000")); !errors.As(err, &refused) || refused.Left != 1 {
				t.Errorf("our wrong PIN after one by OpenSC: %v, want one attempt left", err)
			}
			if err := ours.VerifyPIN([]byte(pin)); err != nil {
				t.Fatal(err)
			}
			made, err := ours.Sign(j.digest[:])
			if err != nil {
				t.Fatal(err)
			}
			j.verify(made)
			if err := ours.Close(); err != nil {
				t.Error(err)
			}
			b.order("remove 0")
			e.see(first, smartcard.EmptySlot)
		})
	}
}

// judge has OpenSC and openssl look at the card in the first reader.
type judge struct {
	t             testing.TB
	dir           string
	key           string // file of the public key
	message, info string // files of what is signed, and of its DigestInfo
	digest        [sha256.Size]byte
	certificate   []byte
}

func newJudge(t testing.TB) *judge {
	t.Helper()
	dir := t.TempDir()
	j := &judge{
		t: t, dir: dir, key: filepath.Join(dir, "key"),
		message: filepath.Join(dir, "message"), info: filepath.Join(dir, "info"),
		digest: sha256.Sum256([]byte("a message to sign")),
	}
	write(t, j.message, "a message to sign")
	write(t, j.info, "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"+string(j.digest[:]))
	return j
}

// onlyCNS spares OpenSC the question for every other card there is.
func (j *judge) onlyCNS() {
	j.t.Helper()
	configuration := filepath.Join(j.dir, "opensc.conf")
	write(j.t, configuration, "app default { card_drivers = itacns; }\n")
	j.t.Setenv("OPENSC_CONF", configuration)
}

// readKey has openssl take the key out of the certificate that OpenSC reads.
func (j *judge) readKey() {
	j.t.Helper()
	certificate := filepath.Join(j.dir, "certificate")
	says(j.t, "", "pkcs15-tool", "--read-certificate", "01", "--output", certificate)
	key, err := exec.Command("openssl", "x509", "-in", certificate, "-noout", "-pubkey").Output()
	if err != nil {
		j.t.Fatal(err)
	}
	write(j.t, j.key, string(key))
	if j.certificate, err = exec.Command("openssl", "x509", "-in", certificate, "-outform", "DER").Output(); err != nil {
		j.t.Fatal(err)
	}
}

func (j *judge) sign(mechanism, file, pin string) []byte {
	j.t.Helper()
	signature := filepath.Join(j.dir, "signature")
	says(j.t, "", "pkcs11-tool", "--login", "--pin", pin, "--sign", "--id", "01", "-m", mechanism, "-i", file, "-o", signature)
	made, err := os.ReadFile(signature)
	if err != nil {
		j.t.Fatal(err)
	}
	return made
}

// verify has openssl judge a signature of the message.
func (j *judge) verify(signature []byte) {
	j.t.Helper()
	file := filepath.Join(j.dir, "to-verify")
	write(j.t, file, string(signature))
	says(j.t, "Verified OK", "openssl", "dgst", "-sha256", "-verify", j.key, "-signature", file, j.message)
}

// mistype offers a wrong PIN, once.
func (j *judge) mistype() {
	j.t.Helper()
	out, err := run("pkcs11-tool", "--login", "--pin", "87654321", "--sign", "--id", "01", "-m", "RSA-PKCS", "-i", j.info, "-o", filepath.Join(j.dir, "none"))
	if err == nil || !strings.Contains(out, "CKR_PIN_INCORRECT") {
		j.t.Errorf("wrong PIN: %v\n%s", err, out)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(name string, arg ...string) (string, error) {
	out, err := exec.Command(name, arg...).CombinedOutput()
	return string(out), err
}

// says runs a program that must succeed and say want.
func says(t testing.TB, want, name string, arg ...string) {
	t.Helper()
	out, err := run(name, arg...)
	if err != nil || !strings.Contains(out, want) {
		t.Errorf("%s %s: %v, want it to say %q\n%s", name, strings.Join(arg, " "), err, want, out)
	}
}
