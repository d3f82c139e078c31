package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"os"

	"pue/kiosk/catalog"
	"pue/kiosk/config"
)

// catalogueCheck explains a folder of services, or a signed bundle of them.
func catalogueCheck(_ context.Context, args []string, out io.Writer) error {
	f := flags("catalogue check")
	certificate := f.String("certificate", "", "who must have signed the bundle")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	path := f.Arg(0)
	c, flaws, err := checkCatalogue(path, *certificate)
	if err != nil {
		return fmt.Errorf("checking the catalogue: %w", err)
	}
	for _, flaw := range flaws {
		fmt.Fprintf(os.Stderr, "%s\n", flaw)
	}
	if len(flaws) > 0 {
		return errProblems
	}
	for _, r := range c.Remarks([]string{"it", "de", "fr", "sl", "en"}) {
		fmt.Fprintf(out, "remark: %s\n", r)
	}
	fmt.Fprintf(out, "%s: good, version %d, %d services\n", path, c.Version(), len(c.Services()))
	return nil
}

func checkCatalogue(path, certificate string) (*catalog.Catalog, []catalog.Flaw, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		c, flaws := catalog.CheckFolder(os.DirFS(path))
		return c, flaws, nil
	}
	signer, err := catalogueSigner(certificate)
	if err != nil {
		return nil, nil, err
	}
	bundle, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	c, flaws := catalog.CheckBundle(bundle, signer)
	return c, flaws, nil
}

// catalogueSigner reads a certificate; no name is none.
func catalogueSigner(path string) (*x509.Certificate, error) {
	if path == "" {
		return nil, nil
	}
	return config.ReadCertificate(path)
}
