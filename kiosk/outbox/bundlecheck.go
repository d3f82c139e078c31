package outbox

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// manifestLargest is more than a manifest of bundleMost items has.
	manifestLargest = 64 << 20
	// bodyLargest is the largest body that INPS takes.
	bodyLargest = 8 << 20
)

// ErrBundle: the bundle is not whole.
var ErrBundle = errors.New("bundle is not whole")

// CheckBundle reads a bundle back and compares each body with its digest in the
// manifest: has the medium kept what was written? It does not check who signed
// the manifest; that is for INPS.
func CheckBundle(r io.ReaderAt, size int64) (Manifest, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	files := make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		files[f.Name] = f
	}
	m, err := readManifest(files[manifestName])
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: manifest: %w", ErrBundle, err)
	}
	if len(z.File) != len(m.Items)+1 {
		return Manifest{}, fmt.Errorf("%w: %d files for %d submissions", ErrBundle, len(z.File), len(m.Items))
	}
	for i, it := range m.Items {
		if err := it.check(files[it.ID+sealedSuffix]); err != nil {
			return Manifest{}, fmt.Errorf("%w: submission %d: %w", ErrBundle, i+1, err)
		}
	}
	return m, nil
}

// readManifest reads the payload of the compact JWS (RFC 7515 §7.1) in f.
func readManifest(f *zip.File) (m Manifest, err error) {
	compact, err := unpack(f, manifestLargest)
	if err != nil {
		return m, err
	}
	parts := bytes.Split(compact, []byte("."))
	if len(parts) != 3 {
		return m, errors.New("not a compact JWS")
	}
	payload, err := base64.RawURLEncoding.AppendDecode(nil, parts[1])
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return m, err
	}
	if m.Schema != bundleSchema {
		return m, fmt.Errorf("schema %q, want %q", m.Schema, bundleSchema)
	}
	return m, nil
}

func (it BundleItem) check(f *zip.File) error {
	sealed, err := unpack(f, bodyLargest)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(sealed)
	if len(sealed) != it.Size || hex.EncodeToString(digest[:]) != it.Digest {
		return errors.New("not the body of the manifest")
	}
	return nil
}

// unpack reads a file of at most so many bytes, whatever it claims to have.
func unpack(f *zip.File, most int64) ([]byte, error) {
	if f == nil {
		return nil, errors.New("not there")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("more than %d bytes", most)
	}
	return data, err
}
