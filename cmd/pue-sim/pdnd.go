package main

import (
	"fmt"

	"pue/kiosk/upstream/upstreamsim"
)

// provisionPDND makes this terminal a client of the PDND that the reference INPS
// side plays, with its key in dir, and returns what belongs into the section inps of
// its configuration: nothing for a terminal without vouchers.
func provisionPDND(wanted bool, dir string) (section string, err error) {
	if !wanted {
		return "", nil
	}
	c, err := upstreamsim.ProvisionPDND(dir)
	if err != nil {
		return "", fmt.Errorf("making a client of the PDND: %w", err)
	}
	return fmt.Sprintf(`
  mode: pdnd-bearer
  pdnd:
    token_url: "{url}%s"
    audience: %q
    client_id: %q
    key_id: %q
    key: %q
    purpose_id: %q`, upstreamsim.PDNDPath, upstreamsim.PDNDAudience, c.ID, c.KeyID, c.KeyFile, c.PurposeID), nil
}
