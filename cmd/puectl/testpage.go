package main

import (
	"fmt"
	"strings"
	"time"

	"pue/devices/printer"
	"pue/kiosk/messages"
)

// accents are the letters of Italy's languages that plain ASCII lacks.
const accents = "àèéìòùÀÈÉÌÒÙäöüÄÖÜßâêîôûëïçœŒčšžČŠŽ€"

// testPage shows what a technician looks for: how wide the paper is, each size of
// letter, the letters of each code page apart, a picture, a code to scan, and what
// was found on the line.
func testPage(device string, p printer.Profile, baud int, id printer.Identity) printer.Document {
	d := printer.Document{Blocks: []printer.Block{
		printer.Logo{Text: "PUE"},
		printer.Heading{Text: "Prova di stampa", Big: true},
		printer.Rule{},
		printer.Row{Label: "Stampante", Value: device},
		printer.Row{Label: "Profilo", Value: p.Name},
		printer.Row{Label: "Velocità", Value: fmt.Sprint(baud)},
		printer.Row{Label: "Si presenta come", Value: named(id)},
		printer.Row{Label: "Ora", Value: time.Now().In(messages.Italy).Format("02/01/2006 15:04")},
		printer.Rule{},
		printer.Text{Text: ruler(p.Columns)},
		printer.Text{Text: "Normale, neretto, alto, grande:"},
		printer.Text{Text: "Il comune è aperto.", Bold: true},
		printer.Text{Text: "Il comune è aperto.", Large: true},
		printer.Heading{Text: "È aperto", Big: true},
		printer.Rule{},
	}}
	for _, row := range letterRows(p) {
		d.Blocks = append(d.Blocks, row)
	}
	return printer.Document{Blocks: append(d.Blocks,
		printer.Rule{},
		printer.Text{Text: "La riga di cifre va da un bordo all'altro su una riga sola. Ogni pagina mostra le sue lettere: se una riga è sbagliata, il numero di quella pagina non è quello di questa stampante (printer.override.pages). Il codice si inquadra e dice PUE-PROVA."},
		printer.QR{Data: "PUE-PROVA"},
	)}
}

// named is how the printer calls itself.
func named(id printer.Identity) string {
	if name := strings.TrimSpace(id.Maker + " " + id.Model); name != "" {
		return name
	}
	return "(non lo dice)"
}

// ruler is a line of digits exactly as long as the paper is wide: the last one of
// each column's number.
func ruler(columns int) string {
	digits := make([]byte, columns)
	for i := range digits {
		digits[i] = '0' + byte((i+1)%10)
	}
	return string(digits)
}

// letterRows are the letters by the first page that has them, and those that none
// has, which are drawn.
func letterRows(p printer.Profile) (rows []printer.Row) {
	left := accents
	for _, page := range p.Pages {
		var here, others strings.Builder
		for _, r := range left {
			if page.Letters.Has(r) {
				here.WriteRune(r)
			} else {
				others.WriteRune(r)
			}
		}
		left = others.String()
		if here.Len() > 0 {
			rows = append(rows, printer.Row{Label: fmt.Sprintf("%s=%d", page.Letters, page.Number), Value: here.String()})
		}
	}
	if left != "" {
		rows = append(rows, printer.Row{Label: "disegnate", Value: left})
	}
	return rows
}
