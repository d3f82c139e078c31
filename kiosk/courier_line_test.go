package kiosk

import (
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"pue/kiosk/upstream/upstreamsim"
)

// The whole way: INPS signs a bundle and gives it out, the terminal fetches it
// over its line, uses it, and after a restart only asks whether there is another.
func TestANewCatalogueComesOverTheLine(t *testing.T) {
	port, url := openPort(t)
	c := provision(t, url)
	keys := filepath.Dir(c.INPS.CA)
	c.Catalogue.Certificate = filepath.Join(keys, "catalogue.pem")
	side := inps(t, c, port)
	key, err := upstreamsim.ReadCatalogueKey(filepath.Join(keys, "inps", "catalogue-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := upstreamsim.PackCatalogue(fstest.MapFS{
		"catalog.yaml":    {Data: []byte("{version: 1000, services: [promemoria]}")},
		"promemoria.yaml": {Data: []byte(sheet)},
	}, key, time.Now())
	if err != nil {
		t.Fatal(err)
	}

	r := newRig(t, c)
	if !r.courier.bring(t.Context()) || r.shelf.Status().Bundle || r.courier.refused.Load() {
		t.Errorf("where none is given out: %+v", r.shelf.Status())
	}
	side.SetCatalogue(bundle)
	if !r.courier.bring(t.Context()) || r.shelf.Status().Version != 1000 {
		t.Fatalf("after fetching: %+v", r.shelf.Status())
	}
	if carried := r.budget.Spent(time.Now()); carried < int64(len(bundle)/4) {
		t.Errorf("%d bytes were counted", carried)
	}
	before := r.courier.tag
	r.Close()

	r = newRig(t, c)
	if r.courier.tag != before || before == "" {
		t.Errorf("tag %q before the restart, %q after", before, r.courier.tag)
	}
	side.SetBomb(true)
	if r.courier.bring(t.Context()) {
		t.Error("a bomb passed for a catalogue")
	}
	side.SetBomb(false)
	side.SetCatalogue([]byte("eyJhbGciOiJub25lIn0.e30."))
	if !r.courier.bring(t.Context()) || !r.courier.refused.Load() || r.shelf.Status().Version != 1000 || r.shelf.Status().Problem == "" {
		t.Errorf("after a bundle that nobody signed: refused %v, %+v", r.courier.refused.Load(), r.shelf.Status())
	}
}
