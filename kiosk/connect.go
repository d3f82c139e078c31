package kiosk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"pue/kiosk/config"
	"pue/kiosk/upstream"
)

// Who submissions go to, by the names of the catalogue.
const (
	inpsSide   = "inps"
	comuneSide = "comune"
)

// side is what the config says of one authority.
type side struct {
	name, url, ca, certificate, key, confirmation string
	sealingKeys                                   []config.SealingKey
}

// sides are the authorities that the config names, INPS first.
func sides(c *config.Config) []side {
	all := []side{{
		inpsSide, c.INPS.URL, c.INPS.CA, c.INPS.Certificate, c.INPS.Key, c.INPS.Confirmation, c.INPS.SealingKeys,
	}}
	if m := c.Comune; m.There() {
		all = append(all, side{comuneSide, m.URL, m.CA, m.Certificate, m.Key, m.Confirmation, m.SealingKeys})
	}
	return all
}

// dialFunc is how a connection begins.
type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// connect reads the keys that the config names and makes the client of one
// authority. It does not touch the network.
func connect(c *config.Config, s side, dial dialFunc, log *slog.Logger) (*upstream.Client, error) {
	pair, err := tls.LoadX509KeyPair(s.certificate, s.key)
	if err != nil {
		return nil, fmt.Errorf("%[1]s.certificate and %[1]s.key: %w", s.name, err)
	}
	ca, err := os.ReadFile(s.ca)
	if err != nil {
		return nil, fmt.Errorf("%s.ca: %w", s.name, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s.ca: %s holds no certificate in PEM form", s.name, s.ca)
	}
	seal, err := s.readSealingKeys()
	if err != nil {
		return nil, err
	}
	confirmation, err := readCertificate(s.confirmation)
	if err != nil {
		return nil, fmt.Errorf("%s.confirmation: %w", s.name, err)
	}
	client, err := upstream.New(upstream.Options{
		Destination: s.name,
		URL:         s.url, Certificate: pair, CA: pool, SealingKeys: seal, Confirmation: confirmation,
		Terminal: c.Terminal.ID, ISTAT: c.Terminal.ISTAT, Log: log, ClockTrusted: clockSynchronised,
		Dial: dial,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	// Without a key the terminal starts all the same: reading needs none.
	switch sealing, err := client.Sealing(time.Now()); {
	case err != nil:
		log.Error("no application can be sealed", "destination", s.name, "err", err)
	case sealing.Warn:
		log.Warn("the last sealing key ends soon", "destination", s.name, "key_id", sealing.KeyID, "until", sealing.Until)
	}
	return client, nil
}

// readSealingKeys reads the files and days that the config names.
func (s side) readSealingKeys() ([]upstream.SealingKey, error) {
	var keys []upstream.SealingKey
	for i, k := range s.sealingKeys {
		data, err := os.ReadFile(k.File)
		if err != nil {
			return nil, fmt.Errorf("%s.sealing_keys[%d]: %w", s.name, i+1, err)
		}
		from, until, err := k.Span()
		if err != nil {
			return nil, fmt.Errorf("%s.sealing_keys[%d]: %w", s.name, i+1, err)
		}
		keys = append(keys, upstream.SealingKey{PEM: data, From: from, Until: until})
	}
	return keys, nil
}

func readCertificate(path string) (*x509.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", path)
	}
	return x509.ParseCertificate(block.Bytes)
}
