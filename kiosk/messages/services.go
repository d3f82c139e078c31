package messages

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// serviceKeys begin all texts of services, which are not part of the program:
// they come and go with the catalogue of services.
const serviceKeys = "service."

// services holds the texts of services by language, in their present version.
type services struct {
	now atomic.Pointer[map[string]map[string]text]
}

// SetServices puts texts of services, by language and key, in the place of those
// before, all at once: who asks sees the old ones or the new ones. Languages
// that the terminal does not speak are left out. Each text is there in Italian.
func (c *Catalogue) SetServices(byLanguage map[string]map[string]string) error {
	all := map[string]map[string]text{}
	for _, tag := range Languages() {
		all[tag] = map[string]text{}
		for key, sentence := range byLanguage[tag] {
			t, err := serviceText(key, sentence)
			if err != nil {
				return fmt.Errorf("reading %q in %q: %w", key, tag, err)
			}
			source, ok := byLanguage[Italian][key]
			if want, _ := Placeholders(source); !ok || !slices.Equal(want, t.placeholders()) {
				return fmt.Errorf("reading %q in %q: not the placeholders of the Italian text", key, tag)
			}
			all[tag][key] = t
		}
	}
	c.services.now.Store(&all)
	return nil
}

func serviceText(key, sentence string) (text, error) {
	switch {
	case !strings.HasPrefix(key, serviceKeys):
		return nil, fmt.Errorf("the key does not begin with %q", serviceKeys)
	case sentence == "":
		return nil, errEmpty
	}
	f, err := parseForm(sentence)
	if err != nil {
		return nil, err
	}
	return text{"": f}, nil
}

// Placeholders lists the names that a sentence leaves open, sorted.
func Placeholders(sentence string) ([]string, error) {
	f, err := parseForm(sentence)
	if err != nil {
		return nil, err
	}
	return text{"": f}.placeholders(), nil
}

// in finds the text of a service in a language, or in Italian.
func (s *services) in(tag, key string) (t text, ok bool) {
	all := s.now.Load()
	if all == nil {
		return nil, false
	}
	if t, ok = (*all)[tag][key]; !ok {
		t, ok = (*all)[Italian][key]
	}
	return t, ok
}

// InItalian reports whether the text of a service is shown in Italian because it
// does not exist in this language.
func (l Language) InItalian(key string) bool {
	if l.tag == Italian || l.services == nil || !strings.HasPrefix(key, serviceKeys) {
		return false
	}
	all := l.services.now.Load()
	if all == nil {
		return false
	}
	_, here := (*all)[l.tag][key]
	_, there := (*all)[Italian][key]
	return there && !here
}

// find looks a text up: those of services first, by the beginning of their key.
func (l Language) find(key string) (text, bool) {
	if l.services != nil && strings.HasPrefix(key, serviceKeys) {
		if t, ok := l.services.in(l.tag, key); ok {
			return t, true
		}
	}
	t, ok := l.texts[key]
	return t, ok
}
