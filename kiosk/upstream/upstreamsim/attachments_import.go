package upstreamsim

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// whole checks body and attachments against the manifest.
func (it item) whole(files map[string]*zip.File) error {
	if _, err := it.body(files[it.entryName()]); err != nil {
		return err
	}
	for i, a := range it.Attachments {
		if err := a.whole(files[it.enclosedName(a)]); err != nil {
			return fmt.Errorf("attachment %d: %w", i+1, err)
		}
	}
	return nil
}

func (a enclosed) whole(f *zip.File) error {
	if f == nil {
		return errors.New("not in the bundle")
	}
	r, err := f.Open()
	if err != nil {
		return errors.New("cannot be opened")
	}
	defer r.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(r, a.Size+1))
	if err != nil {
		return errors.New("cannot be read")
	}
	if n != a.Size || hex.EncodeToString(sum.Sum(nil)) != a.Digest {
		return errors.New("not the one that was signed for")
	}
	return nil
}

// enclose keeps the attachments of an item as if they had come by the line.
func (s *Server) enclose(terminal string, it item, files map[string]*zip.File, now time.Time) error {
	for _, a := range it.Attachments {
		r, err := files[it.enclosedName(a)].Open()
		if err != nil {
			return err
		}
		err = s.chunks.putAll(place{terminal, it.ID, a.ID}, r, wholeChunks(a.Size), now)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (c *chunkStore) putAll(at place, sealed io.Reader, chunks int64, now time.Time) error {
	for n := range chunks {
		chunk := make([]byte, chunkEnd(n)-chunkStart(n))
		if _, err := io.ReadFull(sealed, chunk); err != nil {
			return err
		}
		if err := c.put(at, n, chunk, now); err != nil {
			return err
		}
	}
	return nil
}
