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
	socket := f.String("socket", defaultSocket, "")
	anchors := f.String("anchors", "", "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	q := control.CardQuery{Reader: *reader, Show: *show}
	if *pinStdin {
		var line [64]byte
		defer clear(line[:])
		var err error
		if q.PIN, err = readPIN(os.Stdin, line[:]); err != nil {
			return fmt.Errorf("reading the PIN: %w", err)
		}
	}
	fmt.Fprintln(os.Stderr, "puectl: put the card in now, if it is not in")
	info, err := control.Dial(*socket).CardInfo(ctx, q)
	if errors.Is(err, control.ErrNoDaemon) {
		info, err = readDirectly(ctx, q, *anchors)
	}
	if err != nil {
		return err
	}
	if *asJSON {
		return print(out, info)
	}
	describe(out, info)
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
func readDirectly(ctx context.Context, q control.CardQuery, anchorDir string) (control.CardInfo, error) {
	var anchors *trust.Anchors // nil: nothing to check against
	if anchorDir != "" {
		var err error
		if anchors, err = trust.ReadAnchors(anchorDir); err != nil {
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
	return control.ReadCard(ctx, readers, anchors, time.Now(), q)
}

func describe(out io.Writer, i control.CardInfo) {
	fmt.Fprintf(out, "card         %s, key of %d bit\n", i.Kind, i.Certificate.KeyBits)
	fmt.Fprintf(out, "issuer       %s\n", i.Certificate.Issuer)
	fmt.Fprintf(out, "valid        %s to %s\n", i.Certificate.NotBefore.Format(time.DateOnly), i.Certificate.NotAfter.Format(time.DateOnly))
	fmt.Fprintf(out, "certificate  %s (SHA-256, enrols an officer)\n", i.Certificate.SHA256)
	fmt.Fprintf(out, "chain        %s\n", chain(i.Chain))
	if i.PIN != nil {
		fmt.Fprintf(out, "PIN          %s, attempts left: %s\n", word(i.PIN.OK, "accepted", "refused"), attempts(i.PIN.Left))
		fmt.Fprintf(out, "signature    %s\n", word(i.SignatureVerified, "verified with the certificate", "not verified"))
	}
	if i.TaxCode != "" {
		fmt.Fprintf(out, "holder       %s %s, %s, card %s\n", i.GivenName, i.Surname, i.TaxCode, i.CardID)
	}
	fmt.Fprintf(out, "exchange     %d APDUs, %d bytes up, %d down, %d ms\n", i.APDUs, i.BytesUp, i.BytesDown, i.Millis)
}

// chain says what was judged.
func chain(c smartcard.Chain) string {
	if c == smartcard.ChainUnchecked {
		return "unchecked: there was nothing to check the certificate against; give --anchors DIR"
	}
	return string(c)
}

func attempts(n int) string {
	if n < 0 {
		return "the card does not say"
	}
	return fmt.Sprint(n)
}
