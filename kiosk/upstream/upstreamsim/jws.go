package upstreamsim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

var b64 = base64.RawURLEncoding.Strict()

// keyLeast is the shortest RSA modulus accepted, bits (NIST SP 800-131A).
const keyLeast = 2048

// openJWS verifies a compact JWS made by a card (RFC 7515 §5.2): RS256, the
// expected typ, and the signature with the key of the certificate in x5c.
// Whether that certificate means anything is checkCard's to say.
func openJWS(compact []byte, typ string) (payload []byte, cert *x509.Certificate, err error) {
	parts := bytes.Split(compact, []byte("."))
	if len(parts) != 3 {
		return nil, nil, errors.New("not three parts")
	}
	var raw [3][]byte
	for i, p := range parts {
		if raw[i], err = b64.AppendDecode(nil, p); err != nil {
			return nil, nil, fmt.Errorf("part %d is not base64url", i)
		}
	}
	var header struct {
		Alg  string   `json:"alg"`
		Typ  string   `json:"typ"`
		X5C  [][]byte `json:"x5c"`
		Crit []string `json:"crit"`
	}
	if err := json.Unmarshal(raw[0], &header); err != nil {
		return nil, nil, errors.New("header is not as it should be")
	}
	if header.Alg != "RS256" || header.Typ != typ || len(header.Crit) != 0 || len(header.X5C) == 0 {
		return nil, nil, errors.New("header does not say RS256, the right typ and x5c")
	}
	cert, err = x509.ParseCertificate(header.X5C[0])
	if err != nil {
		return nil, nil, errors.New("x5c does not hold a certificate")
	}
	pub, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || pub.N.BitLen() < keyLeast {
		return nil, nil, errors.New("not an RSA key of sufficient length")
	}
	signed := compact[:len(parts[0])+1+len(parts[1])]
	digest := sha256.Sum256(signed)
	if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], raw[2]); err != nil {
		return nil, nil, errors.New("signature does not verify")
	}
	return raw[1], cert, nil
}

// sealJWS makes a compact JWS with ES256 (RFC 7518 §3.4): the signature is r
// and s, 32 bytes each.
func sealJWS(typ string, claims any, key *ecdsa.PrivateKey) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": "ES256", "typ": typ})
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
