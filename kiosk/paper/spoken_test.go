package paper

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/printer"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
)

// listened are the papers whose spoken text is kept to be looked at.
func listened(t *testing.T, lang string) map[string]printer.Document {
	t.Helper()
	c := composer(t).Alone()
	return map[string]printer.Document{
		"local":     c.Local(lang, waiting(), Case{}, today, 1),
		"final":     c.Final(lang, filed(), Case{}, today, 0),
		"statement": c.Statement(lang, working(), false, today, 0),
		"goodbye":   c.Goodbye(lang, []outbox.Entry{waiting()}, today, 0),
		"notice":    c.Notice(lang, PrivacyNotice{"", "INPS, Via Ciro il Grande 21, Roma", "Comune di Alpago", "privacy@comune.example.it", "2026-1"}),
	}
}

func TestPapersAreSpokenAsTheirGoldenText(t *testing.T) {
	for _, lang := range messages.Languages() {
		l := composer(t).messages.In(lang)
		for name, doc := range listened(t, lang) {
			if lang != messages.Italian && !(slices.Contains(golden, lang) && name == "final") {
				continue
			}
			file := filepath.Join("testdata", "spoken-"+name+"-"+lang+".txt")
			got := Spoken(doc, l) + "\n"
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s, %s:\n%s", name, lang, diff)
			}
		}
	}
}

func TestEverySpokenLineIsASentenceAndNoPaperIsSilent(t *testing.T) {
	m := composer(t).messages
	for name, doc := range all(t) {
		text := Spoken(doc, m.In(name[strings.LastIndexByte(name, '-')+1:]))
		lines := strings.Split(text, "\n")
		if len(lines) < 4 {
			t.Errorf("%s says only %q", name, text)
		}
		for _, line := range lines {
			if !strings.ContainsAny(line[len(line)-1:], ".!?:") || strings.Contains(line, "--") || strings.ContainsAny(line, "⟦⟧") {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

func TestWhatTheEyeReadsAtAGlanceIsSpelledOut(t *testing.T) {
	l := composer(t).messages.In("it")
	for _, tt := range []struct{ row, want string }{
		{"PUE-0421-7K3F-9M2X-4QPAT", "P U E, 0 4 2 1, 7 K 3 F, 9 M 2 X, 4 Q P A T"},
		{"INPS.7003.22/11/2026.0123456", "I N P S, 7 0 0 3, 2 2, 1 1, 2 0 2 6, 0 1 2 3, 4 5 6"},
		{"9f86d081884c7d65", "9 f 8 6, d 0 8 1, 8 8 4 c, 7 d 6 5"},
		{"Prot. 2026/0000042", "Prot. 2 0 2 6, 0 0 0 0, 0 4 2"},
		{"06 164 164", "0 6, 1 6 4, 1 6 4"},
		{"22/11/2026, ore 14:40", "22 novembre 2026, ore 14:40"},
		{"2010-2013", "dal 2010 al 2013"},
		{"1.234,56\u00a0€", "1.234,56 €"},
		{"52 settimane l'anno", "52 settimane l'anno"},
		{"1º novembre 2026", "1º novembre 2026"},
		{"–", "non indicato"},
		{"99/99/2026", "99/99/2026"},
	} {
		doc := printer.Document{Blocks: []printer.Block{printer.Row{Label: "Dato", Value: tt.row}}}
		if got := Spoken(doc, l); got != "Dato: "+tt.want+"." {
			t.Errorf("%q is said as %q, want %q", tt.row, got, tt.want)
		}
	}
}

func TestHeadingsInCapitalsAreSaidAsWords(t *testing.T) {
	l := composer(t).messages.In("it")
	doc := printer.Document{Blocks: []printer.Block{printer.Logo{Text: "PUE"}, printer.Heading{Text: "RISTAMPA 1"}, printer.Heading{Text: "Comune di Alpago"}, printer.Rule{}, printer.QR{Data: "PUE-1"}}}
	if got := Spoken(doc, l); got != "Ristampa 1.\nComune di Alpago." {
		t.Errorf("got %q", got)
	}
}

func FuzzSpokenTextIsOneSentenceALine(f *testing.F) {
	m, err := messages.Load()
	if err != nil {
		f.Fatal(err)
	}
	l := m.In("it")
	for _, seed := range []string{"", " ", "–", "PUE-0421", "22/11/2026, ore 14:40", "ÀÈ 1", "0 0", "È", "9f86d081884c7d65", "2010-2013."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, b := range []printer.Block{printer.Text{Text: text}, printer.Row{Label: text, Value: text}, printer.Heading{Text: text}, printer.Heading{Text: text, Big: true}} {
			said := Spoken(printer.Document{Blocks: []printer.Block{b}}, l)
			if strings.ContainsAny(said, "\n\r") || said != "" && !strings.ContainsAny(said[len(said)-1:], ".!?:") {
				t.Errorf("%q is said as %q", text, said)
			}
		}
	})
}
