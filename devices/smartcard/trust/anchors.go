package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// leadersFolder is the folder, inside one of anchors, of authorities that are
// not believed by themselves and only lead to an anchor. Without it no card
// whose authority stands below a root could be judged: a card carries its own
// certificate and no other.
const leadersFolder = "intermediates"

// Anchors are the certification authorities that the terminal believes, those of
// citizens and those of who signs documents apart. A nil *Anchors means that
// there is nothing to check against: chains are unchecked. A set without any
// authority believes nobody: every chain is untrusted.
type Anchors struct {
	citizens, signers authorities
}

// ReadAnchors reads every visible file of a folder as PEM certificates of
// authorities. Each is an anchor, whether it signed itself or not: that is how
// the trusted list names them (ETSI TS 119 612 §5.5.3). Those in the folder
// "intermediates" inside it are none, and only lead to one. An empty folder
// gives an empty set. The error names every file that is not what it should be,
// not only the first.
func ReadAnchors(dir string) (*Anchors, error) {
	all, err := readAuthorities(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the trust anchors: %w", err)
	}
	return &Anchors{citizens: *all}, nil
}

// ReadDocumentAnchors adds the folder of those who issue the certificates of
// document signers (CSCA, ICAO 9303-12), read as [ReadAnchors] does.
func (a *Anchors) ReadDocumentAnchors(dir string) error {
	all, err := readAuthorities(dir)
	if err != nil {
		return fmt.Errorf("reading the document anchors: %w", err)
	}
	a.signers = *all
	return nil
}

// Len returns the number of anchors: those of citizens' cards, and those of
// document signers.
func (a *Anchors) Len() (citizens, documents int) {
	if a == nil {
		return 0, 0
	}
	return len(a.citizens.anchors), len(a.signers.anchors)
}

// Role is what an authority is believed for.
type Role string

const (
	ForCards     Role = "cards"        // it issues citizens' cards
	ForDocuments Role = "documents"    // it issues the certificates of document signers
	Between      Role = "intermediate" // it leads to an anchor, and is none
)

// Authority is one certificate that was provisioned.
type Authority struct {
	Role        Role
	Certificate *x509.Certificate
}

// All lists every authority, in the order in which they were read.
func (a *Anchors) All() []Authority {
	if a == nil {
		return nil
	}
	var all []Authority
	list := func(role Role, certs []*x509.Certificate) {
		for _, c := range certs {
			all = append(all, Authority{role, c})
		}
	}
	list(ForCards, a.citizens.anchors)
	list(ForDocuments, a.signers.anchors)
	list(Between, a.citizens.leaders)
	list(Between, a.signers.leaders)
	return all
}

// authorities are anchors and the authorities that lead to them.
type authorities struct {
	anchors, leaders []*x509.Certificate
	roots, between   *x509.CertPool
}

func newAuthorities() *authorities {
	return &authorities{roots: x509.NewCertPool(), between: x509.NewCertPool()}
}

func readAuthorities(dir string) (*authorities, error) {
	all := newAuthorities()
	err := all.read(dir, true)
	if between := filepath.Join(dir, leadersFolder); err == nil {
		if err = all.read(between, false); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (a *authorities) read(dir string, anchors bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var problems []error
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		data, err := os.ReadFile(path)
		if err == nil {
			err = a.add(data, anchors)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("reading %s: %w", path, err))
		}
	}
	return errors.Join(problems...)
}

func (a *authorities) add(data []byte, anchors bool) error {
	found := false
	for len(bytes.TrimSpace(data)) > 0 {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("holds a %s, want only CERTIFICATE", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		if !cert.BasicConstraintsValid || !cert.IsCA {
			return fmt.Errorf("%q is not the certificate of an authority", cert.Subject)
		}
		if anchors {
			a.roots.AddCert(cert)
			a.anchors = append(a.anchors, cert)
		} else {
			a.between.AddCert(cert)
			a.leaders = append(a.leaders, cert)
		}
		found = true
	}
	if !found {
		return errors.New("holds no PEM certificate")
	}
	return nil
}
