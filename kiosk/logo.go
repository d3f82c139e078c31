package kiosk

import (
	"os"

	"pue/devices/printer"
)

// wordmark stands above receipts where the technician gave no picture. It is
// nobody's logo.
const wordmark = "PUE"

// logo is the picture above receipts. One that cannot be used is no reason to
// print none: the log says why.
func (k *Kiosk) logo() *printer.Picture {
	file := k.o.Config.Printer.Logo
	if file == "" {
		return printer.Wordmark(wordmark)
	}
	src, err := os.ReadFile(file)
	if err != nil {
		k.o.Log.Warn("logo not read, the wordmark is used", "err", err)
		return printer.Wordmark(wordmark)
	}
	logo, err := printer.ReadLogo(src)
	if err != nil {
		k.o.Log.Warn("logo not usable, the wordmark is used", "file", file, "err", err)
		return printer.Wordmark(wordmark)
	}
	return logo
}
