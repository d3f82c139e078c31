package paper

import (
	"slices"
	"time"

	"pue/devices/printer"
	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/upstream"
)

// rowsPrinted is how many lines of a table go on paper: two years of months. The
// rest stays on the screen.
const rowsPrinted = 24

// Answer is what INPS said to a question, in words and figures. It names the
// service, since its citizen stands there and takes it; it names nobody, neither
// the citizen nor whom the citizen asks for.
func (c *Composer) Answer(lang string, service *catalog.Service, a upstream.Answer, behalf bool, printed time.Time, reprint int) printer.Document {
	s := c.sheet(lang).personal()
	s.head(reprint)
	s.printed(printed)
	for i, l := range s.languages {
		s.between(i)
		s.named(l, service)
		s.own(l, service)
		s.behalf(l, behalf)
		s.add(printer.Row{Label: l.T("receipt.statement.as-of"), Value: at(l, a.AsOf)})
		s.facts(l, printable(service.Answer.Facts), a.Facts)
		s.table(l, printable(service.Answer.Rows), a.Rows)
		if a.Document != nil {
			s.add(printer.Text{Text: l.T("answer.document", "n", a.Document.Pages)})
		}
		s.add(printer.Text{Text: l.T("receipt.statement.not-certificate"), Bold: true})
	}
	s.phones()
	return s.done()
}

// printable are the values that do not say who somebody is, where their money goes
// or how to reach them: a paper may be left lying about.
func printable(names []catalog.Fact) []catalog.Fact {
	return slices.DeleteFunc(slices.Clone(names), func(f catalog.Fact) bool {
		switch f.Kind {
		case catalog.TaxCode, catalog.TaxID, catalog.IBAN, catalog.Phone, catalog.Email:
			return true
		}
		return false
	})
}

// named is what the authority calls a service, and below it what the screen calls it,
// in a language that has words of its own: who reads no Italian must know the paper.
func (s *sheet) named(l messages.Language, service *catalog.Service) {
	s.add(printer.Heading{Text: service.Official})
	if key := service.Key("title"); l.Tag() != messages.Italian && l.Has(key) && !l.InItalian(key) {
		s.add(printer.Heading{Text: l.T(key)})
	}
}

// own is what the service itself says of its paper, in a language that it speaks.
func (s *sheet) own(l messages.Language, service *catalog.Service) {
	if key := service.Key("receipt"); l.Has(key) && !l.InItalian(key) {
		s.add(printer.Text{Text: l.T(key)})
	}
}

// behalf says that the paper is about somebody else, and not who.
func (s *sheet) behalf(l messages.Language, behalf bool) {
	if behalf {
		s.add(printer.Text{Text: l.T("receipt.behalf"), Bold: true})
	}
}

// facts are values with their names; what INPS does not know takes no paper.
func (s *sheet) facts(l messages.Language, names []catalog.Fact, values map[string]string) {
	for _, f := range names {
		if v := values[f.Name]; v != "" {
			s.add(printer.Row{Label: l.T(f.Key()), Value: f.Show(l, v)})
		}
	}
}

// table sets a table that is too wide for the paper: two columns as they are, and
// of more the first as the title of each row.
func (s *sheet) table(l messages.Language, columns []catalog.Fact, rows []map[string]string) {
	if len(rows) == 0 || len(columns) == 0 {
		return
	}
	s.add(printer.Rule{})
	if len(columns) == 2 {
		s.add(printer.Row{Label: l.T(columns[0].Key()), Value: l.T(columns[1].Key())})
	}
	for _, row := range rows[:min(len(rows), rowsPrinted)] {
		s.row(l, columns, row)
	}
	if left := len(rows) - rowsPrinted; left > 0 {
		s.add(printer.Text{Text: l.T("receipt.answer.more", "n", left), Bold: true})
	}
}

func (s *sheet) row(l messages.Language, columns []catalog.Fact, row map[string]string) {
	if len(columns) == 2 {
		s.add(printer.Row{Label: cell(l, columns[0], row), Value: cell(l, columns[1], row)})
		return
	}
	s.add(printer.Text{Text: cell(l, columns[0], row), Bold: true})
	s.facts(l, columns[1:], row)
}

// cell is a value of a table, or a dash where INPS does not know it.
func cell(l messages.Language, f catalog.Fact, row map[string]string) string {
	if row[f.Name] == "" {
		return "–"
	}
	return f.Show(l, row[f.Name])
}
