package paper

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/upstream"
)

// answers are what INPS might say, by service.
func answers() map[string]upstream.Answer {
	asOf := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	slip := upstream.Answer{
		AsOf:  asOf,
		Facts: map[string]string{"netto": "1043.20", "pagata": "2026-11-02", "ignota": ""},
		Rows: []map[string]string{
			{"voce": "IRPEF", "euro": "212.30"}, {"voce": "Addizionale regionale", "euro": "32.50"}, {"voce": "Altro", "euro": ""},
		},
		Document: &upstream.Document{Pages: 2},
	}
	requests := upstream.Answer{
		AsOf:  asOf,
		Facts: map[string]string{"trovate": "2"},
		Rows: []map[string]string{
			{"domanda": "Assegno unico", "fatta": "2026-10-02", "stato": "guarda", "protocollo": "INPS.7003.02/10/2026.0004711"},
			{"domanda": "NASpI", "fatta": "2025-01-15", "stato": "accolta", "protocollo": ""},
		},
	}
	return map[string]upstream.Answer{"prospetto": slip, "elenco": requests}
}

func service(t *testing.T, c *Composer, id string) *catalog.Service {
	t.Helper()
	s, ok := c.services().Service(id)
	if !ok {
		t.Fatalf("no service %q", id)
	}
	return s
}

func TestALongTableSaysHowMuchOfItIsNotOnPaper(t *testing.T) {
	c := composerOfSamples(t)
	s, a := service(t, c, "prospetto"), answers()["prospetto"]
	for n, want := range map[int]string{rowsPrinted: "", rowsPrinted + 1: "Manca 1 riga", rowsPrinted + 6: "Mancano 6 righe"} {
		a.Rows = nil
		for i := range n {
			a.Rows = append(a.Rows, map[string]string{"voce": fmt.Sprintf("Voce %d.", i+1), "euro": "1.00"})
		}
		text := render(c.Answer("it", s, a, false, today, 0), 42)
		if !strings.Contains(text, fmt.Sprintf("Voce %d.", rowsPrinted)) || strings.Contains(text, fmt.Sprintf("Voce %d.", rowsPrinted+1)) {
			t.Errorf("%d rows:\n%s", n, text)
		}
		if said := strings.Contains(text, "Manca"); said != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%d rows, want %q:\n%s", n, want, text)
		}
	}
}

func TestWhatSaysWhoSomebodyIsStaysOffThePaper(t *testing.T) {
	c := composerOfSamples(t)
	s := *service(t, c, "prospetto")
	for kind, value := range map[catalog.Kind]string{
		catalog.TaxCode: "RSSMRA80A01X999K", catalog.TaxID: "RSSMRA80A01X999K", catalog.IBAN: "IT60X0542811101000000123456",
		catalog.Phone: "+393331234567", catalog.Email: "mario@example.it",
	} {
		shape := *s.Answer
		fact, column := shape.Facts[0], shape.Rows[1]
		fact.Kind, column.Kind = kind, kind
		shape.Facts, shape.Rows = []catalog.Fact{fact}, []catalog.Fact{shape.Rows[0], column}
		s.Answer = &shape
		a := upstream.Answer{AsOf: today, Facts: map[string]string{fact.Name: value}, Rows: []map[string]string{{"voce": "IRPEF", column.Name: value}}}
		text := strings.ReplaceAll(render(c.Answer("it", &s, a, false, today, 0), 80), " ", "")
		if strings.Contains(text, value) || !strings.Contains(text, "IRPEF") {
			t.Errorf("%s:\n%s", kind, text)
		}
	}
}

func TestAClockThatNobodyVouchesForIsSaidOnPaper(t *testing.T) {
	c := composerOfSamples(t)
	s, a := service(t, c, "prospetto"), answers()["prospetto"]
	for _, trusted := range []bool{true, false} {
		c.trusted = func() bool { return trusted }
		for name, text := range map[string]string{
			"answer":    render(c.Answer("it", s, a, false, today, 0), 80),
			"leaflet":   render(c.Leaflet("it", s, today, 0), 80),
			"statement": render(c.Statement("it", working(), false, today, 0), 80),
		} {
			if said := strings.Contains(text, "Ora del terminale, non controllata."); said == trusted {
				t.Errorf("%s, trusted %v:\n%s", name, trusted, text)
			}
		}
	}
}
