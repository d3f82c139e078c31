package session

import "pue/kiosk/catalog"

// CatalogueChanged brings a newer catalogue. It is used from when nobody is served:
// a question must not change under the hand that answers it.
type CatalogueChanged struct{ Catalog *catalog.Catalog }

// AdoptCatalogue says that the screens use a catalogue from now on.
type AdoptCatalogue struct{ Catalog *catalog.Catalog }

func (CatalogueChanged) event() {}
func (AdoptCatalogue) effect()  {}

func (t *turn) catalogueChanged(c *catalog.Catalog) {
	t.s.Newer = c
	if t.s.Screen == Welcome || t.s.Screen == OutOfOrder {
		t.adoptCatalogue()
	}
}

// adoptCatalogue takes up the newer catalogue, if there is one.
func (t *turn) adoptCatalogue() {
	if t.s.Newer == nil {
		return
	}
	t.s.Catalog, t.s.Newer = t.s.Newer, nil
	t.do(AdoptCatalogue{t.s.Catalog})
}

// serviceOf finds a service; nil when it is not, or no longer, offered.
func serviceOf(c *catalog.Catalog, id string) *catalog.Service {
	s, _ := c.Service(id)
	return s
}
