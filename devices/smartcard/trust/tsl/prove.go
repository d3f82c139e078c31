package tsl

import (
	"bytes"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

const (
	// MaxSize is the longest list that is read, in bytes; the Italian one has a few
	// megabytes.
	MaxSize = 16 << 20
	// maxDepth bounds how deep elements stand in each other; a list needs 20.
	maxDepth = 64
)

// strong are the algorithms of a signature that still proves something. The
// library would take SHA-1 as well.
var strong = []string{
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
	"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
}

// prove returns the bytes of the list that one of the signers has signed, and
// nothing else of the data (XML Signature §3.2): what was not signed is gone.
func prove(data []byte, signers []*x509.Certificate, now time.Time) ([]byte, error) {
	if err := harmless(data); err != nil {
		return nil, err
	}
	file := etree.NewDocument()
	if err := file.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("reading the list: %w", err)
	}
	root := file.Root()
	if err := oneSignature(root); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	proof := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: signers})
	proof.IdAttribute = "Id"
	proof.Clock = dsig.NewFakeClockAt(now)
	signed, err := proof.Validate(root)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if signed == nil || signed.Tag != root.Tag {
		return nil, fmt.Errorf("%w: it is about something else", ErrSignature)
	}
	out := etree.NewDocument()
	out.SetRoot(signed)
	return out.WriteToBytes()
}

// harmless refuses what no list has, before anything is built of it: a document
// type, with which entities come in, and elements without end.
func harmless(data []byte) error {
	if len(data) > MaxSize {
		return fmt.Errorf("%w: it has more than %d bytes", ErrOther, MaxSize)
	}
	tokens, depth := xml.NewDecoder(bytes.NewReader(data)), 0
	for {
		token, err := tokens.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrOther, err)
		}
		switch token.(type) {
		case xml.Directive:
			return fmt.Errorf("%w: it has a document type", ErrOther)
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if depth > maxDepth {
			return fmt.Errorf("%w: its elements stand more than %d deep in each other", ErrOther, maxDepth)
		}
	}
}

// oneSignature demands a single signature, right below the list, made with
// algorithms that still prove something. A second one elsewhere could be what is
// checked, while the list is what is read.
func oneSignature(root *etree.Element) error {
	if root == nil {
		return errors.New("there is no list")
	}
	all := ofSignatures(root)
	var signature *etree.Element
	for _, e := range all {
		if e.Tag != dsig.SignatureTag {
			continue
		}
		if signature != nil || e.Parent() != root {
			return errors.New("there is more than the one signature of the list")
		}
		signature = e
	}
	if signature == nil {
		return errors.New("there is no signature")
	}
	for _, e := range all {
		if e.Tag != dsig.SignatureMethodTag && (e.Tag != dsig.DigestMethodTag || e.Parent().Parent().Tag != dsig.SignedInfoTag) {
			continue
		}
		if algorithm := e.SelectAttrValue(dsig.AlgorithmAttr, ""); !slices.Contains(strong, algorithm) {
			return fmt.Errorf("%q proves nothing any more", algorithm)
		}
	}
	return nil
}

// ofSignatures are all elements below e that have to do with signatures.
func ofSignatures(e *etree.Element) []*etree.Element {
	var all []*etree.Element
	for _, child := range e.ChildElements() {
		if child.NamespaceURI() == dsig.Namespace {
			all = append(all, child)
		}
		all = append(all, ofSignatures(child)...)
	}
	return all
}
