package ui

import (
	"strings"
	"testing"

	"pue/kiosk/messages"
)

func TestEveryLanguageHasAKeyboardThatFitsTheScreen(t *testing.T) {
	const most = 11 // eleven keys of 20 mm and ten gaps of 4 mm are 260 mm
	for _, language := range messages.Languages() {
		for name, k := range map[string]keyboard{"text": textKeyboard(language), "mail": mailKeyboard(language)} {
			if len(k.Rows) != 4 {
				t.Errorf("%s in %q has %d rows", name, language, len(k.Rows))
			}
			typed := map[string]bool{}
			for _, row := range append(k.Rows, k.Last) {
				if len(row) > most {
					t.Errorf("%s in %q has a row of %d keys", name, language, len(row))
				}
				for _, key := range row {
					if typed[key.Types] || key.Types == "" || key.Shows == "" {
						t.Errorf("%s in %q: the key %q", name, language, key)
					}
					typed[key.Types] = true
				}
			}
			for _, r := range "abcdefghijklmnopqrstuvwxyz0123456789" {
				if !typed[string(r)] {
					t.Errorf("%s in %q cannot type %q", name, language, r)
				}
			}
		}
	}
}

func TestTheKeyboardsCanTypeWhatPeopleAreCalled(t *testing.T) {
	for language, names := range map[string]string{"it": "àèéìòù'-,./", "de": "äöüßàè'-,./", "fr": "éèêàçù'-,./", "sl": "čšžćđè'-,./", "en": "àèéìòù'-,./"} {
		k := textKeyboard(language)
		var all strings.Builder
		for _, row := range append(k.Rows, k.Last) {
			for _, key := range row {
				all.WriteString(key.Types)
			}
		}
		for _, r := range names {
			if !strings.ContainsRune(all.String(), r) {
				t.Errorf("%q cannot type %q", language, r)
			}
		}
	}
	if got := mailKeyboard("it").Last; got[0].Types != "@" || got[len(got)-1].Types != ".com" {
		t.Errorf("the keys for mail are %v", got)
	}
}
