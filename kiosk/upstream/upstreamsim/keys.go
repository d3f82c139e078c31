package upstreamsim

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// What a terminal gets, and what only INPS has, in a folder of its own.
const (
	caFile           = "ca.pem"
	terminalFile     = "terminal.pem"
	terminalKeyFile  = "terminal-key.pem"
	sealingListFile  = "sealing.json"
	confirmationFile = "confirmation.pem"
	catalogueFile    = "catalogue.pem"

	secretFolder        = "inps"
	caKeyFile           = secretFolder + "/ca-key.pem"
	serverFile          = secretFolder + "/server.pem"
	serverKeyFile       = secretFolder + "/server-key.pem"
	confirmationKeyFile = secretFolder + "/confirmation-key.pem"
	catalogueKeyFile    = secretFolder + "/catalogue-key.pem"
)

// keys are the server's own.
type keys struct {
	server       tls.Certificate
	terminals    *x509.CertPool    // whom device certificates must come from
	sealing      map[string]opener // by the id of the key
	confirmation *ecdsa.PrivateKey
	// confirmationName is how a header names the certificate of that key.
	confirmationName map[string]any
	pdnd             *rsa.PublicKey // of the PDND's client; nil: there is no PDND
}

// pdndSigner signs vouchers. That the PDND shares a key with the web server is
// nothing that a terminal can see.
func (k keys) pdndSigner() *ecdsa.PrivateKey { return k.server.PrivateKey.(*ecdsa.PrivateKey) }

func loadKeys(dir string) (keys, error) {
	server, err := tls.LoadX509KeyPair(filepath.Join(dir, serverFile), filepath.Join(dir, serverKeyFile))
	if err != nil {
		return keys{}, err
	}
	ca, err := readCertificate(filepath.Join(dir, caFile))
	if err != nil {
		return keys{}, err
	}
	k := keys{server: server, terminals: x509.NewCertPool()}
	k.terminals.AddCert(ca)
	if k.sealing, err = loadOpeners(dir); err != nil {
		return keys{}, err
	}
	cert, err := readCertificate(filepath.Join(dir, confirmationFile))
	if err != nil {
		return keys{}, err
	}
	if k.pdnd, err = loadPDND(dir); err != nil {
		return keys{}, err
	}
	sum := thumbprint(cert)
	k.confirmationName = map[string]any{"x5t#S256": b64.EncodeToString(sum[:])}
	k.confirmation, err = readKey[*ecdsa.PrivateKey](filepath.Join(dir, confirmationKeyFile))
	return k, err
}

func readPEM(path, kind string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s: not a PEM %s", path, kind)
	}
	return block.Bytes, nil
}

func readCertificate(path string) (*x509.Certificate, error) {
	der, err := readPEM(path, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return cert, nil
}

// readKey reads a PKCS #8 key of the kind that is expected.
func readKey[K any](path string) (K, error) {
	var none K
	der, err := readPEM(path, "PRIVATE KEY")
	if err != nil {
		return none, err
	}
	// PKCS #8 of an X25519 key gives *ecdh.PrivateKey (RFC 8410 §7).
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	k, ok := key.(K)
	if !ok {
		return none, fmt.Errorf("%s: %w", path, errors.New("a key of another kind"))
	}
	return k, nil
}
