package kiosk

import "pue/devices/printer"

// logo is the picture above receipts. One that cannot be used is no reason to
// print none: the log says why.
func (k *Kiosk) logo() *printer.Picture {
	file := k.o.Config.Printer.Logo
	logo, err := printer.OpenLogo(file)
	if err != nil {
		k.o.Log.Warn("logo not usable, the wordmark is used", "file", file, "err", err)
		return printer.Wordmark(printer.DefaultMark)
	}
	return logo
}
