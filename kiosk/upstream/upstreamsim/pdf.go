package upstreamsim

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// makePDF prints an answer on A4, uncompressed so that a test can look for what
// is written on it. The same answer gives the same bytes on the same day.
func makePDF(a Answer, c citizen) (pdf []byte, pages int, err error) {
	p := fpdf.New("P", "mm", "A4", "")
	p.SetCompression(false)
	p.SetCatalogSort(true)
	p.SetCreationDate(date(c.now.Year(), c.now.Month(), c.now.Day()))
	p.SetModificationDate(date(c.now.Year(), c.now.Month(), c.now.Day()))
	p.SetTitle(a.Title, true)
	latin := p.UnicodeTranslatorFromDescriptor("") // the built-in fonts have Windows-1252
	p.SetFooterFunc(func() {
		p.SetY(-15)
		p.SetFont("Helvetica", "", 8)
		p.CellFormat(0, 8, latin(fmt.Sprintf("Documento inventato, senza alcun valore - pagina %d", p.PageNo())), "", 0, "C", false, 0, "")
	})
	p.AddPage()
	line := func(size float64, style, text string) {
		p.SetFont("Helvetica", style, size)
		p.MultiCell(0, size*0.6, latin(text), "", "L", false)
	}
	line(16, "B", "INPS (simulato)")
	line(14, "B", a.Title)
	line(11, "", c.name)
	line(11, "", "Codice fiscale "+c.code)
	line(11, "", "Stampato il "+c.now.Format("02/01/2006"))
	p.Ln(6)
	for _, name := range slices.Sorted(maps.Keys(a.Facts)) {
		line(11, "", spelled(name)+": "+a.Facts[name])
	}
	p.Ln(4)
	for _, row := range a.Rows {
		var cells []string
		for _, name := range slices.Sorted(maps.Keys(row)) {
			cells = append(cells, spelled(name)+": "+row[name])
		}
		line(10, "", strings.Join(cells, ", "))
	}
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		return nil, 0, fmt.Errorf("printing the PDF: %w", err)
	}
	return b.Bytes(), p.PageCount(), nil
}

// spelled is a name of the catalogue as words.
func spelled(name string) string { return strings.ReplaceAll(name, "_", " ") }
