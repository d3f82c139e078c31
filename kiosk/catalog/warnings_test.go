package catalog

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The codes are of nobody: no place has the Belfiore code X999. Their check
// characters were computed with python3.
func TestACodiceFiscaleTellsTheBirth(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		code string
		want Birth
		ok   bool
	}{
		{"PRVLIA16E41X999X", Birth{day(2016, 5, 1), true, "X999"}, true},
		{"PRVTEO10A05X999E", Birth{day(2010, 1, 5), false, "X999"}, true},
		{"RSSMRA80A01H501U", Birth{day(1980, 1, 1), false, "H501"}, true},
		{"RSSMRA80A01H50MM", Birth{day(1980, 1, 1), false, "H501"}, true}, // omocodia
		{"rssmra80a01h501u", Birth{day(1980, 1, 1), false, "H501"}, true},
		{"80078750587", Birth{}, false},
		{"RSSMRA80A01H501V", Birth{}, false},
		{"", Birth{}, false},
	} {
		got, ok := BirthOf(tt.code, today)
		if !ok {
			got = Birth{}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || ok != tt.ok {
			t.Errorf("%s: %v %s", tt.code, ok, diff)
		}
	}
}

func TestNobodyIsBornTomorrow(t *testing.T) {
	for now, want := range map[time.Time]int{
		time.Date(2080, 1, 1, 0, 0, 0, 0, time.UTC):                  2080,
		time.Date(2079, 12, 31, 22, 59, 0, 0, time.UTC):              1980,
		time.Date(2079, 12, 31, 23, 0, 0, 0, time.UTC):               2080, // midnight in Italy
		time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC):               1980,
		time.Date(1980, 1, 1, 0, 0, 0, 0, time.FixedZone("", -3600)): 1980,
	} {
		if b, _ := BirthOf("RSSMRA80A01H501U", now); b.Day.Year() != want {
			t.Errorf("at %v: born in %d, want %d", now, b.Day.Year(), want)
		}
	}
}

func TestWhatLooksWrongIsWarnedOfAndNotRefused(t *testing.T) {
	s := &Service{ID: "prova", Steps: []Step{{ID: "figlio", Fields: []Field{
		{Name: "nascita", Kind: Date, Under: 18},
		{Name: "cf", Kind: TaxCode, Under: 14, Born: "nascita"},
	}}}}
	step := s.Steps[0]
	for _, tt := range []struct {
		cf, day string
		want    Problems
	}{
		{"PRVLIA16E41X999X", "2016-05-01", Problems{}},
		{"PRVLIA16E41X999X", "2016-05-02", Problems{"cf": "warning.birthday"}},
		{"PRVTEO10A05X999E", "2010-01-05", Problems{"cf": "warning.under"}},
		{"80078750587", "2016-05-01", Problems{}}, // a temporary code says nothing
		{"80078750587", "2008-12-31", Problems{"nascita": "warning.under"}},
		{"80078750587", "2009-01-01", Problems{}},
		{"PRVLIA16E41X999X", "", Problems{}},
		{"", "", Problems{}},
	} {
		a := Answers{"cf": tt.cf, "nascita": tt.day}
		if diff := cmp.Diff(tt.want, s.Warnings(step, a, today)); diff != "" {
			t.Errorf("%s %s: %s", tt.cf, tt.day, diff)
		}
		if tt.cf != "" && tt.day != "" {
			if _, problems := s.Check(step, a, today); len(problems) != 0 {
				t.Errorf("%s %s: refused: %v", tt.cf, tt.day, problems)
			}
		}
	}
}

func FuzzBirthOf(f *testing.F) {
	for _, code := range []string{"PRVLIA16E41X999X", "RSSMRA80A01H50MM", "80078750587", "rssmra80a01h501u", "\xff"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if b, ok := BirthOf(code, today); ok && (b.Day.After(today) || len(b.Place) != 4 || today.Year()-b.Day.Year() > 100) {
			t.Errorf("%q: %+v", code, b)
		}
	})
}
