package catalog

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/messages"
)

// spoken are the texts of the terminal with those of a catalogue.
func spoken(t *testing.T, c *Catalog) *messages.Catalogue {
	t.Helper()
	m, err := messages.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetServices(c.Texts()); err != nil {
		t.Fatal(err)
	}
	return m
}

// builtIn is the catalogue of the program, which nothing changes.
func builtIn(t *testing.T) *Catalog {
	t.Helper()
	c, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var loadOnce = sync.OnceValues(Load)

var today = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func naspi(t *testing.T) *Service {
	t.Helper()
	s, ok := builtIn(t).Service("naspi")
	if !ok {
		t.Fatal("no naspi")
	}
	return s
}

func TestTheServicesLoadInTheOrderOfTheHomeScreen(t *testing.T) {
	c := builtIn(t)
	src, err := os.ReadFile("services/" + orderFile)
	if err != nil {
		t.Fatal(err)
	}
	_, order, err := parseOrder(src)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range c.Services() {
		ids = append(ids, s.ID)
	}
	if diff := cmp.Diff(order, ids); diff != "" {
		t.Error(diff)
	}
	if _, ok := c.Service("unknown"); ok {
		t.Error("a service that does not exist was found")
	}
}

func TestAWholeApplicationPassesUnchanged(t *testing.T) {
	s, a := naspi(t), wholeAnswers(t, whole, "naspi")
	if step, open := s.Unanswered(a, today); open {
		t.Fatalf("the step %s is unanswered", step.ID)
	}
	for _, step := range s.Applicable(a) {
		canonical, _ := s.Check(step, a, today)
		for name, answer := range canonical {
			if answer != a[name] {
				t.Errorf("%s: %q became %q", name, a[name], answer)
			}
		}
	}
	for name := range a {
		without := a.Clone()
		delete(without, name)
		if _, open := s.Unanswered(without, today); open != (name != "email") {
			t.Errorf("without %s: unanswered is %v", name, open)
		}
	}
}

// asks reports whether the step is asked, given the answers so far.
func asks(s *Service, step string, a Answers) bool {
	return slices.ContainsFunc(s.Applicable(a), func(asked Step) bool { return asked.Base() == step })
}

func TestIncomeIsAskedOnlyOfWhoStillWorks(t *testing.T) {
	s, a := naspi(t), wholeAnswers(t, whole, "naspi")
	if asks(s, "reddito", a) || asks(s, "reddito", Answers{}) {
		t.Error("income is asked of somebody without work")
	}
	if got := len(s.Applicable(a)); got != 12 {
		t.Errorf("%d questions without other work, want 12", got)
	}
	a["altra_attivita"] = "yes"
	if step, open := s.Unanswered(a, today); !open || step.ID != "reddito" {
		t.Errorf("unanswered is %q, want reddito", step.ID)
	}
	a["reddito_presunto"] = "2500.00"
	if _, open := s.Unanswered(a, today); open {
		t.Error("a whole application is unanswered")
	}
	a["altra_attivita"] = "no"
	if _, ok := s.Asked(a)["reddito_presunto"]; ok {
		t.Error("an income that is no longer asked would be sent")
	}
}

func TestTheTermEndsSixtyEightDaysAfterTheLastDayOfWork(t *testing.T) {
	if got := naspi(t).Due(wholeAnswers(t, whole, "naspi")).Format(time.DateOnly); got != "2027-01-07" {
		t.Errorf("due %s", got)
	}
	// python3: date.fromisoformat(last) + timedelta(68)
	for last, want := range map[string]string{
		"2027-12-31": "2028-03-08", // over 29 February
		"2026-12-31": "2027-03-09",
		"2028-02-29": "2028-05-07",
		"2026-10-24": "2026-12-31", // the clocks go back on the day after
	} {
		if got := naspi(t).Due(Answers{"data_cessazione": last}).Format(time.DateOnly); got != want {
			t.Errorf("last day %s: due %s, want %s", last, got, want)
		}
	}
}

func TestDatesAreJudgedAgainstTodayAndEachOther(t *testing.T) {
	s := naspi(t)
	step, _ := s.Step("periodo")
	for _, tt := range []struct {
		first, last string
		want        Problems
	}{
		{"1/3/2024", "31/10/2026", Problems{}},
		{"22/11/2026", "22/11/2026", Problems{}},
		{"1/3/2024", "23/11/2026", Problems{"data_cessazione": "problem.date-future"}},
		{"1/3/2024", "29/02/2024", Problems{"data_cessazione": "problem.date-order"}},
		{"31/11/2024", "1/12/2024", Problems{"data_inizio": "problem.date"}},
		{"", "1/12/2024", Problems{"data_inizio": "problem.required"}},
	} {
		_, got := s.Check(step, Answers{"data_inizio": tt.first, "data_cessazione": tt.last}, today)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s to %s: %s", tt.first, tt.last, diff)
		}
	}
}

func TestTodayBeginsAtMidnightInItaly(t *testing.T) {
	s := naspi(t)
	step, _ := s.Step("periodo")
	a := Answers{"data_inizio": "2024-03-01", "data_cessazione": "2026-11-23"}
	for now, want := range map[time.Time]int{
		time.Date(2026, 11, 22, 22, 59, 0, 0, time.UTC): 1,
		time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC):  0,
	} {
		if _, problems := s.Check(step, a, now); len(problems) != want {
			t.Errorf("at %v: %v", now, problems)
		}
	}
}

func TestCheckReturnsOnlyTheFieldsOfTheStep(t *testing.T) {
	s := naspi(t)
	step, _ := s.Step("residenza")
	got, problems := s.Check(step, Answers{
		"indirizzo": "  Via   Roma 12 ", "comune": "Alpago", "cap": "3201", "provincia": "bl", "iban": "x", "token": "y",
	}, today)
	if diff := cmp.Diff(map[string]string{"indirizzo": "Via Roma 12", "comune": "Alpago", "provincia": "BL"}, map[string]string(got)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Problems{"cap": "problem.cap"}, problems); diff != "" {
		t.Error(diff)
	}
}

func TestAnswersPrintOnlyTheirNumber(t *testing.T) {
	a := Answers{"iban": "IT60X0542811101000000123456"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("form", "answers", a)
	for _, s := range []string{fmt.Sprint(a), fmt.Sprintf("%+v", a), fmt.Sprintf("%#v", a), log.String()} {
		if strings.Contains(s, "IT60") || !strings.Contains(s, "1 answers") {
			t.Errorf("printed %q", s)
		}
	}
}

func TestAnswersAreShownAsPeopleReadThem(t *testing.T) {
	m := spoken(t, builtIn(t))
	s := naspi(t)
	for _, tt := range []struct{ lang, field, answer, want string }{
		{"it", "iban", "IT60X0542811101000000123456", "IT60 X054 2811 1010 0000 0123 456"},
		{"it", "data_inizio", "2024-03-01", "01/03/2024"},
		{"de", "data_inizio", "2024-03-01", "01.03.2024"},
		{"it", "telefono", "+3906164164", "+39 06164164"},
		{"it", "telefono", "+4313100000", "+4313100000"},
		{"it", "causale", "fine_contratto", "Il contratto è scaduto"},
		{"de", "did", "yes", "Ja, ich suche eine neue Arbeit"},
		{"it", "reddito_presunto", "2500.00", "2.500,00\u00a0€"},
		{"it", "comune", "Alpago", "Alpago"},
		{"it", "email", "", "Nessuna risposta"},
	} {
		f, ok := s.Field(tt.field)
		if !ok {
			t.Fatalf("no field %s", tt.field)
		}
		if got := f.Show(m.In(tt.lang), tt.answer); got != tt.want {
			t.Errorf("%s in %s: got %q, want %q", tt.field, tt.lang, got, tt.want)
		}
	}
}
