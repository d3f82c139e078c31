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
	want := 1
	for i, it := range m.Items {
		if err := it.check(files); err != nil {
			return Manifest{}, fmt.Errorf("%w: submission %d: %w", ErrBundle, i+1, err)
		}
		want += 1 + len(it.Attachments)
	}
	if len(z.File) != want {
		return Manifest{}, fmt.Errorf("%w: %d files for %d submissions", ErrBundle, len(z.File), len(m.Items))
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

func (it BundleItem) check(files map[string]*zip.File) error {
	if it.Size > bodyLargest {
		return fmt.Errorf("a body of %d bytes", it.Size)
	}
	if err := checkFile(files[it.ID+sealedSuffix], int64(it.Size), it.Digest); err != nil {
		return err
	}
	for i, a := range it.Attachments {
		if a.Size > attachmentLargest {
			return fmt.Errorf("attachment %d: %d bytes", i+1, a.Size)
		}
		if err := checkFile(files[it.ID+"/"+a.ID+sealedSuffix], a.Size, a.Digest); err != nil {
			return fmt.Errorf("attachment %d: %w", i+1, err)
		}
	}
	return nil
}

// checkFile compares a file with what the manifest says of it.
func checkFile(f *zip.File, size int64, digest string) error {
	if f == nil {
		return errors.New("not there")
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(r, size+1))
	if err != nil {
		return err
	}
	if n != size || hex.EncodeToString(sum.Sum(nil)) != digest {
		return errors.New("not what the manifest says")
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
