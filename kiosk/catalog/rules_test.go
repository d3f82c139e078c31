package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pue/kiosk/messages"
)

// long is a text that does not fit.
var long = strings.Repeat("a", defaultMax+1)

// typings is what people type, and the canonical form or the problem it has.
var typings = []struct {
	kind        Kind
	typed       string
	want, wrong string
}{
	{IBAN, "IT60X0542811101000000123456", "IT60X0542811101000000123456", ""},
	{IBAN, "it60 x054 2811 1010 0000 0123 456", "IT60X0542811101000000123456", ""},
	{IBAN, "SM86U0322509800000000270100", "SM86U0322509800000000270100", ""},
	{IBAN, "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", ""},
	{IBAN, "MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S", ""},
	{IBAN, "NO93 8601 1117 947", "NO9386011117947", ""},
	{IBAN, "IT60X0542811101000000123457", "", "iban-check"},   // a figure mistyped
	{IBAN, "IT60X0542811101000000132456", "", "iban-check"},   // two figures swapped
	{IBAN, "IT60X054281110100000012345", "", "iban-length"},   // a figure lost
	{IBAN, "IT60X05428111010000001234567", "", "iban-length"}, // one too many
	{IBAN, "IT6010542811101000000123456", "", "iban"},         // no letter where the CIN stands
	{IBAN, "US60X0542811101000000123456", "", "iban-country"},
	{IBAN, "0542811101000000123456", "", "iban"},
	{IBAN, "I", "", "iban"},
	{IBAN, "IT", "", "iban"},
	{IBAN, "ITÀ0X0542811101000000123456", "", "iban"},

	{Phone, "333 1234567", "+393331234567", ""},
	{Phone, "333.12.34.567", "+393331234567", ""},
	{Phone, "0437/123456", "+390437123456", ""}, // the 0 stays
	{Phone, "06 164164", "+3906164164", ""},
	{Phone, "+39 06 164164", "+3906164164", ""},
	{Phone, "0039 06 164164", "+3906164164", ""},
	{Phone, "0043 1 310 00 00", "+4313100000", ""},
	{Phone, "+43 (1) 310-0000", "+4313100000", ""},
	{Phone, "12345", "", "phone"},
	{Phone, "+39 12345678", "", "phone"}, // neither landline nor mobile
	{Phone, "33312", "", "phone"},
	{Phone, "333 1234567 89", "", "phone"},
	{Phone, "+43 1 3100 000 000 000 00", "", "phone"},
	{Phone, "333 12E4567", "", "phone"},
	{Phone, "٣٣٣1234567", "", "phone"},

	{Email, "lia@example.it", "lia@example.it", ""},
	{Email, "Lia.Rossi+inps@Posta.Example.IT", "Lia.Rossi+inps@posta.example.it", ""},
	{Email, "lia@example", "", "email"},
	{Email, "lia@@example.it", "", "email"},
	{Email, "lia.example.it", "", "email"},
	{Email, "lia..rossi@example.it", "", "email"},
	{Email, ".lia@example.it", "", "email"},
	{Email, "lia rossi@example.it", "", "email"},
	{Email, "lia@-example.it", "", "email"},
	{Email, "lia@example.it\x00", "", "email"},
	{Email, strings.Repeat("a", 65) + "@example.it", "", "email"},
	{Email, "a@" + strings.Repeat("bbbbbbbbb.", 26) + "it", "", "email"},

	{PostalCode, "32016", "32016", ""},
	{PostalCode, "00118", "00118", ""},
	{PostalCode, "00001", "", "cap"},
	{PostalCode, "3201", "", "cap"},
	{PostalCode, "320160", "", "cap"},

	{Province, "bl", "BL", ""},
	{Province, "BZ", "BZ", ""},
	{Province, "XX", "", "province"},
	{Province, "Belluno", "", "province"},

	{Date, "2026-11-22", "2026-11-22", ""},
	{Date, "22/11/2026", "2026-11-22", ""},
	{Date, "1/3/2024", "2024-03-01", ""},
	{Date, "01.03.2024", "2024-03-01", ""},
	{Date, "1. 3. 2024", "2024-03-01", ""},
	{Date, "1-3-2024", "2024-03-01", ""},
	{Date, "01032024", "2024-03-01", ""},
	{Date, "29/02/2024", "2024-02-29", ""},
	{Date, "29/02/2023", "", "date"},
	{Date, "11/22/2026", "", "date"},
	{Date, "1/3/24", "", "date"},
	{Date, "1/3/1024", "", "date"},
	{Date, "domani", "", "date"},

	{Money, "2500", "2500.00", ""},
	{Money, "2.500", "2500.00", ""},
	{Money, "2.500,5", "2500.50", ""},
	{Money, "2500,50 €", "2500.50", ""},
	{Money, "€ 2500.50", "2500.50", ""},
	{Money, "1.234.567,89", "1234567.89", ""},
	{Money, "1 234,50", "1234.50", ""},
	{Money, "12 50", "", "money"},
	{Money, "0.500", "", "money"},
	{Money, "000", "0.00", ""},
	{Money, "007,1", "7.10", ""},
	{Money, "2.50.0", "", "money"},
	{Money, "2,500.00", "", "money"},
	{Money, "2500,505", "", "money"},
	{Money, "-5", "", "money"},
	{Money, "123456789", "", "money"},
	{Money, "€", "", "money"},

	{TaxID, "00743110157", "00743110157", ""},
	{TaxID, "IT 00743110157", "00743110157", ""},
	{TaxID, "00743110158", "", "taxid-check"},
	{TaxID, "00000000000", "", "taxid-check"},
	{TaxID, "RSSMRA80A01H501U", "RSSMRA80A01H501U", ""}, // a household employs too
	{TaxID, "rssmra80a01h501u", "RSSMRA80A01H501U", ""},
	{TaxID, "RSSMRA80A01H501X", "", "taxid-check"},
	{TaxID, "0074311015", "", "taxid"},
	{TaxID, "0074311015A", "", "taxid"},

	{Text, "  Via   Roma\t12 ", "Via Roma 12", ""},
	{Text, "Città di Sant'Agàta", "Città di Sant'Agàta", ""},
	{Text, "12", "", "text"},
	{Text, "Via\x1b@Roma", "", "text"},
	{Text, "Via \u202eamoR", "", "text"},
	{Text, long, "", "too-long"},
	{Text, long[1:], long[1:], ""},

	{Month, "2026-03", "2026-03", ""},
	{Month, "3/2026", "2026-03", ""},
	{Month, "13/2026", "", "month"},
	{Year, "2026", "2026", ""},
	{Year, "26", "", "year"},
	{Year, "1899", "", "year"},

	{Number, "007", "7", ""},
	{Number, "0", "0", ""},
	{Number, "-1", "", "number"},
	{Number, "+1", "", "number"},
	{Number, "10000", "", "number-high"},

	{Place, "h501", "H501", ""},
	{Place, "Z404", "Z404", ""},
	{Place, "roma", "H501", ""},
	{Place, "Alpago (M375)", "M375", ""},
	{Place, "Bozen", "A952", ""},
	{Place, "FORLI'", "D704", ""},
	{Place, "L’Aquila", "A345", ""},
	{Place, "Borgo Esempio", "", "comune"},
	{Place, "H5011", "", "comune"},

	// Codici fiscali of nobody; check characters as printed in public examples.
	{TaxCode, "rssmra80a01h501u", "RSSMRA80A01H501U", ""},
	{TaxCode, "RSSMRA80A01H50MM", "RSSMRA80A01H50MM", ""}, // omocodia
	{TaxCode, "MRORSS12T05E472R", "MRORSS12T05E472R", ""},
	{TaxCode, "MRORSS12T05E472W", "", "taxcode-check"},
	{TaxCode, "80078750587", "80078750587", ""},
	{TaxCode, "80078750588", "", "taxcode-check"},
	{TaxCode, "8007875058", "", "taxcode"},
	{VAT, "IT 00743110157", "00743110157", ""},
	{VAT, "00743110158", "", "vat-check"},
	{VAT, "RSSMRA80A01H501U", "", "vat"},

	{Protocol, "INPS.5600.13/01/2026.0012345", "INPS.5600.13/01/2026.0012345", ""},
	{Protocol, "INPS\x00", "", "protocol"},
	{Protocol, long, "", "too-long"},

	{Multi, "b,a,a", "a,b", ""},
	{Multi, "a,c", "", "required"},
	{Tick, "yes", "yes", ""},
	{Tick, "no", "", "tick"},

	{YesNo, "yes", "yes", ""},
	{YesNo, "sì", "", "required"},
}

func TestEachKindHasOneCanonicalForm(t *testing.T) {
	for _, tt := range typings {
		f := Field{Name: "f", Kind: tt.kind, Choices: []string{"a", "b"}}
		if got, wrong := f.check(tt.typed); got != tt.want || wrong != tt.wrong {
			t.Errorf("%s %q: got %q %q, want %q %q", tt.kind, tt.typed, got, wrong, tt.want, tt.wrong)
		}
	}
}

func TestEveryProblemHasItsWordsAndAllWordsHaveAProblem(t *testing.T) {
	m, err := messages.Load()
	if err != nil {
		t.Fatal(err)
	}
	occurring := map[string]bool{"problem.date-future": true, "problem.date-past": true, "problem.date-order": true, "problem.twice": true, "problem.number-low": true}
	for _, tt := range typings {
		if tt.wrong != "" {
			occurring["problem."+tt.wrong] = true
		}
	}
	for _, warning := range []string{"warning.under", "warning.birthday"} {
		occurring[warning] = true
	}
	for key := range occurring {
		if !m.In(messages.Italian).Has(key) {
			t.Errorf("no text %q", key)
		}
	}
	for _, key := range m.Keys() {
		if (strings.HasPrefix(key, "problem.") || strings.HasPrefix(key, "warning.")) && !occurring[key] {
			t.Errorf("the text %q belongs to no problem", key)
		}
	}
}

func TestEmptyIsAProblemUnlessOptional(t *testing.T) {
	for kind := range checks {
		f := Field{Name: "f", Kind: kind, Choices: []string{"a", "b"}}
		for _, typed := range []string{"", "  ", "\t\n"} {
			if answer, wrong := f.check(typed); answer != "" || wrong != "required" {
				t.Errorf("%s %q: got %q %q", kind, typed, answer, wrong)
			}
		}
		f.Optional = true
		if answer, wrong := f.check(" "); answer != "" || wrong != "" {
			t.Errorf("optional %s: got %q %q", kind, answer, wrong)
		}
	}
}

func TestOnlyTheListedChoicesAndTheRightWordPass(t *testing.T) {
	choice := Field{Name: "c", Kind: Choice, Choices: []string{"one", "two"}}
	if got, wrong := choice.check("two"); got != "two" || wrong != "" {
		t.Errorf("got %q %q", got, wrong)
	}
	if _, wrong := choice.check("three"); wrong != "required" {
		t.Errorf("a choice that is not offered: %q", wrong)
	}
	did := Field{Name: "did", Kind: YesNo, Must: "yes"}
	if _, wrong := did.check("no"); wrong != "must" {
		t.Errorf("a no where yes is needed: %q", wrong)
	}
}

func TestEveryMistypedFigureOfAnIBANIsFound(t *testing.T) {
	const right = "IT60X0542811101000000123456"
	for i := 5; i < len(right); i++ {
		for d := byte('0'); d <= '9'; d++ {
			if wrong := right[:i] + string(d) + right[i+1:]; wrong != right {
				if _, problem := checkIBAN(Field{}, wrong); problem != "iban-check" {
					t.Errorf("%s: %q", wrong, problem)
				}
			}
		}
	}
}

// The CIN is one more check than mod 97: an IBAN whose check digits were made
// for a wrong CIN must still be refused.
func TestAnItalianIBANWithAWrongCINIsRefused(t *testing.T) {
	for check := range 100 {
		iban := fmt.Sprintf("IT%02dY0542811101000000123456", check)
		if _, problem := checkIBAN(Field{}, iban); problem != "iban-check" {
			t.Errorf("%s: %q", iban, problem)
		}
	}
}

func TestTheProvincesAreAHundredAndSevenAndFour(t *testing.T) {
	sorted := slices.Sorted(slices.Values(provinces))
	if n := len(slices.Compact(sorted)); n != 107+4 || n != len(provinces) {
		t.Errorf("%d different of %d", n, len(provinces))
	}
}

func FuzzCheck(f *testing.F) {
	for _, typed := range []string{
		"", "IT60X0542811101000000123456", "DE89370400440532013000", "+39 06 164164", "333 1234567", "lia@example.it",
		"32016", "bl", "22/11/2026", "2.500,50 €", "00743110157", "RSSMRA80A01H501U", "Via Roma 12", "yes", "\xff",
	} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for kind := range checks {
			field := Field{Name: "f", Kind: kind, Choices: []string{"yes", "b"}}
			answer, wrong := field.check(typed)
			if (answer == "") == (wrong == "") {
				t.Errorf("%s %q: both or neither of answer and problem: %q %q", kind, typed, answer, wrong)
			}
			if wrong != "" {
				continue
			}
			if again, _ := field.check(answer); again != answer {
				t.Errorf("%s %q: %q is not canonical, it becomes %q", kind, typed, answer, again)
			}
			if strings.ContainsAny(answer, "\x00\x1b\n\t") {
				t.Errorf("%s %q: control characters in %q", kind, typed, answer)
			}
		}
	})
}
