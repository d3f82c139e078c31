package pcsc_test

import (
	"context"
	"crypto/sha256"
	"encoding/pem"
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
// CNS, and what openssl verifies, is not only our own opinion.
func TestOpenSCTakesTheSimulatedCardForACNS(t *testing.T) {
	b := newBench(t)
	readers := pcsc.New(slog.New(slog.DiscardHandler))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)
	b.order("insert 0 anna")
	e.see(first, smartcard.CardIn)

	dir := t.TempDir()
	configuration := filepath.Join(dir, "opensc.conf")
	write(t, configuration, "app default { card_drivers = itacns; }\n")
	t.Setenv("OPENSC_CONF", configuration)
	message := filepath.Join(dir, "message")
	write(t, message, "a message to sign")
	key := publicKey(t, readers, dir)

	says(t, "CNS card", "opensc-tool", "--name")
	says(t, "ANNA ESEMPIO", "pkcs15-tool", "--dump")
	says(t, "53 4D 50 4E 4E 41", "pkcs15-tool", "--read-data-object", "EF_DatiPersonali")
	says(t, "BEGIN CERTIFICATE", "pkcs15-tool", "--read-certificate", "01")

	signature := filepath.Join(dir, "signature")
	says(t, "", "pkcs11-tool", "--login", "--pin", pin, "--sign", "--id", "01", "-m", "SHA256-RSA-PKCS", "-i", message, "-o", signature)
	says(t, "Verified OK", "openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, message)

	// RSA-PKCS signs a DigestInfo that the host made.
	digest := sha256.Sum256([]byte("a message to sign"))
	info := filepath.Join(dir, "info")
	write(t, info, "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"+string(digest[:]))
	says(t, "", "pkcs11-tool", "--login", "--pin", pin, "--sign", "--id", "01", "-m", "RSA-PKCS", "-i", info, "-o", signature)
	says(t, "Verified OK", "openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, message)

	if out, err := run("pkcs11-tool", "--login", "--pin", "87654321", "--sign", "--id", "01", "-m", "RSA-PKCS", "-i", info, "-o", signature); err == nil || !strings.Contains(out, "CKR_PIN_INCORRECT") {
		t.Errorf("wrong PIN: %v\n%s", err, out)
	}
	if left := b.triesLeft(0); left != 2 {
		t.Errorf("a wrong PIN leaves %d attempts on the card, want 2", left)
	}

	t.Run("openssl verifies what our own code has signed", func(t *testing.T) {
		transport, err := readers.Connect(context.Background(), first)
		if err != nil {
			t.Fatal(err)
		}
		card := open(t, transport)
		defer card.Close()
		if err := card.VerifyPIN([]byte(pin)); err != nil {
			t.Fatal(err)
		}
		made, err := card.Sign(digest[:])
		if err != nil {
			t.Fatal(err)
		}
		write(t, signature, string(made))
		says(t, "Verified OK", "openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, message)
	})
}

// publicKey has openssl take the key out of the certificate that we read.
func publicKey(t *testing.T, readers *pcsc.Readers, dir string) string {
	t.Helper()
	transport, err := readers.Connect(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	card := open(t, transport)
	defer card.Close()
	id, err := card.Identity(now)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key := filepath.Join(dir, "certificate"), filepath.Join(dir, "key")
	write(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Certificate.Raw})))
	out, err := exec.Command("openssl", "x509", "-in", certificate, "-noout", "-pubkey").Output()
	if err != nil {
		t.Fatal(err)
	}
	write(t, key, string(out))
	return key
}

func write(t *testing.T, path, text string) {
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
func says(t *testing.T, want, name string, arg ...string) {
	t.Helper()
	out, err := run(name, arg...)
	if err != nil || !strings.Contains(out, want) {
		t.Errorf("%s %s: %v, want it to say %q\n%s", name, strings.Join(arg, " "), err, want, out)
	}
}
