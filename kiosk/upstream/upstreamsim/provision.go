package upstreamsim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	longLife  = 10 * 365 * 24 * time.Hour
	shortLife = 2 * 365 * 24 * time.Hour
	// renewal leaves a terminal that is set up today a month of use.
	renewal = 30 * 24 * time.Hour
)

// Provision writes into dir what the named terminal needs to reach this
// reference side under the given host names and addresses (ca.pem,
// terminal.pem, terminal-key.pem, confirmation.pem, catalogue.pem and the sealing
// keys that SealingKeys lists), and into the folder inps below it what New needs. What is
// there and fits stays as it is: keys never change, so that what was sealed and
// filed yesterday holds today.
func Provision(dir, terminal string, hosts ...string) error {
	if terminal == "" || len(hosts) == 0 {
		return errors.New("provisioning needs a terminal and a host")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, secretFolder), 0o700); err != nil {
		return err
	}
	p := &provisioner{dir: dir}
	p.authority()
	p.issue(serverFile, serverKeyFile, serverCertificate(hosts), func(c *x509.Certificate) bool {
		return !slices.ContainsFunc(hosts, func(h string) bool { return c.VerifyHostname(h) != nil })
	})
	p.issue(terminalFile, terminalKeyFile, terminalCertificate(terminal), func(c *x509.Certificate) bool {
		return c.Subject.CommonName == terminal
	})
	p.issue(confirmationFile, confirmationKeyFile, confirmationCertificate(), func(*x509.Certificate) bool { return true })
	p.issue(catalogueFile, catalogueKeyFile, catalogueCertificate(), func(*x509.Certificate) bool { return true })
	p.sealing()
	if p.err != nil {
		return fmt.Errorf("provisioning: %w", p.err)
	}
	return nil
}

// provisioner does one step after the other until the first error.
type provisioner struct {
	dir   string
	ca    *x509.Certificate
	caKey *ecdsa.PrivateKey
	err   error
}

func (p *provisioner) authority() {
	p.caKey = key(p, caKeyFile, newECDSA)
	if p.err != nil {
		return
	}
	p.ca, p.err = readCertificate(p.path(caFile))
	if !errors.Is(p.err, fs.ErrNotExist) {
		return
	}
	template := certificate("Reference INPS side CA", longLife)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	p.ca, p.err = p.sign(caFile, template, template, p.caKey.Public())
}

// issue leaves a certificate that is valid and fits, and signs another
// otherwise.
func (p *provisioner) issue(certFile, keyFile string, template *x509.Certificate, fits func(*x509.Certificate) bool) {
	k := key(p, keyFile, newECDSA)
	if p.err != nil {
		return
	}
	have, err := readCertificate(p.path(certFile))
	if err == nil && have.CheckSignatureFrom(p.ca) == nil && k.PublicKey.Equal(have.PublicKey) &&
		time.Now().Before(have.NotAfter.Add(-renewal)) && fits(have) {
		return
	}
	_, p.err = p.sign(certFile, template, p.ca, k.Public())
}

func (p *provisioner) sign(file string, template, parent *x509.Certificate, pub crypto.PublicKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, p.caKey)
	if err != nil {
		return nil, err
	}
	if err := p.write(file, "CERTIFICATE", der, 0o644); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// key loads a private key, or makes and keeps one.
func key[K any](p *provisioner, file string, generate func() (K, error)) K {
	var k K
	if p.err != nil {
		return k
	}
	k, err := readKey[K](p.path(file))
	if !errors.Is(err, fs.ErrNotExist) {
		p.err = err
		return k
	}
	if k, p.err = generate(); p.err != nil {
		return k
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		p.err = err
		return k
	}
	p.err = p.write(file, "PRIVATE KEY", der, 0o600)
	return k
}

func (p *provisioner) path(file string) string { return filepath.Join(p.dir, file) }

func (p *provisioner) write(file, kind string, der []byte, mode fs.FileMode) error {
	return p.place(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

// place puts the file in place whole or not at all.
func (p *provisioner) place(file string, data []byte, mode fs.FileMode) error {
	draft := p.path(file) + ".new"
	if err := os.WriteFile(draft, data, mode); err != nil {
		return err
	}
	return os.Rename(draft, p.path(file))
}

func newECDSA() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func certificate(name string, life time.Duration) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name, Country: []string{"IT"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

func serverCertificate(hosts []string) *x509.Certificate {
	c := certificate("Reference INPS side", shortLife)
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	return c
}

func terminalCertificate(terminal string) *x509.Certificate {
	c := certificate(terminal, shortLife)
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return c
}

func confirmationCertificate() *x509.Certificate {
	c := certificate("Reference INPS side, confirmations", longLife)
	c.KeyUsage |= x509.KeyUsageContentCommitment
	return c
}

func catalogueCertificate() *x509.Certificate {
	return certificate("Reference INPS side, catalogues", longLife)
}
