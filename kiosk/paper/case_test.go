package paper

import (
	"strings"
	"testing"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
)

// special is a submission of which more is to be said than where it stands.
type special struct {
	Case
	entry   outbox.Entry
	printed time.Time
}

func cases() map[string]special {
	guessed := waiting()
	guessed.ClockTrusted = false
	naspi := Case{Warn: 14, Unverified: true}
	return map[string]special{
		"unverified": {naspi, waiting(), today},
		"near":       {naspi, waiting(), time.Date(2026, 12, 28, 9, 0, 0, 0, time.UTC)},
		"over":       {naspi, waiting(), time.Date(2027, 1, 8, 9, 0, 0, 0, time.UTC)},
		"own-clock":  {naspi, guessed, today},
		"booking":    {Case{Booking: true}, withoutTerm(waiting()), today},
		"behalf":     {Case{Behalf: true}, withoutTerm(waiting()), today},
		"unasked":    {Case{Unasked: true}, withoutTerm(waiting()), today},
	}
}

func withoutTerm(e outbox.Entry) outbox.Entry {
	e.Term = time.Time{}
	return e
}

// Near its term, and whenever that cannot be known, the terminal does not pose as the
// only way.
func TestALocalReceiptNamesTheOtherWaysWhenTimeIsShort(t *testing.T) {
	last := waiting().Term // 7 January 2027
	for name, c := range map[string]struct {
		Case
		entry   outbox.Entry
		printed time.Time
		own     bool // nobody vouches for the clock
		want    bool
	}{
		"fifteen days before":  {Case{Warn: 14}, waiting(), last.AddDate(0, 0, -15), false, false},
		"fourteen days before": {Case{Warn: 14}, waiting(), last.AddDate(0, 0, -14), false, true},
		"the last day":         {Case{}, waiting(), last, false, true},
		"the day before":       {Case{}, waiting(), last.AddDate(0, 0, -1), false, false},
		"over":                 {Case{}, waiting(), last.AddDate(0, 0, 1), false, true},
		"no line":              {Case{Down: true}, waiting(), last.AddDate(0, 0, -40), false, true},
		"no line, no term":     {Case{Down: true}, withoutTerm(waiting()), today, false, false},
		"an own clock":         {Case{}, waiting(), last.AddDate(0, 0, -40), true, true},
	} {
		for destination, phone := range map[string]string{catalog.INPS: "803 164", catalog.Comune: "0437 555 0100"} {
			k := composer(t)
			k.trusted = func() bool { return !c.own }
			e := c.entry
			e.Destination = destination
			text := render(k.Local("it", e, c.Case, c.printed, 0), 80)
			if got := strings.Contains(text, "Non aspetti solo noi."); got != c.want || !strings.Contains(text, phone) {
				t.Errorf("%s: %v, want %v, and %s:\n%s", name, got, c.want, phone, text)
			}
			if ways, term := strings.Index(text, "Non aspetti"), strings.Index(text, "7 gennaio 2027"); c.want && (term < 0 || ways < term || strings.Contains(text[:term], "salva in")) {
				t.Errorf("%s does not begin with the term:\n%s", name, text)
			}
		}
	}
}

func TestNobodySaysThatATermIsOverByAClockOfItsOwn(t *testing.T) {
	c := composer(t)
	c.trusted = func() bool { return false }
	long := waiting().Term.AddDate(1, 0, 0)
	for name, text := range map[string]string{
		"local":     render(c.Local("it", waiting(), Case{}, long, 0), 80),
		"patronato": render(c.Patronato("it", waiting(), Case{}, long, 0), 80),
	} {
		if strings.Contains(text, "Il termine era") || !strings.Contains(text, "7 gennaio 2027") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

func TestAFigureThatNobodyStandsForSaysToAsk(t *testing.T) {
	c := composer(t)
	sooner := waiting()
	sooner.By = sooner.Term.AddDate(0, 0, -20)
	for name, x := range map[string]struct {
		text string
		want bool
	}{
		"verified":          {render(c.Local("it", waiting(), Case{}, today, 0), 80), false},
		"unverified":        {render(c.Local("it", waiting(), Case{Unverified: true}, today, 0), 80), true},
		"no term":           {render(c.Local("it", withoutTerm(waiting()), Case{Unverified: true}, today, 0), 80), false},
		"patronato":         {render(c.Patronato("it", waiting(), Case{Unverified: true}, today, 0), 80), true},
		"a day of ours":     {render(c.Patronato("it", sooner, Case{Unverified: true}, today, 0), 80), false},
		"filed in any case": {render(c.Final("it", filed(), Case{Unverified: true}, today, 0), 80), false},
	} {
		if got := strings.Contains(x.text, "chieda conferma."); got != x.want {
			t.Errorf("%s: %v\n%s", name, got, x.text)
		}
	}
}

func TestTheTimeOfAClockOfItsOwnIsMarkedOnEveryReceipt(t *testing.T) {
	c := composer(t)
	for _, trusted := range []bool{true, false} {
		e := waiting()
		e.ClockTrusted = trusted
		for name, text := range map[string]string{
			"local": render(c.Local("de", e, Case{}, today, 0), 80), "patronato": render(c.Patronato("de", e, Case{}, today, 0), 80),
		} {
			for _, words := range []string{"Uhr des Terminals, nicht geprüft.", "Ora del terminale, non controllata."} {
				if strings.Contains(text, words) == trusted {
					t.Errorf("%s, trusted %v:\n%s", name, trusted, text)
				}
			}
		}
	}
	guessed := filed()
	guessed.ClockTrusted = false
	if text := render(c.Final("it", guessed, Case{}, today, 0), 80); strings.Contains(text, "non controllata") {
		t.Errorf("the time is the receiver's:\n%s", text)
	}
}
