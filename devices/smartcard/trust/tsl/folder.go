package tsl

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
)

// ErrOlder is a list that is older than the one the folder follows: somebody
// could bring back an authority that was struck out.
var ErrOlder = errors.New("a newer list was imported before")

// noteName is the file in which a folder says which list it follows. It begins
// with a dot, so that nobody takes it for an anchor.
const noteName = ".trusted-list.json"

// note is what a folder says of the list.
type note struct {
	Sequence int       `json:"sequence"`
	Issued   time.Time `json:"issued"`
	Files    []string  `json:"files"` // of the list; all others are the technician's
}

// Change is what an import did to a folder, by the names of its files.
type Change struct {
	Added, Kept, Gone []string
}

// Into makes a folder hold the authorities of the list, each in a file of its
// own, and leaves alone what did not come from a list. Files come before others
// go: whoever reads the folder meanwhile, or after the power went, finds anchors
// of this list or of the one before it, and each file whole.
func (l *List) Into(dir string) (Change, error) {
	var c Change
	was, err := readNote(dir)
	if err != nil {
		return c, err
	}
	if l.Sequence < was.Sequence {
		return c, fmt.Errorf("%w: number %d, and this is number %d", ErrOlder, was.Sequence, l.Sequence)
	}
	if len(l.Authorities) == 0 {
		return c, fmt.Errorf("%w: nobody in it issues citizens' cards", ErrOther)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return c, fmt.Errorf("making the folder: %w", err)
	}
	files := map[string][]byte{}
	for _, a := range l.Authorities {
		files[fileName(a)] = contents(a)
	}
	for _, name := range was.Files {
		if _, stays := files[name]; !stays {
			c.Gone = append(c.Gone, name)
		}
	}
	is := note{Sequence: l.Sequence, Issued: l.Issued}
	for name := range files {
		is.Files = append(is.Files, name)
	}
	slices.Sort(is.Files)
	both := is
	both.Files = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(is.Files), c.Gone...))))
	if err := writeNote(dir, both); err != nil {
		return c, err
	}
	for _, name := range is.Files {
		switch old, err := os.ReadFile(filepath.Join(dir, name)); {
		case err == nil && bytes.Equal(old, files[name]):
			c.Kept = append(c.Kept, name)
			continue
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return c, fmt.Errorf("looking at an anchor: %w", err)
		}
		if err := write(dir, name, files[name]); err != nil {
			return c, fmt.Errorf("writing an anchor: %w", err)
		}
		c.Added = append(c.Added, name)
	}
	for _, name := range c.Gone {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c, fmt.Errorf("removing an anchor: %w", err)
		}
	}
	return c, writeNote(dir, is)
}

func readNote(dir string) (note, error) {
	var n note
	data, err := os.ReadFile(filepath.Join(dir, noteName))
	if errors.Is(err, fs.ErrNotExist) {
		return n, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &n)
	}
	if err != nil {
		return n, fmt.Errorf("reading which list the folder follows: %w", err)
	}
	for _, name := range n.Files {
		if name != filepath.Base(name) || !strings.HasSuffix(name, ".pem") {
			return n, fmt.Errorf("reading which list the folder follows: %q is no file of a list", name)
		}
	}
	return n, nil
}

func writeNote(dir string, n note) error {
	data, err := json.MarshalIndent(n, "", "  ")
	if err == nil {
		err = write(dir, noteName, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("noting which list the folder follows: %w", err)
	}
	return nil
}

// write writes a file whole or not at all, and its name before anything after it.
func write(dir, name string, data []byte) error {
	f, err := os.CreateTemp(dir, ".part-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(dir)
}

// syncFolder has the names in a folder survive a power cut, as the files do.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// fileName is readable, and no other certificate's.
func fileName(cert *x509.Certificate) string {
	name := cmp.Or(cert.Subject.CommonName, strings.Join(cert.Subject.Organization, " "), "authority")
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	const most = 60
	short := strings.Join(words, "-")
	short = strings.TrimRight(short[:min(len(short), most)], "-")
	sum := sha256.Sum256(cert.Raw)
	return fmt.Sprintf("%s-%x.pem", cmp.Or(short, "authority"), sum[:4])
}

// contents is the certificate, and what people want to know of it.
func contents(cert *x509.Certificate) []byte {
	head := fmt.Sprintf("%q, until %s\n", cert.Subject.String(), cert.NotAfter.UTC().Format(time.DateOnly))
	return append([]byte(strings.ReplaceAll(head, "-----", "")), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
}
