package upstream

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"pue/kiosk/catalog"
)

// shape is an answer with each kind that an authority fills in.
var shape = &catalog.Answer{
	Facts:    []catalog.Fact{{Name: "anno", Kind: catalog.Year}, {Name: "netto", Kind: catalog.Money}, {Name: "mese", Kind: catalog.Month}},
	Rows:     []catalog.Fact{{Name: "voce", Kind: catalog.Text}, {Name: "giorno", Kind: catalog.Date}},
	Document: true,
}

var today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// Whatever arrives, what is shown is in the catalogue's own shape and can go on a
// screen and on paper.
func FuzzAnAnswerIsShownInTheShapeOfTheCatalogueOrNotAtAll(f *testing.F) {
	digest := strings.Repeat("ab", 32)
	for _, seed := range []string{
		`{"as_of":"2026-11-22T08:00:00Z","facts":{"anno":"2026","netto":"10.00"},"rows":[{"voce":"IRPEF","giorno":"2026-11-01"}],` +
			`"document":{"id":"N4XQ7TZ2KPVB6MDAJH3RLWYC5E","size":10,"sha256":"` + digest + `","pages":1}}`,
		`{"as_of":"2026-11-22T08:00:00Z","facts":{"diagnosi":"x"},"rows":[]}`,
		`{"facts":{"anno":"\u001b@"}}`, `{}`, `null`, `{"rows":[null,{}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w wireAnswer
		if json.Unmarshal(data, &w) != nil {
			return
		}
		a, wrong := w.read(shape, today)
		if wrong != "" {
			if len(a.Facts) > 0 || len(a.Rows) > 0 || a.Document != nil {
				t.Errorf("refused (%s), and given all the same", wrong)
			}
			return
		}
		if len(a.Facts) != len(shape.Facts) || len(a.Rows) > rowsMost || a.Document == nil || a.Document.wrong() != "" {
			t.Errorf("taken: %+v", a)
		}
		for _, values := range append(a.Rows, a.Facts) {
			for name, v := range values {
				if !printable(v, valueLongest) {
					t.Errorf("%s: %q cannot be shown", name, v)
				}
			}
		}
	})
}

func FuzzADelegationIsWholeOrNone(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"delega-1","tax_code":"CNTNNA38P50X999Q","name":"Nonna Inventata","kind":"delegate","until":"2027-01-01"}]`,
		`[{"id":"delega-1"}]`, `[{"id":"delega-1","tax_code":"CNTNNA38P50X999Q","name":"\n","kind":"parent"}]`, `[]`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var items []wireDelegation
		if json.Unmarshal(data, &items) != nil {
			return
		}
		list, err := readDelegations(items, today)
		if err != nil && list != nil {
			t.Error("an error, and delegations all the same")
		}
		seen := map[string]bool{}
		for _, d := range list {
			if seen[d.ID] || d.TaxCode.IsZero() || d.Name.IsZero() || !delegationKinds[d.Kind] || !d.Until.IsZero() && d.Until.AddDate(0, 0, 1).Before(today) {
				t.Errorf("taken: %q %q until %s", d.ID, d.Kind, d.Until)
			}
			seen[d.ID] = true
		}
	})
}

func TestADelegationThatHasEndedIsNone(t *testing.T) {
	item := wireDelegation{ID: "delega-1", TaxCode: "CNTNNA38P50X999Q", Name: "Nonna Inventata", Kind: "delegate"}
	for until, want := range map[string]int{"": 1, "2026-11-22": 1, "2026-11-23": 1, "2026-11-21": 0} {
		item.Until = until
		if list, err := readDelegations([]wireDelegation{item}, today); err != nil || len(list) != want {
			t.Errorf("until %q: %d, %v", until, len(list), err)
		}
	}
}

// Whatever pieces arrive, what is put together is never longer than announced, and
// never of two versions.
func FuzzPiecesOfACatalogueFitTogetherOrNot(f *testing.F) {
	f.Add(200, `"a"`, "", []byte("abc"), 206, `"a"`, "bytes 3-5/6", []byte("def"))
	f.Add(200, `"a"`, "", []byte("abc"), 206, `"b"`, "bytes 3-5/6", []byte("def"))
	f.Add(206, `"a"`, "bytes 0-2/6", []byte("abc"), 206, `"a"`, "bytes 1-5/6", []byte("def"))
	f.Add(206, `"a"`, "bytes 0-/99999999999", []byte("abc"), 200, ``, "", []byte(""))
	f.Fuzz(func(t *testing.T, s1 int, tag1, range1 string, body1 []byte, s2 int, tag2, range2 string, body2 []byte) {
		var p arrival
		for _, a := range []answer{piece(s1, tag1, range1, body1), piece(s2, tag2, range2, body2)} {
			before := len(p.body)
			if a.status != http.StatusOK && a.status != http.StatusPartialContent {
				return
			}
			err := p.add(a, nil)
			if err != nil && len(p.body) != before {
				t.Error("refused, and taken all the same")
			}
			if err == nil && a.status == http.StatusPartialContent && (p.etag != tagOf(a) || len(p.body) > catalogueMost) {
				t.Errorf("of another version, or too long: %d bytes", len(p.body))
			}
		}
	})
}

func piece(status int, tag, at string, body []byte) answer {
	h := http.Header{}
	h.Set("ETag", tag)
	h.Set("Content-Range", at)
	return answer{status: status, media: joseType, header: h, body: body}
}

func tagOf(a answer) string { return a.header.Get("ETag") }
