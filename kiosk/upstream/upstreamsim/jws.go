package upstreamsim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
)

var b64 = base64.RawURLEncoding.Strict()

// keyLeast is the shortest RSA modulus accepted, bits (NIST SP 800-131A).
const keyLeast = 2048

// openJWS verifies a compact JWS made by a card (RFC 7515 §5.2): RS256, the
// expected typ, and the signature with the key of the certificate in x5c.
// Whether that chain means anything is checkCard's to say.
func openJWS(compact []byte, typ string) (payload []byte, chain []*x509.Certificate, err error) {
	t, err := takeApart(compact, typ)
	if err != nil {
		return nil, nil, err
	}
	if len(t.chain) == 0 {
		return nil, nil, errors.New("header does not say x5c")
	}
	if err := t.verifyRSA(t.chain[0]); err != nil {
		return nil, nil, err
	}
	return t.payload, t.chain, nil
}

// openDeviceJWS is the same for what a terminal signs, whose key may also be on
// the curve P-256. Whether its chain leads anywhere is the caller's to check.
func openDeviceJWS(compact []byte, typ string) (payload []byte, chain []*x509.Certificate, err error) {
	t, err := takeApart(compact, typ)
	if err != nil {
		return nil, nil, err
	}
	if len(t.chain) == 0 {
		return nil, nil, errors.New("header does not say x5c")
	}
	return t.payload, t.chain, t.verify(t.chain[0])
}

// openJWSOf is the same for a key whose certificate is known, and which the header
// names by x5c or x5t#S256.
func openJWSOf(cert *x509.Certificate, compact []byte, typ string) (payload []byte, err error) {
	t, err := takeApart(compact, typ)
	if err != nil {
		return nil, err
	}
	sum := thumbprint(cert)
	named := t.thumbprint == b64.EncodeToString(sum[:])
	if len(t.chain) > 0 {
		named = t.chain[0].Equal(cert)
	}
	if !named {
		return nil, errors.New("header does not name the certificate of the connection")
	}
	return t.payload, t.verify(cert)
}

// verify checks the signature with the algorithm that belongs to the key.
func (t token) verify(cert *x509.Certificate) error {
	if t.alg == "ES256" {
		return t.verifyECDSA(cert)
	}
	return t.verifyRSA(cert)
}

// token is a compact JWS taken apart, of which nothing is believed yet.
type token struct {
	alg        string
	chain      []*x509.Certificate // of x5c
	thumbprint string              // x5t#S256
	kid        string
	payload    []byte
	digest     [sha256.Size]byte // of what is signed
	signature  []byte
}

// chainLongest bounds the certificates of x5c that are read.
const chainLongest = 5

func takeApart(compact []byte, typ string) (token, error) {
	parts := bytes.Split(compact, []byte("."))
	if len(parts) != 3 {
		return token{}, errors.New("not three parts")
	}
	var raw [3][]byte
	for i, p := range parts {
		var err error
		if raw[i], err = b64.AppendDecode(nil, p); err != nil {
			return token{}, fmt.Errorf("part %d is not base64url", i)
		}
	}
	var header struct {
		Alg  string   `json:"alg"`
		Typ  string   `json:"typ"`
		X5C  [][]byte `json:"x5c"`
		X5T  string   `json:"x5t#S256"`
		Kid  string   `json:"kid"`
		Crit []string `json:"crit"`
	}
	if err := json.Unmarshal(raw[0], &header); err != nil {
		return token{}, errors.New("header is not as it should be")
	}
	if header.Typ != typ || len(header.Crit) != 0 || len(header.X5C) > chainLongest {
		return token{}, errors.New("header does not say the right typ")
	}
	t := token{alg: header.Alg, thumbprint: header.X5T, kid: header.Kid, payload: raw[1], signature: raw[2]}
	t.digest = sha256.Sum256(compact[:len(parts[0])+1+len(parts[1])])
	for _, der := range header.X5C {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return token{}, errors.New("x5c does not hold certificates")
		}
		t.chain = append(t.chain, cert)
	}
	return t, nil
}

func (t token) verifyRSA(cert *x509.Certificate) error {
	pub, ok := cert.PublicKey.(*rsa.PublicKey)
	if t.alg != "RS256" || !ok || pub.N.BitLen() < keyLeast {
		return errors.New("not RS256 with an RSA key of sufficient length")
	}
	if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, t.digest[:], t.signature); err != nil {
		return errors.New("signature does not verify")
	}
	return nil
}

// verifyECDSA checks r and s, 32 bytes each (RFC 7518 §3.4).
func (t token) verifyECDSA(cert *x509.Certificate) error {
	pub, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() || len(t.signature) != 64 {
		return errors.New("not ES256 with a key on P-256")
	}
	r, s := new(big.Int).SetBytes(t.signature[:32]), new(big.Int).SetBytes(t.signature[32:])
	if !ecdsa.Verify(pub, t.digest[:], r, s) {
		return errors.New("signature does not verify")
	}
	return nil
}

// sealJWS makes a compact JWS with ES256 (RFC 7518 §3.4): the signature is r
// and s, 32 bytes each.
func sealJWS(typ string, claims any, key *ecdsa.PrivateKey) (string, error) {
	return sealNamedJWS(typ, nil, claims, key)
}

// sealNamedJWS is sealJWS with a name for the key in the header.
func sealNamedJWS(typ string, name map[string]any, claims any, key *ecdsa.PrivateKey) (string, error) {
	fields := map[string]any{"alg": "ES256", "typ": typ}
	maps.Copy(fields, name)
	header, err := json.Marshal(fields)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := b64.EncodeToString(header) + "." + b64.EncodeToString(payload)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + b64.EncodeToString(signature[:]), nil
}
