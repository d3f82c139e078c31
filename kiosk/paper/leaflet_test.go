package paper

import (
	"slices"
	"strings"
	"testing"

	"pue/kiosk/catalog"
	"pue/kiosk/messages"
)

func TestALeafletSaysAllThatThereIsToRead(t *testing.T) {
	c := composer(t)
	for _, s := range c.services().Services() {
		text := strings.Join(strings.Fields(render(c.Leaflet("it", s, today, 0), 400)), " ")
		for _, line := range s.Reading() {
			if words := c.messages.In("it").T(line.Key); !strings.Contains(text, words) {
				t.Errorf("%s: %q is not there", s.ID, words)
			}
			if line.Law != nil && (!strings.Contains(text, line.Law.Source) || !line.Law.Verified() && !strings.Contains(text, "chieda conferma")) {
				t.Errorf("%s: %q is said without its source, or as if somebody stood for it", s.ID, line.Key)
			}
		}
	}
}

// Who holds the paper of what to bring has filed nothing, and must not believe it.
func TestALeafletIsNoReceipt(t *testing.T) {
	c := composer(t)
	for _, s := range c.services().Services() {
		text := render(c.Leaflet("de", s, today, 0), 400)
		if !strings.Contains(text, "Non ha ancora chiesto niente.") || !strings.Contains(text, "Sie haben noch nichts beantragt.") {
			t.Errorf("%s:\n%s", s.ID, text)
		}
		if own := c.messages.In("it").T(s.Key("receipt")); s.Class.Filed() && strings.Contains(text, own) {
			t.Errorf("%s says what only who has filed may read: %s", s.ID, own)
		}
	}
}

func TestALeafletOfTheMunicipalityNamesItsTelephone(t *testing.T) {
	c := composer(t)
	for _, s := range c.services().Services() {
		text := render(c.Leaflet("it", s, today, 0), 80)
		ofComune := s.Destination == catalog.Comune
		if strings.Contains(text, "0437 555 0100") != ofComune || strings.Contains(text, "803 164") == ofComune {
			t.Errorf("%s:\n%s", s.ID, text)
		}
	}
}

// What was never translated stands on the paper once, in Italian.
func TestALeafletSaysNothingTwice(t *testing.T) {
	c := composer(t)
	s := *service(t, c, "naspi")
	only := "service.naspi.bring.iban"
	texts := c.services().Texts()
	delete(texts["sl"], only)
	if err := c.messages.SetServices(texts); err != nil {
		t.Fatal(err)
	}
	words := c.messages.In(messages.Italian).T(only)
	lines := strings.Split(render(c.Leaflet("sl", &s, today, 0), 400), "\n")
	if n := len(slices.DeleteFunc(lines, func(l string) bool { return !strings.Contains(l, words) })); n != 1 {
		t.Errorf("%q stands there %d times", words, n)
	}
}
