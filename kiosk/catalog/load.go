package catalog

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"pue/kiosk/messages"
)

//go:embed services/*.yaml
var files embed.FS

// orderFile says which services there are, in the order of the home screen.
const orderFile = "catalog.yaml"

// Catalog is the services of this terminal.
type Catalog struct {
	version  int
	services []*Service
}

// Load reads the services built into the program. A key that does not exist, a
// rule that points nowhere, a text that is missing, a service that is not in the
// order of the home screen: each is an error.
func Load() (*Catalog, error) {
	dir, err := fs.Sub(files, "services")
	if err != nil {
		return nil, fmt.Errorf("opening the services: %w", err)
	}
	return load(dir)
}

func load(dir fs.FS) (*Catalog, error) {
	c, flaws := CheckFolder(dir)
	var problems []error
	for _, f := range flaws {
		problems = append(problems, errors.New(f.String()))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("reading the services: %w", errors.Join(problems...))
	}
	return c, nil
}

func parseOrder(src []byte) (version int, ids []string, err error) {
	var order struct {
		Version  int      `yaml:"version"`
		Services []string `yaml:"services"`
	}
	if err := decode(src, &order); err != nil {
		return 0, nil, err
	}
	return order.Version, order.Services, nil
}

// mostServices is more than people find their way among.
const mostServices = 60

// assemble reads the services of a catalogue, in order, and proves that they
// belong together.
func assemble(version int, sources []string) (*Catalog, error) {
	var services []*Service
	for i, src := range sources {
		s, err := parse([]byte(src))
		if err != nil {
			return nil, fmt.Errorf("reading the service %d %s: %w", i+1, idOf([]byte(src)), err)
		}
		services = append(services, s)
	}
	return together(version, services)
}

// together proves that services which are sound alone belong together.
func together(version int, services []*Service) (*Catalog, error) {
	if version < 1 || len(services) == 0 {
		return nil, errors.New("the version does not count from 1, or there are no services")
	}
	if len(services) > mostServices {
		return nil, fmt.Errorf("there are more than %d services", mostServices)
	}
	c := &Catalog{version: version}
	for _, s := range services {
		if _, again := c.Service(s.ID); again {
			return nil, fmt.Errorf("the service %s stands twice", s.ID)
		}
		c.services = append(c.services, s)
	}
	for _, s := range services {
		if _, ok := c.Service(s.Next); s.Next != "" && !ok {
			return nil, fmt.Errorf("after the service %s comes %q, which does not exist", s.ID, s.Next)
		}
	}
	return c, nil
}

// idOf is the id of a service that cannot be read otherwise, if it has one.
func idOf(src []byte) string {
	var s struct {
		ID string `yaml:"id"`
	}
	_ = yaml.Unmarshal(src, &s)
	return s.ID
}

// parse reads one service and proves that its rules fit together.
func parse(src []byte) (*Service, error) {
	s := new(Service)
	if err := decode(src, s); err != nil {
		return nil, err
	}
	s.complete()
	if err := s.sound(); err != nil {
		return nil, err
	}
	return s, nil
}

// decode reads the one document of a file, in which no key is unknown.
func decode(src []byte, into any) error {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		return err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("more than one document")
	}
	return nil
}

// complete fills in what a service need not say, and tells its parts whose they
// are.
func (s *Service) complete() {
	if s.Auth == "" {
		s.Auth = ByCard
	}
	if s.Destination == "" {
		s.Destination = INPS
	}
	for i := range s.Steps {
		for j := range s.Steps[i].Fields {
			f := &s.Steps[i].Fields[j]
			f.service, f.repeated = s, s.Steps[i].Repeat > 0
		}
	}
	if s.Answer != nil {
		for i := range s.Answer.Facts {
			s.Answer.Facts[i].service = s
		}
		for i := range s.Answer.Rows {
			s.Answer.Rows[i].service = s
		}
	}
	// The question for one more is a page with one field: what the field is
	// called is what the page asks.
	for _, texts := range s.Texts {
		for _, step := range s.Steps {
			name := step.ID + another
			if label, ok := texts[name+".label"]; ok && step.Repeat > 0 && texts[name+".title"] == "" {
				texts[name+".title"] = label
			}
		}
	}
}

// Version counts the catalogues: a newer one has a greater number.
func (c *Catalog) Version() int { return c.version }

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

// Texts are the words of all services by language and full key, as
// [messages.Catalogue.SetServices] takes them.
func (c *Catalog) Texts() map[string]map[string]string {
	all := map[string]map[string]string{messages.Italian: {}}
	for _, s := range c.services {
		for tag, texts := range s.Texts {
			if all[tag] == nil {
				all[tag] = map[string]string{}
			}
			for key, text := range texts {
				all[tag]["service."+s.ID+"."+key] = strings.TrimSpace(text)
			}
		}
	}
	return all
}
