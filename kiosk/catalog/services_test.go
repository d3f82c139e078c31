package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What these services promise beyond being sound. The dates are counted by hand.

func TestTheMaternityAllowanceIsDueSixMonthsAfterTheChildCame(t *testing.T) {
	s := service(t, "assegno-maternita")
	for came, want := range map[string]string{
		"2026-09-01": "2027-03-01",
		"2026-08-31": "2027-02-28",
		"2027-08-30": "2028-02-29",
	} {
		if got := s.Due(Answers{"data_nascita": came}).Format(time.DateOnly); got != want {
			t.Errorf("came %s: due %s, want %s", came, got, want)
		}
	}
}

func TestTheMaternityAllowanceGoesToTheComuneAndNeverSpeaksForINPS(t *testing.T) {
	s := service(t, "assegno-maternita")
	if s.Destination != Comune {
		t.Errorf("it goes to %q", s.Destination)
	}
	for tag, texts := range s.Texts {
		for key, text := range texts {
			// Whose other money it is, is the one thing that INPS has to do with it.
			if strings.Contains(text, "INPS") && key != "altri-aiuti.hint" {
				t.Errorf("%s: %s names INPS: %q", tag, key, text)
			}
		}
	}
}

// A child who is adopted came on another day than it was born.
func TestOnlyOfABirthIsTheCodeComparedWithTheDay(t *testing.T) {
	s := service(t, "assegno-maternita")
	step, _ := s.Step("figlio.1")
	for event, want := range map[string]string{"nascita": "warning.birthday", "adozione": "", "affidamento": ""} {
		a := Answers{"evento": event, "data_nascita": "2026-10-20", "figlio_cf.1": "PRVLCU26P01X999Y"}
		if got := s.Warnings(step, a, today)["figlio_cf.1"]; got != want {
			t.Errorf("%s: %q, want %q", event, got, want)
		}
	}
}

func TestTheMaternityAllowanceAsksForThePapersOfThoseWhoNeedThem(t *testing.T) {
	s := service(t, "assegno-maternita")
	for _, tt := range []struct {
		permit, event string
		want          []string
	}{
		{"italiana", "nascita", nil},
		{"unione_europea", "nascita", nil},
		{"lungo_periodo", "nascita", []string{"soggiorno"}},
		{"italiana", "adozione", []string{"ingresso"}},
		{"altro", "affidamento", []string{"soggiorno", "ingresso"}},
	} {
		var got []string
		for _, d := range s.DocumentsFor(Answers{"permesso": tt.permit, "evento": tt.event}) {
			got = append(got, d.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s, %s: %s", tt.permit, tt.event, diff)
		}
	}
}

func TestABookingNeedsANumberOnlyToBeCalled(t *testing.T) {
	s := service(t, "appuntamento")
	for way, want := range map[string][]string{
		"telefono":    {"argomento", "modo", "chiamata", "quando", "persona"},
		"sede":        {"argomento", "modo", "conferma", "quando", "persona"},
		"web_meeting": {"argomento", "modo", "conferma", "quando", "persona"},
	} {
		var got []string
		for _, step := range s.Applicable(Answers{"modalita": way}) {
			got = append(got, step.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", way, diff)
		}
	}
	number, _ := s.Field("telefono_conferma")
	if !number.Optional {
		t.Error("who comes to the office must leave a number")
	}
}

func TestABookingIsForADayToCome(t *testing.T) {
	s := service(t, "appuntamento")
	step, _ := s.Step("quando")
	for typed, want := range map[string]string{
		"21/11/2026": "problem.date-past",
		"22/11/2026": "",
		"10/12/2026": "",
	} {
		_, problems := s.Check(step, Answers{"preferenza": typed, "fascia": "mattina"}, today)
		if problems["preferenza"] != want {
			t.Errorf("%s: %q, want %q", typed, problems["preferenza"], want)
		}
	}
}

// What is open without a card holds no data on health (GDPR, art. 9), and names
// nobody who does not want it.
func TestWithoutACardNobodyHasToSayWhoTheyAre(t *testing.T) {
	for _, s := range builtIn(t).Services() {
		if s.Auth != NoAuth {
			continue
		}
		if s.Article9 {
			t.Errorf("%s is about health", s.ID)
		}
		for _, step := range s.Steps {
			for _, f := range step.Fields {
				personal := f.Name == "nome" || slices.Contains([]Kind{TaxCode, IBAN, Email}, f.Kind)
				if personal && !f.Optional {
					t.Errorf("%s must have %s", s.ID, f.Name)
				}
			}
		}
	}
}

// A declaration that leaves no true answer makes people lie.
func TestAGrownChildMayDoNoneOfWhatTheLawAsks(t *testing.T) {
	f, _ := service(t, "auu").Field("grande_fa")
	if !slices.Contains(f.Options(), "altro") {
		t.Errorf("one has to choose among %v", f.Options())
	}
}

func TestTheCheckListForTheAllowanceLeadsToAnAppointment(t *testing.T) {
	s := service(t, "adi-richiesta-info")
	next, ok := builtIn(t).Service(s.Next)
	if !ok || next.Class != Booking || next.Auth != NoAuth {
		t.Errorf("it goes on with %q", s.Next)
	}
}

func service(t *testing.T, id string) *Service {
	t.Helper()
	s, ok := builtIn(t).Service(id)
	if !ok {
		t.Fatalf("there is no service %s", id)
	}
	return s
}
