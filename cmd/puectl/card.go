package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/pcsc"
	"pue/devices/smartcard/trust"
	"pue/kiosk/control"
)

// cardPatience is how long a card may take to be put in, as beside the daemon.
const cardPatience = 30 * time.Second

func cardInfo(ctx context.Context, args []string, out io.Writer) error {
	f := flags("card-info")
	reader := f.String("reader", "", "")
	pinStdin := f.Bool("pin-stdin", false, "")
	show := f.Bool("show", false, "")
	asJSON := f.Bool("json", false, "")
	trace := f.String("trace", "", "")
	socket := f.String("socket", defaultSocket, "")
	anchors := f.String("anchors", "", "")
	documents := f.String("document-anchors", "", "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	q := control.CardQuery{Reader: *reader, Show: *show, Trace: *trace != ""}
	if *pinStdin {
		var line [64]byte
		defer clear(line[:])
		var err error
		if q.PIN, err = readPIN(os.Stdin, line[:]); err != nil {
			return fmt.Errorf("reading the PIN: %w", err)
		}
		if len(q.PIN) == 0 {
			return fmt.Errorf("reading the PIN: nothing came: %w", smartcard.ErrPINFormat)
		}
	}
	fmt.Fprintln(os.Stderr, "puectl: put the card in now, if it is not in")
	info, err := control.Dial(*socket).CardInfo(ctx, q)
	if errors.Is(err, control.ErrNoDaemon) {
		info, err = readDirectly(ctx, q, *anchors, *documents)
	}
	if err != nil {
		return err
	}
	if err := keepTrace(*trace, &info); err != nil {
		return err
	}
	if *asJSON {
		err = print(out, info)
	} else {
		describe(out, info)
	}
	if !info.Complete() && info.PIN == nil {
		fmt.Fprintln(os.Stderr, "puectl: hint: a CIE says the rest after its PIN: --pin-stdin")
	}
	if err == nil && info.PIN != nil && !info.PIN.OK {
		err = &smartcard.PINError{Left: info.PIN.Left} // after what was read: it is of use all the same
	}
	return err
}

// keepTrace writes the trace into a file of its own, which nobody else may read:
// with --show it is about the holder.
func keepTrace(file string, info *control.CardInfo) error {
	if file == "" {
		return nil
	}
	err := os.WriteFile(file, []byte(info.Trace), 0o600)
	info.Trace = ""
	if err != nil {
		return fmt.Errorf("writing the trace: %w", err)
	}
	return nil
}

// readPIN reads one line into buf, which the caller wipes: no other buffer ever
// holds it.
func readPIN(r io.Reader, buf []byte) ([]byte, error) {
	n := 0
	for n < len(buf) && !bytes.Contains(buf[:n], []byte("\n")) {
		m, err := r.Read(buf[n:])
		n += m
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	pin, _, _ := bytes.Cut(buf[:n], []byte("\n"))
	return bytes.TrimRight(pin, "\r"), nil
}

// readDirectly talks to pcscd itself, when no daemon owns the readers.
func readDirectly(ctx context.Context, q control.CardQuery, anchorDir, documentDir string) (control.CardInfo, error) {
	var anchors *trust.Anchors // nil: nothing to check against
	if anchorDir != "" {
		var err error
		if anchors, err = trust.ReadAnchors(anchorDir); err != nil {
			return control.CardInfo{}, err
		}
	}
	if documentDir != "" {
		if anchors == nil {
			return control.CardInfo{}, errors.New("--document-anchors says whom a CIE is believed by; it needs --anchors, for the certificate, beside it")
		}
		if err := anchors.ReadDocumentAnchors(documentDir); err != nil {
			return control.CardInfo{}, err
		}
	}
	readers := pcsc.New(slog.New(slog.DiscardHandler))
	if q.Reader == "" {
		name, err := control.FirstCard(ctx, readers, cardPatience)
		if err != nil {
			return control.CardInfo{}, err
		}
		q.Reader = name
	}
	return control.Bench{Readers: readers, Anchors: anchors, Now: time.Now()}.ReadCard(ctx, q)
}

func describe(out io.Writer, i control.CardInfo) {
	say := func(name, format string, args ...any) {
		fmt.Fprintf(out, "%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	say("card", "%s, %s (SHA-256, enrols an officer)", i.Kind, i.Fingerprint)
	if i.Complete() {
		c := i.Certificate
		say("certificate", "%s, key of %d bit", c.SHA256, c.KeyBits)
		say("issuer", "%s", c.Issuer)
		say("valid", "%s to %s", c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
	} else {
		say("certificate", "a CIE shows it after its PIN")
	}
	say("chain", "%s", chain(i.Chain, "the certificate", "--anchors"))
	if i.DocumentSigner != "" {
		say("documents", "%s", chain(i.DocumentSigner, "who signed what the card holds", "--document-anchors"))
	}
	if r := i.Revocation; r != nil {
		say("revocation", "%s", revocation(*r))
	}
	if i.PIN != nil {
		say("PIN", "%s, attempts left: %s", word(i.PIN.OK, "accepted", "refused"), attempts(i.PIN.Left))
		say("signature", "%s", word(i.SignatureVerified, "verified with the certificate", "not verified"))
	}
	if i.NIS != "" {
		say("NIS", "%s", i.NIS)
	}
	if i.TaxCode != "" {
		say("holder", "%s %s, %s, card %s", i.GivenName, i.Surname, i.TaxCode, i.CardID)
	}
	say("exchange", "%d APDUs, %d bytes up, %d down, %d ms", i.APDUs, i.BytesUp, i.BytesDown, i.Millis)
}

func revocation(r control.RevocationInfo) string {
	if r.CheckedAt.IsZero() {
		return string(r.State) + ": nobody could be asked"
	}
	return fmt.Sprintf("%s, by %s of %s", r.State, r.By, r.CheckedAt.Local().Format("2006-01-02 15:04"))
}

// chain says what was judged, and how it can be.
func chain(c smartcard.Chain, what, flag string) string {
	if c == smartcard.ChainUnchecked {
		return fmt.Sprintf("unchecked: there was nothing to check %s against; give %s DIR", what, flag)
	}
	return string(c)
}

func attempts(n int) string {
	if n < 0 {
		return "the card does not say"
	}
	return fmt.Sprint(n)
}
