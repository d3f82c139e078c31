package kiosk

import (
	"context"
	"crypto"
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
	pdnd                                          *config.PDND // nil: by the device certificate alone
	cardURL                                       string       // empty: citizens log in by an assertion
}

// sides are the authorities that the config names, INPS first.
func sides(c *config.Config) []side {
	all := []side{{
		inpsSide, c.INPS.URL, c.INPS.CA, c.INPS.Certificate, c.INPS.Key, c.INPS.Confirmation, c.INPS.SealingKeys, nil, "",
	}}
	if c.INPS.Login == config.LoginCard {
		all[0].cardURL = c.INPS.CardURL
	}
	if c.INPS.Mode == config.ModePDND {
		all[0].pdnd = &c.INPS.PDND
	}
	if m := c.Comune; m.There() {
		all = append(all, side{comuneSide, m.URL, m.CA, m.Certificate, m.Key, m.Confirmation, m.SealingKeys, nil, ""})
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
	confirmation, err := config.ReadCertificate(s.confirmation)
	if err != nil {
		return nil, fmt.Errorf("%s.confirmation: %w", s.name, err)
	}
	vouchers, err := s.readPDND()
	if err != nil {
		return nil, err
	}
	client, err := upstream.New(upstream.Options{
		Destination: s.name, PDND: vouchers, CardURL: s.cardURL,
		URL: s.url, Certificate: pair, CA: pool, SealingKeys: seal, Confirmation: confirmation,
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

// readPDND reads what vouchers are asked for with, nil where none are.
func (s side) readPDND() (*upstream.PDND, error) {
	if s.pdnd == nil {
		return nil, nil
	}
	data, err := os.ReadFile(s.pdnd.Key)
	if err != nil {
		return nil, fmt.Errorf("%s.pdnd.key: %w", s.name, err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s.pdnd.key: %s holds no key in PEM form", s.name, s.pdnd.Key)
	}
	key, err := privateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s.pdnd.key: %w", s.name, err)
	}
	return &upstream.PDND{
		TokenURL: s.pdnd.TokenURL, Audience: s.pdnd.Audience, ClientID: s.pdnd.ClientID,
		KeyID: s.pdnd.KeyID, Key: key, PurposeID: s.pdnd.PurposeID,
	}, nil
}

// privateKey reads PKCS #8, or the older PKCS #1 that openssl writes as well.
func privateKey(der []byte) (crypto.PrivateKey, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return x509.ParsePKCS8PrivateKey(der)
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
