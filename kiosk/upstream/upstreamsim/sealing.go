package upstreamsim

import (
	"crypto/ecdh"
	"crypto/rand"
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
)

const (
	// sealingLife and sealingOverlap make a key of a year, of which the last
	// month is also the first of the next one.
	sealingLife    = 365 * 24 * time.Hour
	sealingOverlap = 30 * 24 * time.Hour
	// sealingFirst is shorter, so that who keeps a demonstration sees a rotation.
	sealingFirst = 60 * 24 * time.Hour
	// sealingKept is how long after its end a key still opens what was sealed
	// to it: a submission may lie at a terminal without a line, or on a stick.
	sealingKept = 180 * 24 * time.Hour
)

// SealingKey is a public key for terminals, as their configuration names it.
type SealingKey struct {
	File  string `json:"file"`  // in the folder of Provision
	From  string `json:"from"`  // first day, 2026-11-22
	Until string `json:"until"` // last day
}

// SealingKeys lists the keys that Provision wrote into dir.
func SealingKeys(dir string) ([]SealingKey, error) {
	data, err := os.ReadFile(filepath.Join(dir, sealingListFile))
	if err != nil {
		return nil, err
	}
	var list []SealingKey
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("reading the list of sealing keys: %w", err)
	}
	return list, nil
}

// secretFile is where the private half lies, below the folder of Provision.
func (k SealingKey) secretFile() string {
	return secretFolder + "/" + strings.TrimSuffix(k.File, ".pem") + "-key.pem"
}

// end is the first instant at which no terminal seals to k any more.
func (k SealingKey) end() (time.Time, error) {
	last, err := time.Parse(time.DateOnly, k.Until)
	return last.AddDate(0, 0, 1), err
}

// opener opens seals made to one key.
type opener struct {
	key  *ecdh.PrivateKey
	gone time.Time // from when on the key is no longer used
}

// loadOpeners returns the openers by the id of their key.
func loadOpeners(dir string) (map[string]opener, error) {
	list, err := SealingKeys(dir)
	if err != nil {
		return nil, err
	}
	openers := map[string]opener{}
	for _, k := range list {
		key, err := readKey[*ecdh.PrivateKey](filepath.Join(dir, k.secretFile()))
		if err != nil {
			return nil, err
		}
		end, err := k.end()
		if err != nil {
			return nil, err
		}
		id, err := sealingID(key)
		if err != nil {
			return nil, err
		}
		openers[id] = opener{key, end.Add(sealingKept)}
	}
	return openers, nil
}

// sealingID is what the contract calls the id of a key.
func sealingID(key *ecdh.PrivateKey) (string, error) {
	spki, err := x509.MarshalPKIXPublicKey(key.PublicKey())
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:])[:16], nil
}

// sealing keeps the keys there are, and adds one when the last one nears its
// end. At first it makes two, so that every terminal has to choose.
func (p *provisioner) sealing() {
	if p.err != nil {
		return
	}
	list, err := SealingKeys(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	for next, needed := (SealingKey{}), true; err == nil && needed; {
		if next, needed, err = nextKey(list, time.Now()); needed {
			list = append(list, next)
		}
	}
	if p.err = err; err != nil {
		return
	}
	for _, k := range list {
		p.sealingPair(k)
	}
	p.sealingList(list)
}

// nextKey is the key to add to the list, if one is needed now.
func nextKey(list []SealingKey, now time.Time) (k SealingKey, needed bool, err error) {
	from, until := now.AddDate(0, 0, -1), now.Add(sealingFirst)
	if len(list) > 0 {
		end, err := list[len(list)-1].end()
		if err != nil {
			return SealingKey{}, false, err
		}
		if len(list) > 1 && now.Before(end.Add(-2*sealingOverlap)) {
			return SealingKey{}, false, nil
		}
		from = end.Add(-sealingOverlap)
		until = from.Add(sealingLife)
	}
	return SealingKey{
		File: fmt.Sprintf("sealing-%d.pem", len(list)+1),
		From: from.UTC().Format(time.DateOnly), Until: until.UTC().Format(time.DateOnly),
	}, true, nil
}

func (p *provisioner) sealingPair(k SealingKey) {
	private := key(p, k.secretFile(), func() (*ecdh.PrivateKey, error) { return ecdh.X25519().GenerateKey(rand.Reader) })
	if p.err != nil {
		return
	}
	der, err := x509.MarshalPKIXPublicKey(private.PublicKey())
	if err != nil {
		p.err = err
		return
	}
	p.err = p.write(k.File, "PUBLIC KEY", der, 0o644)
}

func (p *provisioner) sealingList(list []SealingKey) {
	if p.err != nil {
		return
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		p.err = err
		return
	}
	p.err = p.place(sealingListFile, append(data, '\n'), 0o644)
}
