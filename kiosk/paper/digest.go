package paper

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"pue/devices/printer"
)

// Digest tells the papers of one run of the terminal apart, in 16 hex digits. Its key
// is never written down: a leaflet has as many texts as there are services, a receipt
// as many as there are kinds of cases, and who steals the disk could try them all out.
// A private paper has none even so.
func (j *Journal) Digest(d printer.Document) string {
	if d.Private {
		return ""
	}
	h := hmac.New(sha256.New, j.key[:])
	for _, b := range d.Blocks {
		fmt.Fprintf(h, "%#v\n", b)
	}
	return hex.EncodeToString(h.Sum(nil)[:digestShown/2])
}
