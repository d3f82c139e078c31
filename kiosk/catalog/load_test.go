package catalog

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"pue/kiosk/messages"
)

// sound is a service without a fault; each test breaks it in one place.
const sound = `id: prova
version: 1
class: application
offline: capture
official: Prova
icon: work
deadline: {from: fine, days: 68, law: termine}
laws:
  termine: {source: una legge}
steps:
  - id: periodo
    fields:
      - {name: inizio, kind: date}
      - {name: fine, kind: date, after: inizio}
  - id: motivo
    fields:
      - {name: causale, kind: choice, choices: [a, b]}
  - id: altro
    when: causale=a
    fields:
      - {name: nota, kind: text, max: 20}
      - {name: certo, kind: yesno, must: "yes"}
  - id: figli
    repeat: 3
    fields:
      - {name: cf, kind: taxcode, unique: true, under: 3}
documents:
  - {id: lettera, when: causale=a|b, pages: 2}
texts:
  it:
    title: Una prova
    hint: Per prova
    law.termine: Entro 68 giorni
    periodo.title: Quando?
    inizio.label: Dal
    fine.label: Al
    motivo.title: Perché?
    causale.label: Motivo
    causale.is.a: Primo
    causale.is.b: Secondo
    altro.title: Altro?
    nota.label: Nota
    certo.label: Certo
    certo.must: Serve un sì.
    figli.title: Figlio {n}
    cf.label: Codice fiscale
    figli_altro.label: C'è un altro figlio?
    document.lettera.title: La lettera
  de:
    title: Ein Versuch
    figli.title: Kind {n}
`

func TestAServiceThatCannotWorkIsRefused(t *testing.T) {
	if _, err := parse([]byte(sound)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ old, new, want string }{
		{"icon:", "ikon:", "ikon"},
		{"id: prova", "id: Prova", "not lower case"},
		{"version: 1", "version: 0", "count from 1"},
		{"class: application", "class: gift", `"gift"`},
		{"class: application", "class: query", "offline is"},
		{"class: application\noffline: capture", "class: query\noffline: never", "an answer goes with"},
		{"class: application\noffline: capture", "class: info\noffline: full", "only read"},
		{"offline: capture", "offline: never", "offline is"},
		{"icon: work", "icon: work\nauth: none", "who shows no card"},
		{"icon: work", "icon: work\ndestination: regione", `"regione"`},
		{"icon: work", "icon: work\nnext: prova", "next goes with"},
		{"law: termine", "law: altra", `no law of the service: "altra"`},
		{"source: una legge", "source: ' '", "no source"},
		{"source: una legge", "source: una legge, verified_by: Lia", "on which day"},
		{"repeat: 3", "repeat: 1", "repeat is from 2"},
		{"id: figli", "id: figli-e-figlie", "no dashes"},
		{"max: 20", "unique: true", "unique goes with"},
		{"max: 20", "min: 3", "min goes with"},
		{"max: 20", "born: inizio", "born goes with"},
		{"under: 3", "bornWhen: causale=a", "bornWhen goes with"},
		{"under: 3", "born: inizio, bornWhen: causale=c", "can never hold"},
		{"under: 3", "born: causale", "born goes with"},
		{"max: 20", "under: 3", "under goes with"},
		{"max: 20", "max: 251", "at most 250"},
		{"name: fine, kind: date, after: inizio}", "name: fine, kind: date, after: inizio}\n  - id: volte\n    repeat: 2\n    fields:\n      - {name: volta, kind: date}\n  - id: dopo\n    fields:\n      - {name: poi, kind: date, after: volta}", "no date asked before"},
		{"name: fine, kind: date, after: inizio}\n", "name: fine, kind: date, after: inizio}\n    repeat: 2\n", "does not run from a date"},
		{"official: Prova", `official: "Prova\e@"`, "U+001B"},
		{"source: una legge", `source: "legge \u202e"`, "U+202E"},
		{"Ein Versuch", `"Ein \e Versuch"`, "U+001B"},
		{"Ein Versuch", strings.Repeat("ja ", 400), "more than 1000"},
		{"choices: [a, b]", "choices: [a, b" + numbers(", c%d", 59) + "]", "more than 60 choices"},
		{"  - id: motivo\n", numbers("  - {id: s%d, fields: [{name: f%[1]d, kind: cap}]}\n", 60) + "  - id: motivo\n", "more than 60 steps"},
		{"icon: work", "icon: work\nbring: [a" + numbers(", b%d", 40) + "]", "more than 40 things"},
		{"      - {name: nota,", numbers("      - {name: f%d, kind: cap}\n", 12) + "      - {name: nota,", "at most 12 fields"},
		{"pages: 2", "pages: 0", "may have from 1"},
		{"causale=a|b", "causale=a|c", "can never hold"},
		{"    fine.label: Al\n", "", `"fine.label" is missing`},
		{"    figli_altro.label: C'è un altro figlio?\n", "", `"figli_altro.title" is missing`},
		{"    altro.title:", "    altra.title: Altra?\n    altro.title:", `in "it" the text "altra.title" belongs to nothing`},
		{"Kind {n}", "Kind", "placeholders"},
		{"Ein Versuch", "' '", "it is empty"},
		{"hint: Per prova", "hint: Per prova\n    receipt: Salvata", `"receipt" belongs to nothing`},
		{"hint: Per prova", "hint: Per {n}", "leaves"},
		{"cf.label: Codice fiscale", "cf.label: Codice {n}", "leaves"},
		{"title: Ein Versuch", "hint.x: Ein Versuch", `in "de" the text "hint.x" belongs to nothing`},
		{"official: Prova", "official: ''", "official name"},
		{"from: fine", "from: causale", "does not run from a date"},
		{"days: 68", "days: 0", "does not run from a date"},
		{"id: motivo", "id: periodo", `"periodo" stands twice`},
		{"id: motivo", "id: nota", "name of a field"},
		{"name: nota", "name: inizio", `"inizio" stands twice`},
		{"name: nota", "name: Nota", "underscores"},
		{"kind: text", "kind: poem", `"poem"`},
		{"choices: [a, b]", "choices: [a]", "two or more"},
		{"max: 20", "choices: [a, b]", "choices go with"},
		{"kind: date, after", "max: 3, kind: date, after", "max goes with"},
		{`must: "yes"`, `must: "perhaps"`, "must goes with"},
		{"max: 20", "notFuture: true", "notFuture, notPast and after"},
		{"max: 20", "notPast: true", "notFuture, notPast and after"},
		{"kind: date, after", "notFuture: true, notPast: true, kind: date, after", "only today"},
		{"after: inizio", "after: causale", "no date asked before"},
		{"when: causale=a", "when: causale=c", "can never hold"},
		{"when: causale=a", "when: nota=a", "can never hold"},
		{"when: causale=a", "when: causale", "can never hold"},
		{"id: prova", "---\nid: prova\n---\nid: prova", "more than one document"},
	} {
		src := strings.Replace(sound, tt.old, tt.new, 1)
		if _, err := parse([]byte(src)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.new, err, tt.want)
		}
	}
}

// numbers repeats a line with numbers from 0.
func numbers(line string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

func TestFilesAndOrderMustAgree(t *testing.T) {
	whole := func(order string) fstest.MapFS {
		return fstest.MapFS{
			"prova.yaml":   {Data: []byte(sound)},
			"catalog.yaml": {Data: []byte("{version: 7, services: [" + order + "]}")},
		}
	}
	c, err := load(whole("prova"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Version() != 7 {
		t.Errorf("version %d", c.Version())
	}
	for _, order := range []string{"", "prova, altra", "altra"} {
		if _, err := load(whole(order)); err == nil {
			t.Errorf("%q was accepted", order)
		}
	}
	dir := whole("altra")
	dir["altra.yaml"] = dir["prova.yaml"]
	delete(dir, "prova.yaml")
	if _, err := load(dir); err == nil || !strings.Contains(err.Error(), "calls itself") {
		t.Errorf("got %v", err)
	}
}

// What a bundle holds is written by others.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte("id: &a [*a]"))
	f.Add([]byte("steps: [{fields: [{choices: [a, a]}]}]"))
	f.Add([]byte("texts: {it: {a: '{'}}"))
	m, err := messages.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := parse(src)
		if err != nil {
			return
		}
		c, err := assemble(1, []string{string(src)})
		if err != nil {
			return // what comes after it is another service
		}
		if err := m.SetServices(c.Texts()); err != nil {
			t.Errorf("the texts of a sound service are refused: %v", err)
		}
		for _, step := range s.Applicable(Answers{}) {
			s.Check(step, Answers{}, today)
			s.Warnings(step, Answers{}, today)
		}
	})
}
