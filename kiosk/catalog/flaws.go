package catalog

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Flaw is why a catalogue cannot be used, for whoever writes it.
type Flaw struct {
	File string // naspi.yaml; in a bundle, which has no files, the id
	Line int    // 0 where none can be named
	Text string
}

// String is FILE:LINE: what is wrong.
func (f Flaw) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// CheckFolder reads a folder of services as it would be packed: catalog.yaml and
// a file for each service. Without flaws there is a catalogue.
func CheckFolder(dir fs.FS) (*Catalog, []Flaw) {
	src, err := fs.ReadFile(dir, orderFile)
	if err != nil {
		return nil, []Flaw{{File: orderFile, Text: err.Error()}}
	}
	version, ids, err := parseOrder(src)
	if err != nil {
		return nil, flawsIn(orderFile, src, err)
	}
	var flaws []Flaw
	var services []*Service
	for _, id := range ids {
		src, err := fs.ReadFile(dir, id+".yaml")
		if err != nil {
			flaws = append(flaws, Flaw{File: id + ".yaml", Text: err.Error()})
			continue
		}
		s, err := parse(src)
		switch {
		case err != nil:
			flaws = append(flaws, flawsIn(id+".yaml", src, err)...)
		case s.ID != id:
			flaws = append(flaws, flawsIn(id+".yaml", src, fmt.Errorf("it calls itself %q", s.ID))...)
		}
		services = append(services, s)
	}
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, []Flaw{{File: orderFile, Text: err.Error()}}
	}
	for _, name := range names {
		if id := strings.TrimSuffix(name, path.Ext(name)); name != orderFile && !slices.Contains(ids, id) {
			flaws = append(flaws, Flaw{File: orderFile, Text: fmt.Sprintf("%s is not among the services", id)})
		}
	}
	return unlessFlawed(flaws, orderFile, version, services)
}

// CheckBundle opens a bundle as a terminal with that certificate would. Without
// one, whose key signed is left open.
func CheckBundle(compact []byte, signer *x509.Certificate) (*Catalog, []Flaw) {
	const whole = "bundle"
	payload, err := claimed(compact)
	if signer != nil {
		payload, err = verify(compact, signer)
	}
	if len(compact) > bundleLargest {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, []Flaw{{File: whole, Text: err.Error()}}
	}
	b, err := readPayload(payload)
	if err != nil {
		return nil, []Flaw{{File: whole, Text: err.Error()}}
	}
	var flaws []Flaw
	var services []*Service
	for i, src := range b.Services {
		s, err := parse([]byte(src))
		if err != nil {
			name := idOf([]byte(src))
			if name == "" {
				name = "service " + strconv.Itoa(i+1)
			}
			flaws = append(flaws, flawsIn(name, []byte(src), err)...)
		}
		services = append(services, s)
	}
	return unlessFlawed(flaws, whole, b.Version, services)
}

// unlessFlawed is the catalogue of services that are sound alone; what is wrong
// between them is a flaw of name.
func unlessFlawed(flaws []Flaw, name string, version int, services []*Service) (*Catalog, []Flaw) {
	if len(flaws) > 0 {
		return nil, flaws
	}
	c, err := together(version, services)
	if err != nil {
		return nil, []Flaw{{File: name, Text: err.Error()}}
	}
	return c, nil
}

// claimed is what a JWS says, believed or not.
func claimed(compact []byte) ([]byte, error) {
	parts := strings.Split(string(compact), ".")
	if len(parts) != 3 {
		return nil, errors.New("not a compact JWS: it has no three parts")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, fmt.Errorf("not a compact JWS: %w", err)
	}
	return payload, nil
}

var (
	yamlLine = regexp.MustCompile(`^(?:yaml: )?line ([0-9]+): (.*)$`)
	quoted   = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
)

// flawsIn puts lines to what is wrong with one file: those that the YAML reader
// names, or the place that the names in the message lead to.
func flawsIn(file string, src []byte, err error) []Flaw {
	var many *yaml.TypeError
	texts := []string{err.Error()}
	if errors.As(err, &many) {
		texts = many.Errors
	}
	var flaws []Flaw
	for _, text := range texts {
		f := Flaw{File: file, Text: text}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			f.Line, _ = strconv.Atoi(m[1]) // digits, by the pattern
			f.Text = strings.Replace(m[2], " in type catalog.", " in a ", 1)
		} else {
			f.Line = lineOf(src, text)
		}
		flaws = append(flaws, f)
	}
	return flaws
}

// lineOf follows the quoted names of a message into the document: the step, in it
// the field, in it the word.
func lineOf(src []byte, text string) int {
	var doc yaml.Node
	if yaml.Unmarshal(src, &doc) != nil {
		return 0
	}
	at, line := &doc, 0
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		within, found := named(at, m[1])
		if found == 0 {
			continue
		}
		at, line = within, found
	}
	return line
}

// named finds the word below n, its line, and what it names: what stands under
// it as a key, or the mapping or list that it is a value of.
func named(n *yaml.Node, word string) (within *yaml.Node, line int) {
	for i, child := range n.Content {
		switch {
		case child.Kind != yaml.ScalarNode || child.Value != word:
		case n.Kind == yaml.MappingNode && i%2 == 0:
			return n.Content[i+1], child.Line
		default:
			return n, child.Line
		}
	}
	for _, child := range n.Content {
		if within, line := named(child, word); line > 0 {
			return within, line
		}
	}
	return nil, 0
}
