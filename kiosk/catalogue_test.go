package kiosk

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"pue/kiosk/session"
	"pue/kiosk/upstream/upstreamsim"
)

const sheet = `id: promemoria
version: 1
class: info
offline: full
auth: none
official: Promemoria
icon: form
texts:
  it: {title: Che cosa serve, hint: Una lista, info.1: Porti un documento.}
`

func TestABundleBringsANewServiceToTheScreenAndStaysAfterARestart(t *testing.T) {
	c := provision(t, nowhere)
	keys := filepath.Dir(c.INPS.CA)
	c.Catalogue.Certificate = filepath.Join(keys, "catalogue.pem")
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
	t.Run("taken", func(t *testing.T) {
		r := run(t, c)
		r.shows(session.Welcome)
		if err := r.shelf.Take(bundle); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for !r.Messages().In("it").Has("service.promemoria.title") {
			if ctx.Err() != nil {
				t.Fatal("the texts of the bundle never came")
			}
			r.session.Touch(session.Touch{}) // a turn of the session, which changes nothing
		}
		if r.Messages().In("it").Has("service.naspi.title") {
			t.Error("the texts of the old catalogue are still there")
		}
	})
	t.Run("kept", func(t *testing.T) {
		r := newRig(t, c)
		if got := r.shelf.Status(); got.Version != 1000 || !r.Messages().In("it").Has("service.promemoria.title") {
			t.Errorf("after a restart: %+v", got)
		}
	})
	t.Run("torn", func(t *testing.T) {
		if err := os.Truncate(filepath.Join(c.Data.Directory, "catalogue.jws"), 100); err != nil {
			t.Fatal(err)
		}
		r := newRig(t, c)
		if got := r.shelf.Status(); got.Bundle || got.Problem == "" || !r.Messages().In("it").Has("service.naspi.title") {
			t.Errorf("with half a file: %+v", got)
		}
		if !r.courier.refused.Load() {
			t.Error("nobody is told that the bundle is damaged")
		}
	})
}
