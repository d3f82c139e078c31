package cardsim

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// description is a card as JSON. Hexadecimal text may contain spaces. A card
// that is like an embedded person's is a merge patch of it (RFC 7396): null
// takes a file away.
type description struct {
	Like   string `json:"like"`
	About  string `json:"about"` // who it is, for the reader of the file
	Holder Holder `json:"holder"`

	ATR  hexText `json:"atr"`
	Mute bool    `json:"mute"`

	Files        map[string]fileDescription        `json:"files"` // by path, "1100/1102"
	Applications map[string]applicationDescription `json:"applications"`
	FilesUnder   hexText                           `json:"filesUnder"`
	Stepwise     bool                              `json:"stepwise"`
	Lengths      string                            `json:"lengths"` // "exact", "fetched", "long"

	Key        string   `json:"key"`        // PKCS#8 in PEM
	Operations []string `json:"operations"` // "sign", "decipher"; both when absent

	IAS *iasDescription `json:"ias"`

	PIN          string  `json:"pin"`
	PINTries     int     `json:"pinTries"`
	PINTriesLeft *int    `json:"pinTriesLeft"` // all of them when absent
	PINReference hexText `json:"pinReference"` // of a CNS; with and without backtracking when absent
	Silent       bool    `json:"silent"`       // does not say how many attempts a wrong PIN leaves
	PUK          string  `json:"puk"`
	PUKTries     int     `json:"pukTries"`
}

type applicationDescription struct {
	Info  hexText                    `json:"info"`
	Data  map[string]hexText         `json:"data"`  // by P1P2, "0180"
	Files map[string]fileDescription `json:"files"` // without any, it has the files of the card
}

// fileDescription is the content of a file, or an object that also says how it
// is reached.
type fileDescription struct {
	Content hexText `json:"content"`
	ShortID int     `json:"shortID"` // 1 to 30; 0 for none
	Guarded bool    `json:"guarded"` // read in the secure channel after the PIN
}

func (f *fileDescription) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &f.Content)
	}
	type plain fileDescription
	return decodeStrictly(data, (*plain)(f))
}

type hexText []byte

func (h *hexText) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(strings.ReplaceAll(string(text), " ", ""))
	*h = b
	return err
}

// Load reads a card from a JSON file.
func Load(path string) (*Card, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("loading a card: %w", err)
	}
	c, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("loading the card %s: %w", path, err)
	}
	return c, nil
}

// Parse makes a card from its JSON description. Unknown keys are errors.
func Parse(data []byte) (*Card, error) {
	data, err := resolve(data)
	if err != nil {
		return nil, err
	}
	d := description{PINTries: 3, PUKTries: 10, Operations: []string{opSign, opDecipher}}
	if err := decodeStrictly(data, &d); err != nil {
		return nil, fmt.Errorf("parsing the description: %w", err)
	}
	if !d.Mute && (len(d.ATR) < 2 || len(d.ATR) > 33) {
		return nil, fmt.Errorf("parsing the description: atr has %d bytes, want 2 to 33", len(d.ATR))
	}
	if !slices.Contains([]string{"", lengthsExact, lengthsFetched, lengthsLong}, d.Lengths) {
		return nil, fmt.Errorf("parsing the description: lengths is %q", d.Lengths)
	}
	c := &Card{
		holder:       d.Holder,
		atr:          d.ATR,
		mute:         d.Mute,
		root:         &node{id: 0x3F00},
		applications: map[string]application{},
		filesUnder:   string(d.FilesUnder),
		stepwise:     d.Stepwise,
		operations:   d.Operations,
		lengths:      d.Lengths,
		random:       rand.Reader,
		pin:          newSecret(d.PIN, d.PINTries),
		puk:          newSecret(d.PUK, d.PUKTries),
	}
	c.pin.silent, c.puk.silent, c.pinReference = d.Silent, d.Silent, d.PINReference
	if d.PINTriesLeft != nil {
		c.pin.triesLeft = min(max(*d.PINTriesLeft, 0), c.pin.tries)
	}
	if err := c.root.addFiles(d.Files); err != nil {
		return nil, err
	}
	if err := c.addApplications(d.Applications); err != nil {
		return nil, err
	}
	if d.Key != "" {
		if c.key, err = parseKey(d.Key); err != nil {
			return nil, fmt.Errorf("parsing the key: %w", err)
		}
	}
	if d.IAS != nil {
		if c.ias, err = newIAS(d.IAS); err != nil {
			return nil, err
		}
	}
	c.Reset()
	return c, nil
}

func decodeStrictly(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// newSecret makes a secret; without a value there is none, and no tries.
func newSecret(value string, tries int) secret {
	if value == "" {
		return secret{}
	}
	return secret{value: value, tries: tries, triesLeft: tries}
}

func (n *node) addFiles(files map[string]fileDescription) error {
	for name, f := range files {
		var path []uint16
		for part := range strings.SplitSeq(name, "/") {
			id, err := parseID(part)
			if err != nil {
				return fmt.Errorf("parsing the path %q: %w", name, err)
			}
			path = append(path, id)
		}
		if f.ShortID < 0 || f.ShortID > 30 {
			return fmt.Errorf("parsing the file %q: shortID is %d, want 1 to 30", name, f.ShortID)
		}
		file := n.add(path)
		file.content = append([]byte{}, f.Content...)
		file.shortID, file.guarded = byte(f.ShortID), f.Guarded
	}
	return nil
}

func (c *Card) addApplications(applications map[string]applicationDescription) error {
	for name, d := range applications {
		var aid hexText
		if err := aid.UnmarshalText([]byte(name)); err != nil {
			return fmt.Errorf("parsing the application %q: %w", name, err)
		}
		app := application{info: d.Info, data: map[uint16][]byte{}, directory: c.root}
		for tag, content := range d.Data {
			id, err := parseID(tag)
			if err != nil {
				return fmt.Errorf("parsing the data object %q: %w", tag, err)
			}
			app.data[id] = content
		}
		if d.Files != nil {
			app.directory = &node{}
			if err := app.directory.addFiles(d.Files); err != nil {
				return fmt.Errorf("parsing the application %q: %w", name, err)
			}
		}
		c.applications[string(aid)] = app
	}
	return nil
}

// parseID reads two bytes.
func parseID(s string) (uint16, error) {
	b, err := hex.DecodeString(s)
	if err != nil {
		return 0, err
	}
	if len(b) != 2 {
		return 0, errors.New("want four hexadecimal digits")
	}
	return binary.BigEndian.Uint16(b), nil
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key is a %T, want RSA", key)
	}
	return private, nil
}
