package messages

import (
	"slices"
	"testing"
	"time"
)

// loaded is the catalogue that the programs use.
func loaded(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sample(t *testing.T, it, de string) *Catalogue {
	t.Helper()
	c, err := load(twoLanguages(it, de), two)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheTextsOfAllLanguagesAgree(t *testing.T) {
	c := loaded(t)
	for _, tag := range Languages() {
		if got := c.In(tag).Tag(); got != tag {
			t.Errorf("asked for %q, got %q", tag, got)
		}
	}
}

func TestAnUnknownLanguageIsSpokenInItalian(t *testing.T) {
	if got := loaded(t).In("xx").Tag(); got != Italian {
		t.Errorf("got %q", got)
	}
}

func TestPlaceholdersAreFilledAndCountsChooseTheForm(t *testing.T) {
	c := sample(t,
		`{"a": "Ciao {who}, {who}!", "n": {"one": "{n} domanda di {who}", "other": "{n} domande di {who}"}}`,
		`{"a": "Hallo {who}", "n": {"one": "{n} Antrag von {who}", "other": "{n} Anträge von {who}"}}`)
	it, de := c.In("it"), c.In("de")
	for _, tt := range []struct{ got, want string }{
		{it.T("a", "who", "Lia"), "Ciao Lia, Lia!"},
		{it.T("n", "n", 1, "who", "Lia"), "1 domanda di Lia"},
		{it.T("n", "n", 0, "who", "Lia"), "0 domande di Lia"},
		{it.T("n", "n", 1883, "who", "Lia"), "1.883 domande di Lia"},
		{de.T("n", "n", 1, "who", "Lia"), "1 Antrag von Lia"},
		{de.T("n", "n", 2, "who", "Lia"), "2 Anträge von Lia"},
		{it.T("n", "who", "Lia"), "⟦n⟧ domande di Lia"},
		{it.T("a"), "Ciao ⟦who⟧, ⟦who⟧!"},
		{it.T("a", "who"), "Ciao ⟦who⟧, ⟦who⟧!"},
		{it.T("a", "who", "{who}"), "Ciao {who}, {who}!"},
		{it.T("b"), "⟦b⟧"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
	if !it.Has("a") || it.Has("b") {
		t.Error("Has does not tell a text from a missing one")
	}
	if got := c.Keys(); !slices.Equal(got, []string{"a", "n"}) {
		t.Errorf("Keys() = %q", got)
	}
}

func TestDatesAndTimesAreThoseOfItaly(t *testing.T) {
	c := loaded(t)
	it, de, fr, sl, en := c.In("it"), c.In("de"), c.In("fr"), c.In("sl"), c.In("en")
	late := time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC) // half past midnight in Italy
	summer := time.Date(2026, 7, 1, 12, 5, 0, 0, time.UTC)
	for _, tt := range []struct{ got, want string }{
		{it.Date(late), "01/11/2026"},
		{de.Date(late), "01.11.2026"},
		{it.Time(late), "00:30"},
		{it.Time(summer), "14:05"},
		{it.DateLong(late), "1º novembre 2026"},
		{de.DateLong(late), "1. November 2026"},
		{fr.Date(late), "01/11/2026"},
		{sl.Date(late), "01.11.2026"},
		{en.Date(late), "01/11/2026"},
		{fr.DateLong(late), "1er novembre 2026"},
		{fr.DateLong(summer), "1er juillet 2026"},
		{fr.DateLong(summer.AddDate(0, 0, 1)), "2 juillet 2026"},
		{sl.DateLong(late), "1. november 2026"},
		{en.DateLong(late), "1 November 2026"},
		{it.DateLong(summer.AddDate(0, 0, 21)), "22 luglio 2026"},
		{it.Day("2026-01-02"), "02/01/2026"},
		{de.Day("2026-01-02"), "02.01.2026"},
		{it.Day("domani"), "domani"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestNumbersAreGroupedAndWeeksBecomeYears(t *testing.T) {
	c := loaded(t)
	it, de, fr, sl, en := c.In("it"), c.In("de"), c.In("fr"), c.In("sl"), c.In("en")
	for _, tt := range []struct{ got, want string }{
		{it.Number(0), "0"},
		{it.Number(999), "999"},
		{it.Number(-1000), "-1.000"},
		{it.Number(1234567), "1.234.567"},
		{it.Money("1234.56"), "1.234,56\u00a0€"},
		{de.Money("7.5"), "7,50\u00a0€"},
		{it.Money("0"), "0,00\u00a0€"},
		{fr.Number(1234567), "1\u00a0234\u00a0567"},
		{sl.Number(-1000), "-1.000"},
		{en.Number(1234567), "1,234,567"},
		{fr.Money("1234.56"), "1\u00a0234,56\u00a0€"},
		{sl.Money("1234.56"), "1.234,56\u00a0€"},
		{en.Money("1234.56"), "€1,234.56"},
		{en.Money("7.5"), "€7.50"},
		{fr.Years(53), "1 an et 1 semaine"},
		{sl.Weeks(1), "1 teden"},
		{sl.Weeks(102), "102 tedna"},
		{sl.Weeks(3), "3 tedni"},
		{sl.Weeks(11), "11 tednov"},
		{sl.Years(1883), "36 let in 11 tednov"},
		{en.Years(104), "2 years"},
		{it.Weeks(1), "1 settimana"},
		{it.Years(1883), "36 anni e 11 settimane"},
		{it.Years(53), "1 anno e 1 settimana"},
		{it.Years(104), "2 anni"},
		{it.Years(51), "51 settimane"},
		{it.Years(0), "0 settimane"},
		{de.Years(53), "1 Jahr und 1 Woche"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestADayIsOverAtMidnightInItaly(t *testing.T) {
	day := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		now  time.Time
		want bool
	}{
		{day.AddDate(0, 0, -3), false},
		{time.Date(2026, 11, 27, 22, 59, 59, 0, time.UTC), false},
		{time.Date(2026, 11, 27, 23, 0, 0, 0, time.UTC), true}, // midnight in Italy
		{day.AddDate(0, 0, 1), true},
	} {
		if got := Over(day, tt.now); got != tt.want {
			t.Errorf("on %v it is over: %v", tt.now, got)
		}
	}
}

func TestDaysAreCountedAsInItaly(t *testing.T) {
	last := time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		now  time.Time
		want int
	}{
		{time.Date(2027, 1, 6, 22, 59, 0, 0, time.UTC), 1}, // 23:59 in Rome
		{time.Date(2027, 1, 6, 23, 1, 0, 0, time.UTC), 0},  // 00:01 of the last day
		{time.Date(2027, 1, 7, 12, 0, 0, 0, time.UTC), 0},
		{time.Date(2027, 1, 7, 23, 1, 0, 0, time.UTC), -1},
		{time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), 46},
	} {
		if got := DaysLeft(last, tt.now); got != tt.want {
			t.Errorf("at %v %d days are left, want %d", tt.now, got, tt.want)
		}
	}
}
