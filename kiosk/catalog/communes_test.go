package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pue/kiosk/messages"
)

func TestTheListOfComuniIsSortedAndWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for i, c := range communes() {
		if !belfiore.MatchString(c.Code) || seen[c.Code] || !slices.Contains(provinces, c.Province) || c.Name == "" {
			t.Errorf("line %d: %+v", i+1, c)
		}
		seen[c.Code] = true
		if i > 0 && communes()[i-1].Name >= c.Name {
			t.Errorf("line %d: %s stands after %s", i+1, c.Name, communes()[i-1].Name)
		}
		if got, _ := checkPlace(Field{}, c.String()); got != c.Code {
			t.Errorf("%s is not read as its code: %q", c, got)
		}
	}
}

func TestEveryProvinceHasItsChiefTown(t *testing.T) {
	towns := map[string]bool{}
	for _, c := range communes() {
		towns[c.Province] = true
	}
	for _, p := range provinces[:107] {
		if !towns[p] {
			t.Errorf("no town in %s", p)
		}
	}
}

func TestComuniAreSuggestedByTheBeginningOfAWord(t *testing.T) {
	for _, tt := range []struct {
		typed string
		most  int
		want  string
	}{
		{"alp", 5, "[Alpago (M375)]"},
		{"reggio", 5, "[Reggio di Calabria (H224) Reggio nell'Emilia (H223)]"},
		{"emilia", 5, "[Reggio nell'Emilia (H223)]"},
		{"BOZ", 5, "[Bolzano/Bozen (A952)]"},
		{"forli'", 5, "[Forlì (D704)]"},
		{"l'aq", 5, "[L'Aquila (A345)]"},
		{"mo", 1, "[Modena (F257)]"},
		{"mo", 0, "[]"},
		{"xy", 5, "[]"},
		{" ", 5, "[]"},
		{"'", 5, "[]"},
	} {
		if got := fmt.Sprint(SuggestCommunes(tt.typed, tt.most)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.typed, got, tt.want)
		}
	}
}

func TestAComuneIsShownWithItsNameWhereTheListKnowsIt(t *testing.T) {
	l := spoken(t, builtIn(t)).In(messages.Italian)
	place := Field{Name: "luogo", Kind: Place}
	for code, want := range map[string]string{"M375": "Alpago (M375)", "Z404": "Z404", "X999": "X999", "A005": "A005"} {
		if got := place.Show(l, code); got != want {
			t.Errorf("%s: %q", code, got)
		}
	}
}

func FuzzSuggestCommunes(f *testing.F) {
	for _, typed := range []string{"alp", "Forlì", "L’Aq", "\xff", "ǅ"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for _, c := range SuggestCommunes(typed, 3) {
			if !strings.Contains(" "+strings.Join(c.folded, " "), " "+fold(typed)) {
				t.Errorf("%q suggests %s", typed, c)
			}
		}
	})
}
