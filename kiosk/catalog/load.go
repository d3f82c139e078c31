package catalog

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed services/*.yaml
var files embed.FS

// order is how the services stand on the home screen.
var order = []string{"estratto-contributivo", "naspi"}

// Catalog is the services of this terminal.
type Catalog struct{ services []*Service }

// Load reads the services built into the program. A key that does not exist, a
// rule that points nowhere, a service that is not in the order of the home
// screen: each is an error.
func Load() (*Catalog, error) {
	dir, err := fs.Sub(files, "services")
	if err != nil {
		return nil, fmt.Errorf("opening the services: %w", err)
	}
	return load(dir, order)
}

func load(dir fs.FS, order []string) (*Catalog, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the services: %w", err)
	}
	if len(names) != len(order) {
		return nil, fmt.Errorf("listing the services: %d files for %d services", len(names), len(order))
	}
	c := &Catalog{}
	for _, id := range order {
		src, err := fs.ReadFile(dir, id+".yaml")
		if err != nil {
			return nil, fmt.Errorf("reading the service: %w", err)
		}
		s, err := parse(src)
		if err != nil {
			return nil, fmt.Errorf("reading the service %s: %w", id, err)
		}
		if s.ID != id {
			return nil, fmt.Errorf("reading the service %s: it calls itself %q", id, s.ID)
		}
		c.services = append(c.services, s)
	}
	return c, nil
}

// parse reads one service and proves that its rules fit together.
func parse(src []byte) (*Service, error) {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	s := new(Service)
	if err := dec.Decode(s); err != nil {
		return nil, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	s.Destination = cmp.Or(s.Destination, "inps")
	if err := s.sound(); err != nil {
		return nil, err
	}
	return s, nil
}

// Services lists the services in the order of the home screen.
func (c *Catalog) Services() []*Service { return c.services }

// Service finds a service by its id.
func (c *Catalog) Service(id string) (*Service, bool) {
	for _, s := range c.services {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

// Step finds a step by its id.
func (s *Service) Step(id string) (Step, bool) {
	for _, step := range s.Steps {
		if step.ID == id {
			return step, true
		}
	}
	return Step{}, false
}

// Field finds a field by its name.
func (s *Service) Field(name string) (Field, bool) {
	for _, step := range s.Steps {
		for _, f := range step.Fields {
			if f.Name == name {
				return f, true
			}
		}
	}
	return Field{}, false
}

// condition splits a step's When into the field and the answer it waits for.
func (step Step) condition() (field, value string, ok bool) {
	return strings.Cut(step.When, "=")
}
