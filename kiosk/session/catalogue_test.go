package session

import (
	"os"
	"slices"
	"testing"

	"pue/kiosk/catalog"
)

// testCatalogue has a service of each class, written for these tests: what is on
// the terminal changes with the law.
func testCatalogue(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, flaws := catalog.CheckFolder(os.DirFS("testdata"))
	if len(flaws) > 0 {
		t.Fatal(flaws)
	}
	return c
}

func newerCatalogue(t *testing.T) *catalog.Catalog {
	t.Helper()
	return testCatalogue(t)
}

func TestANewerCatalogueIsUsedAtOnceWhereNobodyIsServed(t *testing.T) {
	s, newer := begin(t), newerCatalogue(t)
	after, effects := s.m.next(s.s, CatalogueChanged{newer}, s.now)
	if after.Catalog != newer || after.Newer != nil {
		t.Error("the welcome screen keeps the old catalogue")
	}
	if !slices.Contains(effects, Effect(AdoptCatalogue{newer})) {
		t.Error("nobody hears of it, so that its texts are not in place")
	}
}

func TestANewerCatalogueWaitsUntilTheCitizenIsGone(t *testing.T) {
	s, newer := begin(t).logsIn("anna"), newerCatalogue(t)
	old := s.s.Catalog
	s.opens("naspi").happens(CatalogueChanged{newer})
	if s.s.Catalog != old {
		t.Fatal("the questions change under the hand that answers them")
	}
	s.pulls()
	if s.s.Catalog != old {
		t.Error("the form that waits for its card lost its catalogue")
	}
	s.touches(Start, "")
	if s.s.Screen != Welcome || s.s.Catalog != newer || s.s.Newer != nil {
		t.Errorf("on %s the next visitor gets the old catalogue", s.s.Screen)
	}
}
