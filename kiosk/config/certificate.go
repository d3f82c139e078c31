package config

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
)

// ReadCertificate reads the certificate (PEM) in a file that the config, or who
// speaks for it, names. What cannot be read is a [fs.PathError].
func ReadCertificate(path string) (*x509.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, &fs.PathError{Op: "reading", Path: path, Err: errors.New("no certificate in PEM form")}
	}
	return x509.ParseCertificate(block.Bytes)
}
