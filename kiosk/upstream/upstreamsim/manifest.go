package upstreamsim

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	bundleSchema = "pue-bundle/1"
	bundleOldest = 180 * 24 * time.Hour
	itemsMost    = 100_000
)

// manifest is what the terminal says of a bundle, once its signature holds.
type manifest struct {
	Schema   string    `json:"schema"`
	Terminal string    `json:"terminal"`
	MadeAt   time.Time `json:"made_at"`
	Items    []item    `json:"items"`
}

type item struct {
	ID         string    `json:"id"`
	Class      string    `json:"class"`
	KeyID      string    `json:"key_id"`
	Digest     string    `json:"digest"`
	CapturedAt time.Time `json:"captured_at"`
	Size       int64     `json:"size"`

	Attachments []enclosed `json:"attachments"`
}

// enclosed is a sealed document of a bundle.
type enclosed struct {
	ID     string `json:"id"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

func (it item) entryName() string { return it.ID + ".sealed" }

func (it item) enclosedName(a enclosed) string { return it.ID + "/" + a.ID + ".sealed" }

// readManifest believes a manifest if the terminal it names has signed it.
func (s *Server) readManifest(compact []byte, now time.Time) (manifest, error) {
	payload, chain, err := openDeviceJWS(compact, "pue-bundle+jws")
	if err != nil {
		return manifest{}, err
	}
	var m manifest
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil || d.More() || m.Schema != bundleSchema || m.Terminal == "" || m.MadeAt.IsZero() || m.Items == nil || len(m.Items) > itemsMost {
		return manifest{}, errors.New("not JSON of the schema")
	}
	if err := s.vouchedFor(chain, m, now); err != nil {
		return manifest{}, err
	}
	seen := map[string]bool{}
	for i, it := range m.Items {
		if err := it.check(); err != nil {
			return manifest{}, fmt.Errorf("item %d: %w", i+1, err)
		}
		if seen[it.ID] {
			return manifest{}, fmt.Errorf("item %d: listed twice", i+1)
		}
		seen[it.ID] = true
	}
	return m, nil
}

// vouchedFor checks that the first certificate is that of the terminal, as for
// a connection: valid now, or when the bundle was made, since it may travel for
// weeks. A time that cannot be is a clock that is wrong, and does no harm.
func (s *Server) vouchedFor(chain []*x509.Certificate, m manifest, now time.Time) error {
	check := x509.VerifyOptions{
		Roots: s.keys.terminals, Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, c := range chain[1:] {
		check.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(check)
	if err != nil && m.MadeAt.Before(now) && m.MadeAt.After(now.Add(-bundleOldest)) {
		check.CurrentTime = m.MadeAt
		_, err = chain[0].Verify(check)
	}
	if err != nil {
		return errors.New("not signed with a device certificate that is or was valid")
	}
	if chain[0].Subject.CommonName != m.Terminal {
		return errors.New("signed by another terminal")
	}
	return nil
}

func (it item) check() error {
	switch {
	case !idForm.MatchString(it.ID):
		return errors.New("id is not a UUID")
	case !classForm.MatchString(it.Class) || !keyIDForm.MatchString(it.KeyID):
		return errors.New("without class or key")
	case it.CapturedAt.IsZero():
		return errors.New("without time of capture")
	case it.Size < 1 || it.Size > sealedLargest:
		return errors.New("of no possible size")
	}
	if len(it.Attachments) > attachmentsMost {
		return errors.New("too many attachments")
	}
	seen := map[string]bool{}
	for _, a := range it.Attachments {
		if !idForm.MatchString(a.ID) || seen[a.ID] {
			return errors.New("attachment without an id of its own")
		}
		if n := wholeChunks(a.Size); n < 1 || n > chunksMost || a.Size != chunkEnd(n-1) {
			return errors.New("attachment of no possible size")
		}
		seen[a.ID] = true
	}
	return nil
}
