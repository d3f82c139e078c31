package smartcard

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1" // the digests that security objects use
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/subtle"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
)

// dataGroup is what the security object of a CIE calls a file.
type dataGroup byte

const (
	groupNIS         dataGroup = 0xA1
	groupDocument    dataGroup = 0xA2
	groupCertificate dataGroup = 0xA3
	groupChipKey     dataGroup = 0xA4
	groupServiceKey  dataGroup = 0xA5
	groupDH          dataGroup = 0x1B
)

// securityObject is EF.SOD of a CIE: the hashes of its files, signed by the
// document signer (ICAO Doc 9303-10 §4.6.2).
type securityObject struct {
	hash   crypto.Hash
	hashes map[dataGroup][]byte
	signer *x509.Certificate // its signature was checked, its own chain was not
}

var (
	oidSignedData     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidSecurityObject = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 1}
	oidContentType    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidRSA            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
)

// digests are the ones that security objects are seen with, and nothing weaker.
var digests = map[string]crypto.Hash{
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// signatures name a digest together with RSA or ECDSA. The oldest document
// signers signed with SHA-1 what they had hashed with SHA-256.
var signatures = map[string]crypto.Hash{
	"1.2.840.113549.1.1.5":  crypto.SHA1,
	"1.2.840.113549.1.1.11": crypto.SHA256,
	"1.2.840.113549.1.1.12": crypto.SHA384,
	"1.2.840.113549.1.1.13": crypto.SHA512,
	"1.2.840.10045.4.3.2":   crypto.SHA256,
	"1.2.840.10045.4.3.3":   crypto.SHA384,
	"1.2.840.10045.4.3.4":   crypto.SHA512,
}

// The parts of a signed message (RFC 5652 §5) and of the object in it, as far
// as a card may use them.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      asn1.RawValue
		Encapsulated encapsulated
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		CRLs         asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	encapsulated struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	signerInfo struct {
		Version    int
		Identifier asn1.RawValue
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue `asn1:"optional,tag:0"`
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
		Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	hashList struct {
		Version int
		Digest  pkix.AlgorithmIdentifier
		Hashes  []struct {
			Group int // A1 may be one byte, which DER reads as -95
			Hash  []byte
		}
		Info asn1.RawValue `asn1:"optional"`
	}
)

// parseSecurityObject reads EF.SOD and checks the signature in it. What it
// cannot read is ErrUnreadable, a signature that is none ErrInconsistent.
func parseSecurityObject(file []byte) (*securityObject, error) {
	content, err := find(file, tagSOD)
	if err != nil {
		return nil, err
	}
	var info contentInfo
	var data signedData
	if err := decode(content, &info); err != nil {
		return nil, err
	}
	if err := decode(info.Content.Bytes, &data); err != nil {
		return nil, err
	}
	if !info.Type.Equal(oidSignedData) || !data.Encapsulated.Type.Equal(oidSecurityObject) || len(data.Signers) != 1 {
		return nil, fmt.Errorf("file is not the security object of a document: %w", ErrUnreadable)
	}
	object, err := parseHashes(data.Encapsulated.Content)
	if err != nil {
		return nil, err
	}
	signer := data.Signers[0]
	object.signer, err = signer.certificate(data.Certificates.Bytes)
	if err != nil {
		return nil, err
	}
	if err := signer.verify(object.signer, data.Encapsulated.Content); err != nil {
		return nil, fmt.Errorf("checking the signature of the security object: %w", err)
	}
	return object, nil
}

// decode reads DER, all of it.
func decode(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err != nil {
		return errors.Join(ErrUnreadable, err)
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes follow what should be the end: %w", len(rest), ErrUnreadable)
	}
	return nil
}

func parseHashes(der []byte) (*securityObject, error) {
	var list hashList
	if err := decode(der, &list); err != nil {
		return nil, err
	}
	o := &securityObject{hash: digests[list.Digest.Algorithm.String()], hashes: map[dataGroup][]byte{}}
	if o.hash == 0 {
		return nil, fmt.Errorf("files are hashed by no known algorithm: %w", ErrUnreadable)
	}
	for _, h := range list.Hashes {
		group := dataGroup(h.Group)
		if h.Group < -128 || h.Group > 255 || len(h.Hash) != o.hash.Size() || o.hashes[group] != nil {
			return nil, fmt.Errorf("hash of data group %d makes no sense: %w", h.Group, ErrUnreadable)
		}
		o.hashes[group] = h.Hash
	}
	return o, nil
}

// certificate finds the certificate by which the signer is named.
func (s *signerInfo) certificate(all []byte) (*x509.Certificate, error) {
	certs, err := x509.ParseCertificates(all)
	if err != nil {
		return nil, errors.Join(ErrUnreadable, err)
	}
	for _, cert := range certs {
		if s.names(cert) {
			return cert, nil
		}
	}
	return nil, fmt.Errorf("certificate of the document signer is missing: %w", ErrUnreadable)
}

// names reports whether the identifier is cert's issuer with its number, or its
// key identifier (RFC 5652 §5.3).
func (s *signerInfo) names(cert *x509.Certificate) bool {
	if s.Identifier.Class == asn1.ClassContextSpecific && s.Identifier.Tag == 0 {
		return bytes.Equal(s.Identifier.Bytes, cert.SubjectKeyId)
	}
	number, err := asn1.Marshal(cert.SerialNumber)
	return err == nil && s.Identifier.Tag == asn1.TagSequence && s.Identifier.Class == asn1.ClassUniversal &&
		bytes.Equal(s.Identifier.Bytes, append(bytes.Clone(cert.RawIssuer), number...))
}

// verify checks the signature over the attributes, and that they speak of
// content (RFC 5652 §5.4 and §5.6).
func (s *signerInfo) verify(cert *x509.Certificate, content []byte) error {
	hash := digests[s.Digest.Algorithm.String()]
	if hash == 0 || len(s.Attributes.FullBytes) == 0 {
		return fmt.Errorf("message is signed by no known rule: %w", ErrUnreadable)
	}
	signed := bytes.Clone(s.Attributes.FullBytes)
	signed[0] = 0x31 // what is signed is a SET, what is sent is [0]
	if err := s.verifyWith(cert.PublicKey, hash, signed); err != nil {
		return err
	}
	var attributes []attribute
	if _, err := asn1.UnmarshalWithParams(signed, &attributes, "set"); err != nil {
		return errors.Join(ErrUnreadable, err)
	}
	kind, err := asn1.Marshal(oidSecurityObject)
	if err != nil {
		return err
	}
	sum, err := asn1.Marshal(digest(hash, content))
	if err != nil {
		return err
	}
	if !states(attributes, oidContentType, kind) || !states(attributes, oidMessageDigest, sum) {
		return fmt.Errorf("signature is over something else: %w", ErrInconsistent)
	}
	return nil
}

// verifyWith checks the signature over signed. Algorithms that name no digest go
// with the one of the message.
func (s *signerInfo) verifyWith(public any, message crypto.Hash, signed []byte) error {
	hash, named := signatures[s.Algorithm.Algorithm.String()]
	switch {
	case s.Algorithm.Algorithm.Equal(oidPSS), s.Algorithm.Algorithm.Equal(oidRSA):
		hash = message
	case !named:
		return fmt.Errorf("message is signed by no known rule: %w", ErrUnreadable)
	}
	sum := digest(hash, signed)
	good := false
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(key, sum, s.Signature)
	case *rsa.PublicKey:
		if s.Algorithm.Algorithm.Equal(oidPSS) {
			options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: hash}
			good = rsa.VerifyPSS(key, hash, sum, s.Signature, options) == nil
		} else {
			good = rsa.VerifyPKCS1v15(key, hash, sum, s.Signature) == nil
		}
	default:
		return fmt.Errorf("document signer has a key of no known kind: %w", ErrUnreadable)
	}
	if !good {
		return fmt.Errorf("signature is not the document signer's: %w", ErrInconsistent)
	}
	return nil
}

// states reports whether the attribute is there once, with this one value.
func states(attributes []attribute, kind asn1.ObjectIdentifier, value []byte) bool {
	found := 0
	for _, a := range attributes {
		if !a.Type.Equal(kind) {
			continue
		}
		if len(a.Values) != 1 || !bytes.Equal(a.Values[0].FullBytes, value) {
			return false
		}
		found++
	}
	return found == 1
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// confirm compares data with the hash of their group. A group that the object
// does not list is confirmed by nobody.
func (o *securityObject) confirm(group dataGroup, data []byte) error {
	if subtle.ConstantTimeCompare(digest(o.hash, data), o.hashes[group]) != 1 {
		return fmt.Errorf("data group %X is not what was signed: %w", byte(group), ErrInconsistent)
	}
	return nil
}
