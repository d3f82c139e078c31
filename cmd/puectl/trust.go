package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"time"

	"pue/devices/smartcard/trust"
	"pue/devices/smartcard/trust/tsl"
)

// Where the example of the configuration puts whom the terminal believes.
const (
	defaultAnchors         = "/etc/pue/anchors"
	defaultDocumentAnchors = "/etc/pue/document-anchors"
)

// imported is what an import did.
type imported struct {
	Into       string    `json:"into"`
	Sequence   int       `json:"sequence"` // of the list
	NextUpdate time.Time `json:"next_update"`
	Added      []string  `json:"added"`
	Kept       []string  `json:"kept"`
	Gone       []string  `json:"gone"`
	Skipped    []string  `json:"skipped"`
}

func trustImport(_ context.Context, args []string, out io.Writer) error {
	f := flags("trust import")
	list := f.String("list", "", "")
	certificate := f.String("certificate", "", "")
	into := f.String("into", "", "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	if *list == "" || *certificate == "" || *into == "" {
		return errUsage
	}
	signers, err := readSigners(*certificate)
	if err != nil {
		return fmt.Errorf("reading who signs the list: %w", err)
	}
	data, err := readList(*list)
	if err != nil {
		return fmt.Errorf("reading the list: %w", err)
	}
	l, err := tsl.Read(data, signers, time.Now())
	if err != nil {
		return fmt.Errorf("proving %s: %w", *list, err)
	}
	change, err := l.Into(*into)
	if err != nil {
		return fmt.Errorf("importing into %s: %w", *into, err)
	}
	i := imported{
		Into: *into, Sequence: l.Sequence, NextUpdate: l.NextUpdate,
		Added: append([]string{}, change.Added...), Kept: append([]string{}, change.Kept...), Gone: append([]string{}, change.Gone...), Skipped: append([]string{}, l.Skipped...),
	}
	if *asJSON {
		return print(out, i)
	}
	for _, part := range []struct {
		what  string
		names []string
	}{{"added", i.Added}, {"kept", i.Kept}, {"gone", i.Gone}, {"skipped", i.Skipped}} {
		for _, name := range part.names {
			fmt.Fprintf(out, "%-8s %s\n", part.what, name)
		}
	}
	fmt.Fprintf(out, "list %d, which holds until %s: %d authorities in %s\n", i.Sequence, i.NextUpdate.Format(time.DateOnly), len(i.Added)+len(i.Kept), i.Into)
	if len(i.Added)+len(i.Gone) > 0 {
		fmt.Fprintln(out, "The terminal takes them up when it starts: systemctl restart pued")
	}
	return nil
}

// readList reads no more than a list may have.
func readList(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, tsl.MaxSize+1))
}

// readSigners reads all certificates of a PEM file.
func readSigners(path string) ([]*x509.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, cert)
	}
	if len(all) == 0 {
		return nil, errors.New("the file holds no certificate in PEM form")
	}
	return all, nil
}

// anchor is one authority as it is shown.
type anchor struct {
	Role     trust.Role `json:"role"`
	Subject  string     `json:"subject"`
	Until    time.Time  `json:"until"`
	DaysLeft int        `json:"days_left"` // negative: it has ended
}

func trustList(_ context.Context, args []string, out io.Writer) error {
	f := flags("trust list")
	cards := f.String("anchors", defaultAnchors, "")
	documents := f.String("document-anchors", "", "")
	asJSON := f.Bool("json", false, "")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	anchors, err := trust.ReadAnchors(*cards)
	if err != nil {
		return err
	}
	switch {
	case *documents != "":
		err = anchors.ReadDocumentAnchors(*documents)
	case *cards == defaultAnchors:
		if err = anchors.ReadDocumentAnchors(defaultDocumentAnchors); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	all := []anchor{}
	for _, a := range anchors.All() {
		end := a.Certificate.NotAfter
		all = append(all, anchor{a.Role, a.Certificate.Subject.String(), end, int(math.Floor(time.Until(end).Hours() / 24))})
	}
	if *asJSON {
		return print(out, all)
	}
	for _, a := range all {
		fmt.Fprintf(out, "%-12s  %s  %s  %s\n", a.Role, a.Until.Format(time.DateOnly), left(a.DaysLeft), a.Subject)
	}
	if forCards, forDocuments := anchors.Len(); forCards == 0 {
		fmt.Fprintln(out, "nobody is believed: no card will do")
	} else if forDocuments == 0 {
		fmt.Fprintln(out, "no document anchors: CNS are believed, CIE are not")
	}
	return nil
}

func left(days int) string {
	if days < 0 {
		return "HAS ENDED"
	}
	return fmt.Sprintf("%d days left", days)
}
