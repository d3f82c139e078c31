package kiosk

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"path/filepath"

	"pue/kiosk/catalog"
	"pue/kiosk/config"
	"pue/kiosk/session"
)

// openShelf reads the catalogue that is kept, and whose key may sign the next.
func openShelf(c *config.Config, log *slog.Logger) (*catalog.Shelf, error) {
	var signer *x509.Certificate
	if c.Catalogue.Certificate != "" {
		var err error
		if signer, err = config.ReadCertificate(c.Catalogue.Certificate); err != nil {
			return nil, fmt.Errorf("catalogue.certificate: %w", err)
		}
	}
	shelf, err := catalog.OpenShelf(filepath.Join(c.Data.Directory, "catalogue.jws"), signer, log)
	if err != nil {
		return nil, fmt.Errorf("opening the catalogue: %w", err)
	}
	return shelf, nil
}

// watchCatalogue tells the session of each newer catalogue.
func (k *Kiosk) watchCatalogue(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.shelf.Changed():
			k.session.Report(session.CatalogueChanged{Catalog: k.shelf.Catalog()})
		}
	}
}

// adoptCatalogue puts the texts of the catalogue in place that the screens use
// from now on.
func (k *Kiosk) adoptCatalogue(c *catalog.Catalog) {
	if err := k.messages.SetServices(c.Texts()); err != nil {
		k.o.Log.Error("texts of the catalogue not in place", "version", c.Version(), "err", err)
	}
}
