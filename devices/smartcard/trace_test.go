package smartcard_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// transcript is what a reader of a trace sees, with what was done in between.
type transcript struct {
	bytes.Buffer
	card smartcard.Card
	sent int
}

func (s *transcript) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(" > ")) {
		s.sent++
	}
	return s.Buffer.Write(b)
}

// does runs one step and writes what came of it.
func (s *transcript) does(what string, step func() error) {
	before := s.sent
	fmt.Fprintf(&s.Buffer, "# %s\n", what)
	outcome := "done"
	if err := step(); err != nil {
		outcome = err.Error()
	}
	fmt.Fprintf(&s.Buffer, "= %s, %d commands\n", outcome, s.sent-before)
}

func (s *transcript) identity() error {
	_, err := s.card.Identity(now)
	return err
}

func (s *transcript) pin(p string) func() error {
	return func() error { return s.card.VerifyPIN([]byte(p)) }
}

func (s *transcript) sign() error {
	digest := sha256.Sum256([]byte("what the holder agrees to"))
	_, err := s.card.Sign(digest[:])
	return err
}

// transcripts are the exchanges of which every byte is known: what is done with
// each of the simulated people.
var transcripts = map[string]func(s *transcript){
	"anna": visit, "anna-jsign": visit, "anna-st2022": visit, "anna-ace": visit, "anna-exact": visit,
	"anna-fetched": visit, "anna-decipher": visit, "rita": visit,
	"carla": visitCIE, "enzo": visitCIE, "fulvia": visitCIE,
	"carla-all": visitCIE, "enzo-bare": visitCIE, "enzo-masterfile": visitCIE, "enzo-long": visitCIE,
	"bruno": wrongPINs, "carla-outside": wrongPINs, "carla-last": wrongPINs,
	"anna-blocked": wrongPINs,
	"banco":        nil, "telefono": nil, "vecchia": nil,
}

func visit(s *transcript) {
	s.does("identity", s.identity)
	s.does("PIN", s.pin(pin))
	s.does("signature", s.sign)
	s.does("forgetting", s.card.Forget)
	s.does("signature without a PIN", s.sign)
	s.does("PIN", s.pin(pin))
	s.does("signature", s.sign)
	s.does("closing", s.card.Close)
}

func visitCIE(s *transcript) {
	s.does("identity", s.identity)
	s.does("PIN", s.pin(pin))
	s.does("identity after the PIN", s.identity)
	s.does("signature", s.sign)
	s.does("forgetting", s.card.Forget)
	s.does("signature without a PIN", s.sign)
	s.does("PIN", s.pin(pin))
	s.does("signature", s.sign)
	s.does("closing", s.card.Close)
}

// wrongPINs spends every attempt, and one that is none in between.
func wrongPINs(s *transcript) {
	s.does("identity", s.identity)
	for _, p := range []string{"00000000", "0000", "11111111", "22222222", pin} {
		s.does("PIN", s.pin(p))
	}
	s.does("signature", s.sign)
}

func person(t testing.TB, name string) *cardsim.Card {
	t.Helper()
	c, err := cardsim.Person(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryExchangeIsAsWritten(t *testing.T) {
	a := simulation(t)
	for name, steps := range transcripts {
		t.Run(name, func(t *testing.T) {
			transport, _ := insert(t, person(t, name))
			s := &transcript{}
			s.does("recognition", func() (err error) {
				s.card, err = smartcard.Open(smartcard.Trace(transport, s), a)
				return err
			})
			if s.card != nil {
				steps(s)
			}
			golden(t, filepath.Join("testdata", "transcripts", name+".txt"), s.Bytes())
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestATraceShowsNothingOfThePersonAndNothingOfThePIN(t *testing.T) {
	for name, c := range map[string]struct {
		trace  func(smartcard.Transport, *bytes.Buffer) smartcard.Transport
		person bool // whether the holder may be seen
	}{
		"Trace":       {func(t smartcard.Transport, b *bytes.Buffer) smartcard.Transport { return smartcard.Trace(t, b) }, false},
		"TraceOpenly": {func(t smartcard.Transport, b *bytes.Buffer) smartcard.Transport { return smartcard.TraceOpenly(t, b) }, true},
	} {
		transport, _ := insert(t, issue(t, nil))
		var b bytes.Buffer
		if err := journey(c.trace(transport, &b), nil); err != nil {
			t.Fatal(err)
		}
		shown := strings.ToLower(strings.ReplaceAll(b.String(), " ", ""))
		for _, secret := range []string{taxCode, cardID, "ROSSII"} {
			for _, form := range []string{secret, hex.EncodeToString([]byte(secret))} {
				if strings.Contains(shown, strings.ToLower(form)) != (c.person && form != secret) {
					t.Errorf("%s: %s is shown, or is not where it should be", name, form)
				}
			}
		}
		if strings.Contains(shown, hex.EncodeToString([]byte(pin))) || strings.Contains(shown, pin) {
			t.Errorf("%s shows the PIN:\n%s", name, b.String())
		}
	}
}

func TestATraceHidesEveryFormOfAPIN(t *testing.T) {
	const secret = "3132333435363738"
	for _, apdu := range []string{
		"00200010 08" + secret, "00200081 08" + secret, "0C200081 0A" + secret + "0000 00", "1C200081 08" + secret,
		"00240081 10" + secret + secret, "0C240081 10" + secret + secret,
		"002C0010 10" + secret + secret, "0C2C0381 08" + secret,
		"00200010 09" + secret, "00200010" + secret, "0020" + secret, // lengths that are wrong
		"00200010 00 0008" + secret,
	} {
		var b bytes.Buffer
		t1 := smartcard.TraceOpenly(&scripted{answers: [][]byte{unhex(secret + "6300")}}, &b)
		if _, err := t1.Transmit(unhex(apdu)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "3132") || strings.Contains(b.String(), "31 32") {
			t.Errorf("%s is written as %s", apdu, b.String())
		}
	}
}

func TestATraceSaysWhyThereIsNoAnswer(t *testing.T) {
	transport, readers := insert(t, issue(t, nil))
	var b bytes.Buffer
	card, err := smartcard.Open(smartcard.Trace(transport, &b), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := readers.PullAfter(reader, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := card.Identity(now); !errors.Is(err, smartcard.ErrRemoved) {
		t.Fatalf("error is %v", err)
	}
	if !strings.Contains(b.String(), "the card is gone") {
		t.Errorf("the trace is\n%s", b.String())
	}
}

func FuzzTrace(f *testing.F) {
	f.Add(unhex("00A4080C0411001102"), unhex("9000"))
	f.Add(unhex("0C2000811D871101"), unhex("63C2"))
	f.Add(unhex("00B0810C"), []byte{})
	f.Fuzz(func(t *testing.T, apdu, response []byte) {
		var b bytes.Buffer
		tr := smartcard.Trace(&scripted{answers: [][]byte{response}}, &b)
		if _, err := tr.Transmit(apdu); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n != 1 || !strings.HasSuffix(b.String(), "\n") {
			t.Errorf("%X is written in %d lines: %q", apdu, n, b.String())
		}
	})
}
