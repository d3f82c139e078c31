package catalog

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	bundleType   = "pue-catalogue+jws"
	bundleSchema = "pue-catalogue/1"
	// bundleLargest is forty times what the services of today need, in bytes.
	bundleLargest = 2 << 20
)

// Why a bundle is refused, beside services that are not sound.
var (
	ErrUntrusted = errors.New("not signed by the key of this terminal's catalogue")
	ErrNotNewer  = errors.New("not newer than the catalogue in use")
	ErrTooLarge  = errors.New("larger than a catalogue may be")
	ErrNoSigner  = errors.New("no certificate for catalogues is configured")
	ErrNotKept   = errors.New("the catalogue cannot be kept here") // which says nothing against it
)

// Bundle is a catalogue that was signed, and when.
type Bundle struct {
	Catalog  *Catalog
	IssuedAt time.Time
}

// OpenBundle believes a compact JWS (RFC 7515) of a catalogue if the key of the
// certificate signed it, and if every service in it works in this program. It is
// the key that is pinned: the certificate's dates do not count, so that a
// terminal with a wrong clock keeps its services.
func OpenBundle(compact []byte, signer *x509.Certificate) (Bundle, error) {
	if len(compact) > bundleLargest {
		return Bundle{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(compact))
	}
	payload, err := verify(compact, signer)
	if err != nil {
		return Bundle{}, err
	}
	b, err := readPayload(payload)
	if err != nil {
		return Bundle{}, err
	}
	c, err := assemble(b.Version, b.Services)
	if err != nil {
		return Bundle{}, err
	}
	return Bundle{c, b.IssuedAt.UTC()}, nil
}

// bundlePayload is what is signed: each service is the text of its YAML file.
type bundlePayload struct {
	Schema   string    `json:"schema"`
	Version  int       `json:"version"`
	IssuedAt time.Time `json:"issued_at"`
	Services []string  `json:"services"`
}

func readPayload(payload []byte) (b bundlePayload, err error) {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return b, fmt.Errorf("reading the bundle: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return b, errors.New("reading the bundle: something follows it")
	}
	if b.Schema != bundleSchema || b.IssuedAt.IsZero() {
		return b, fmt.Errorf("reading the bundle: its form is %q, not %q, or it has no date", b.Schema, bundleSchema)
	}
	return b, nil
}

// verify returns what the key signed, in the one algorithm that belongs to it.
// What the JWS itself says about keys and algorithms decides nothing (RFC 8725
// §3.1, §3.10).
func verify(compact []byte, signer *x509.Certificate) ([]byte, error) {
	alg, err := algorithm(signer)
	if err != nil {
		return nil, err
	}
	jws, err := jose.ParseSignedCompact(string(compact), []jose.SignatureAlgorithm{alg})
	if err != nil {
		return nil, fmt.Errorf("%w: not a compact JWS with %s", ErrUntrusted, alg)
	}
	payload, err := jws.Verify(signer.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("%w: the signature does not verify", ErrUntrusted)
	}
	header := jws.Signatures[0].Protected.ExtraHeaders
	if typ, _ := header[jose.HeaderType].(string); typ != bundleType {
		return nil, fmt.Errorf("%w: signed, but as something else", ErrUntrusted)
	}
	// No extension is part of this form, the unencoded payload neither (RFC 7797),
	// which the library would follow (RFC 7515 §4.1.11).
	for _, extension := range []jose.HeaderKey{"crit", "b64"} {
		if _, there := header[extension]; there {
			return nil, fmt.Errorf("%w: the header asks for %q", ErrUntrusted, extension)
		}
	}
	return payload, nil
}

func algorithm(signer *x509.Certificate) (jose.SignatureAlgorithm, error) {
	switch key := signer.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return jose.ES256, nil
		}
	case *rsa.PublicKey:
		if key.N.BitLen() >= 2048 {
			return jose.RS256, nil
		}
	}
	return "", errors.New("the key of the catalogue's certificate is neither on P-256 nor RSA of 2048 bits")
}
