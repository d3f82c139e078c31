package trust

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	encoding "golang.org/x/crypto/cryptobyte/asn1"
)

// shelf is a folder of what authorities said.
//
// A list is of everybody, and lies open. An answer is about one card, so it lies
// under a name, and sealed with a key, that both come from the whole certificate:
// whoever takes the disk and has not that certificate in hand learns how many
// cards were asked about, and when, and not which. Everything on the shelf is
// judged anew when it is used; what is broken counts for nothing.
type shelf struct{ dir string }

const (
	listPrefix    = "list-"
	answerPrefix  = "answer-"
	revokedPrefix = "revoked-" // answers that are kept for good
	neededPrefix  = "needed-"  // empty: its time is when a card last needed the list
	partPattern   = ".part-*"

	// answerSize is what the length of an answer is rounded up to, in bytes, so
	// that it does not tell who issued the card.
	answerSize = 4096
	// answerKept is how long an answer lies after it came, and listKept how long a
	// list does that no card needs: some issuers have a hundred lists, and each
	// would be fetched every day for good.
	answerKept = 2 * staleFor
	listKept   = staleFor
	// maxLists is what all lists may take of the disk together, in bytes. The disk
	// is there for submissions.
	maxLists = 128 << 20
)

func (s shelf) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(s.dir, partPattern))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// keptAs is what stands before a list in its file.
type keptAs struct {
	Address string `json:"address"`
	Tag     string `json:"tag,omitempty"` // of the server, to be told when nothing is newer
}

func listName(address string) string {
	sum := sha256.Sum256([]byte(address))
	return listPrefix + hex.EncodeToString(sum[:16])
}

func (s shelf) putList(as keptAs, der []byte, now time.Time) error {
	head, err := json.Marshal(as)
	if err != nil {
		return err
	}
	name, whole := listName(as.Address), int64(len(head)+1+len(der))
	for _, other := range s.lists() {
		if info, err := os.Stat(filepath.Join(s.dir, other)); err == nil && other != name {
			whole += info.Size()
		}
	}
	if whole > maxLists {
		return errors.New("all lists together take too much of the disk")
	}
	return s.put(name, append(append(head, '\n'), der...), now)
}

// need notes that a card needs a list, once a day.
func (s shelf) need(name string, now time.Time) error {
	path := filepath.Join(s.dir, neededPrefix+name)
	if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()).Abs() < 24*time.Hour {
		return nil
	}
	return s.put(neededPrefix+name, nil, now)
}

// needed reports whether a card needed a list not too long ago.
func (s shelf) needed(name string, now time.Time) bool {
	info, err := os.Stat(filepath.Join(s.dir, neededPrefix+name))
	return err == nil && now.Sub(info.ModTime()).Abs() < listKept
}

func (s shelf) list(name string) (keptAs, []byte, error) {
	var as keptAs
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return as, nil, err
	}
	head, der, _ := bytes.Cut(data, []byte{'\n'})
	if err := json.Unmarshal(head, &as); err != nil {
		return as, nil, fmt.Errorf("reading a list on the shelf: %w", err)
	}
	if listName(as.Address) != name {
		return as, nil, errors.New("a list on the shelf has another's name")
	}
	return as, der, nil
}

// lists names all lists that are kept.
func (s shelf) lists() []string {
	paths, _ := filepath.Glob(filepath.Join(s.dir, listPrefix+"*")) // the pattern is a good one
	for i, path := range paths {
		paths[i] = filepath.Base(path)
	}
	return paths
}

// age is how far the time of a file is from now: the clock may have been wrong, and
// a file of next year is no newer than one of last year.
func (s shelf) age(name string, now time.Time) time.Duration {
	info, err := os.Stat(filepath.Join(s.dir, name))
	if err != nil {
		return 0
	}
	return now.Sub(info.ModTime()).Abs()
}

// touch notes that a list is still the newest.
func (s shelf) touch(name string, now time.Time) error {
	return os.Chtimes(filepath.Join(s.dir, name), time.Time{}, now)
}

// drop removes a file, and of a list when it was needed.
func (s shelf) drop(name string) error {
	err := os.Remove(filepath.Join(s.dir, name))
	if needed := os.Remove(filepath.Join(s.dir, neededPrefix+name)); !errors.Is(needed, fs.ErrNotExist) {
		err = errors.Join(err, needed)
	}
	return err
}

// dropOldAnswers removes the answers that nobody would be told any more.
func (s shelf) dropOldAnswers(now time.Time) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var problems []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), answerPrefix) && s.age(e.Name(), now) > answerKept {
			problems = append(problems, s.drop(e.Name()))
		}
	}
	return errors.Join(problems...)
}

// secretOf derives what only the holder of the certificate can.
func secretOf(cert *x509.Certificate, use string) []byte {
	key, err := hkdf.Key(sha256.New, cert.Raw, nil, "pue revocation "+use, sha256.Size)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return key
}

func answerName(cert *x509.Certificate) string {
	return hex.EncodeToString(secretOf(cert, "name")[:16])
}

func answerSeal(cert *x509.Certificate) cipher.AEAD {
	block, err := aes.NewCipher(secretOf(cert, "key"))
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return seal
}

func (s shelf) putAnswer(cert *x509.Certificate, forGood bool, der []byte, now time.Time) error {
	seal := answerSeal(cert)
	padded := append(bytes.Clone(der), make([]byte, answerSize-len(der)%answerSize)...)
	prefix := answerPrefix
	if forGood {
		prefix = revokedPrefix
	}
	return s.put(prefix+answerName(cert), seal.Seal(nil, nil, padded, nil), now)
}

// answers returns what is kept about a card.
func (s shelf) answers(cert *x509.Certificate) [][]byte {
	var all [][]byte
	for _, prefix := range []string{revokedPrefix, answerPrefix} {
		data, err := os.ReadFile(filepath.Join(s.dir, prefix+answerName(cert)))
		if err != nil {
			continue
		}
		padded, err := answerSeal(cert).Open(nil, nil, data, nil)
		if err != nil {
			continue
		}
		var answer cryptobyte.String
		if rest := cryptobyte.String(padded); rest.ReadASN1Element(&answer, encoding.SEQUENCE) {
			all = append(all, answer)
		}
	}
	return all
}

// put writes a file whole or not at all. Its time is what the terminal's clock
// says, as everywhere here; without one, the disk's.
func (s shelf) put(name string, data []byte, now time.Time) error {
	f, err := os.CreateTemp(s.dir, partPattern)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil && !now.IsZero() {
		err = os.Chtimes(f.Name(), now, now)
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	folder, err := os.Open(s.dir) // whose names are to survive a power cut too
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
