package upstreamsim

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	manifestName    = "manifest.jws"
	manifestLargest = 64 << 20 // bytes; a hundred thousand items have some 25 MiB
)

// ErrBundle means that a bundle as a whole is not believed.
var ErrBundle = errors.New("bundle refused")

// Import receives a bundle that came by another way than the line, and returns
// the confirmations of what is filed by then, one a line. Everything is checked
// before the first item is received; what INPS already has is not filed again.
func (s *Server) Import(bundle io.ReaderAt, size int64) ([]byte, error) {
	now := time.Now()
	m, files, err := s.openBundle(bundle, size, now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	// Twice through the bodies: all of them at once may not fit into memory.
	for i, it := range m.Items {
		if err := it.whole(files); err != nil {
			return nil, fmt.Errorf("%w: item %d: %w", ErrBundle, i+1, err)
		}
	}
	var confirmations bytes.Buffer
	for i, it := range m.Items {
		sealed, err := it.body(files[it.entryName()])
		if err != nil {
			return nil, fmt.Errorf("%w: item %d, read again: %w", ErrBundle, i+1, err)
		}
		if err := s.enclose(m.Terminal, it, files, now); err != nil {
			s.log.Info("attachment of a bundle not kept", "terminal", m.Terminal, "id", it.ID, "err", err)
			continue
		}
		e := envelope{id: it.ID, class: it.Class, keyID: it.KeyID, terminal: m.Terminal, sealed: sealed}
		if _, no := s.take(e, now); no != nil {
			s.log.Info("item of a bundle not received", "terminal", e.terminal, "id", e.id, "reason", no.key)
			continue
		}
		if filed, ok := s.filing.find(e.id, now); ok && filed.State == stateFiled {
			confirmations.WriteString(filed.Confirmation + "\n")
		}
	}
	s.log.Info("bundle received", "terminal", m.Terminal, "items", len(m.Items))
	return confirmations.Bytes(), nil
}

// openBundle reads the manifest and checks that the entries are those it lists.
func (s *Server) openBundle(bundle io.ReaderAt, size int64, now time.Time) (manifest, map[string]*zip.File, error) {
	z, err := zip.NewReader(bundle, size)
	if err != nil {
		return manifest{}, nil, errors.New("not a ZIP file")
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		if files[f.Name] != nil {
			return manifest{}, nil, errors.New("two entries of one name")
		}
		files[f.Name] = f
	}
	compact, err := readEntry(files[manifestName], manifestLargest)
	if err != nil {
		return manifest{}, nil, fmt.Errorf("manifest: %w", err)
	}
	m, err := s.readManifest(compact, now)
	if err != nil {
		return manifest{}, nil, fmt.Errorf("manifest: %w", err)
	}
	listed := 1
	for _, it := range m.Items {
		listed += 1 + len(it.Attachments)
	}
	if len(files) != listed {
		return manifest{}, nil, errors.New("other entries than the manifest lists")
	}
	return m, files, nil
}

// body reads the sealed body and checks that it is the one that was signed for.
func (it item) body(f *zip.File) ([]byte, error) {
	sealed, err := readEntry(f, it.Size)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(sealed)
	if int64(len(sealed)) != it.Size || hex.EncodeToString(sum[:]) != it.Digest {
		return nil, errors.New("not the body that was signed for")
	}
	return sealed, nil
}

// readEntry reads an entry of at most so many bytes, whatever it claims to have.
func readEntry(f *zip.File, most int64) ([]byte, error) {
	if f == nil {
		return nil, errors.New("not in the bundle")
	}
	r, err := f.Open()
	if err != nil {
		return nil, errors.New("cannot be opened")
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("more than %d bytes", most)
	}
	return data, nil
}
