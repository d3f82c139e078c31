package ui

import (
	"pue/kiosk/catalog"
)

// FactShown is one value of an answer, in words. What INPS left open is said so.
func (p page) FactShown(f catalog.Fact) string { return p.shownOf(f, p.Answer.Answer.Facts) }

// CellShown is one cell of the table of an answer.
func (p page) CellShown(row map[string]string, f catalog.Fact) string { return p.shownOf(f, row) }

func (p page) shownOf(f catalog.Fact, values map[string]string) string {
	if values[f.Name] == "" {
		return "–"
	}
	return f.Show(p.L, values[f.Name])
}

// Figures reports whether a column is read from the right.
func (p page) Figures(f catalog.Fact) bool {
	return f.Kind == catalog.Money || f.Kind == catalog.Number
}

// OfPaper is a message key in the words for the paper that is being printed, or that
// an officer is asked about: a document on A4 is no receipt.
func (p page) OfPaper(key string) string {
	kind := ""
	switch {
	case p.Paper != nil:
		kind = p.Paper.Kind
	case p.Print != nil:
		kind = p.Print.Kind
	}
	if k := key + "." + kind; p.L.Has(k) {
		return k
	}
	return key
}
