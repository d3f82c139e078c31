package kiosk

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"time"

	"pue/kiosk/config"
	"pue/kiosk/upstream"
)

// connect reads the keys that the config names and makes the client of the INPS
// side. It does not touch the network.
func connect(c *config.Config, log *slog.Logger) (*upstream.Client, error) {
	pair, err := tls.LoadX509KeyPair(c.INPS.Certificate, c.INPS.Key)
	if err != nil {
		return nil, fmt.Errorf("inps.certificate and inps.key: %w", err)
	}
	ca, err := os.ReadFile(c.INPS.CA)
	if err != nil {
		return nil, fmt.Errorf("inps.ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("inps.ca: %s holds no certificate in PEM form", c.INPS.CA)
	}
	seal, err := sealingKeys(c.INPS.SealingKeys)
	if err != nil {
		return nil, err
	}
	confirmation, err := readCertificate(c.INPS.Confirmation)
	if err != nil {
		return nil, fmt.Errorf("inps.confirmation: %w", err)
	}
	client, err := upstream.New(upstream.Options{
		URL: c.INPS.URL, Certificate: pair, CA: pool, SealingKeys: seal, Confirmation: confirmation,
		Terminal: c.Terminal.ID, ISTAT: c.Terminal.ISTAT, Log: log, ClockTrusted: clockSynchronised,
	})
	if err != nil {
		return nil, fmt.Errorf("inps: %w", err)
	}
	// Without a key the terminal starts all the same: reading needs none.
	switch s, err := client.Sealing(time.Now()); {
	case err != nil:
		log.Error("no application can be sealed", "err", err)
	case s.Warn:
		log.Warn("the last sealing key ends soon", "key_id", s.KeyID, "until", s.Until)
	}
	return client, nil
}

// sealingKeys reads the files and days that the config names.
func sealingKeys(list []config.SealingKey) ([]upstream.SealingKey, error) {
	var keys []upstream.SealingKey
	for i, k := range list {
		data, err := os.ReadFile(k.File)
		if err != nil {
			return nil, fmt.Errorf("inps.sealing_keys[%d]: %w", i+1, err)
		}
		from, until, err := k.Span()
		if err != nil {
			return nil, fmt.Errorf("inps.sealing_keys[%d]: %w", i+1, err)
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
