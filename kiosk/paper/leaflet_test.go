package paper

import (
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
		if own := c.messages.In("it").T(s.Key("receipt")); s.Class.Asked() && strings.Contains(text, own) {
			t.Errorf("%s says what only who has read it may: %s", s.ID, own)
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
	c := composerOfSamples(t)
	text := render(c.Leaflet("de", service(t, c, "scheda"), today, 0), 400)
	if n := strings.Count(text, "L'ISEE in vigore"); n != 1 || !strings.Contains(text, "Einen Ausweis") {
		t.Errorf("%d times:\n%s", n, text)
	}
	if text := render(c.Leaflet("en", service(t, c, "domanda"), today, 0), 400); strings.Contains(text, "translation") {
		t.Errorf("nothing is translated:\n%s", text)
	}
}

// Whoever reads no Italian knows a paper by the name that the screen had for it.
func TestAPaperOfAServiceBearsTheNameOnTheScreenToo(t *testing.T) {
	c := composer(t)
	for _, lang := range messages.Languages() {
		text := render(c.Statement(lang, working(), false, today, 0), 80)
		shown := c.messages.In(lang).T("service.estratto-contributivo.title")
		if got, want := strings.Contains(text, shown), lang != messages.Italian; got != want {
			t.Errorf("%q in %q: %v\n%s", shown, lang, got, text)
		}
	}
}
