package upstreamsim

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.yaml.in/yaml/v3"
)

// ReadCatalogueKey reads a key that signs catalogues.
func ReadCatalogueKey(file string) (*ecdsa.PrivateKey, error) {
	return readKey[*ecdsa.PrivateKey](file)
}

// PackCatalogue signs the services of a folder: catalog.yaml has their version
// and order, <id>.yaml is each of them. Whether they work is the terminal's to
// judge.
func PackCatalogue(dir fs.FS, key *ecdsa.PrivateKey, at time.Time) ([]byte, error) {
	src, err := fs.ReadFile(dir, "catalog.yaml")
	if err != nil {
		return nil, err
	}
	var order struct {
		Version  int      `yaml:"version"`
		Services []string `yaml:"services"`
	}
	if err := yaml.Unmarshal(src, &order); err != nil {
		return nil, fmt.Errorf("catalog.yaml: %w", err)
	}
	if order.Version < 1 || len(order.Services) == 0 {
		return nil, errors.New("catalog.yaml: it names no version or no services")
	}
	bundle := struct {
		Schema   string    `json:"schema"`
		Version  int       `json:"version"`
		IssuedAt time.Time `json:"issued_at"`
		Services []string  `json:"services"`
	}{"pue-catalogue/1", order.Version, at.UTC().Truncate(time.Second), nil}
	for _, id := range order.Services {
		src, err := fs.ReadFile(dir, id+".yaml")
		if err != nil {
			return nil, err
		}
		bundle.Services = append(bundle.Services, string(src))
	}
	jws, err := sealJWS("pue-catalogue+jws", bundle, key)
	if err != nil {
		return nil, fmt.Errorf("signing the catalogue: %w", err)
	}
	return []byte(jws), nil
}
