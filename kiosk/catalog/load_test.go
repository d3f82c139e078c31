package catalog

import (
	"strings"
	"testing"
	"testing/fstest"
)

// sound is a service without a fault; each test breaks it in one place.
const sound = `id: prova
version: 1
class: application
official: Prova
icon: work
deadline: {from: fine, days: 68}
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
		{"class: application", "class: query", "a query has none"},
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
		{"max: 20", "notFuture: true", "notFuture and after"},
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

func TestFilesAndOrderMustAgree(t *testing.T) {
	dir := fstest.MapFS{"prova.yaml": &fstest.MapFile{Data: []byte(sound)}}
	if _, err := load(dir, []string{"prova"}); err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]string{{}, {"prova", "altra"}, {"altra"}} {
		if _, err := load(dir, order); err == nil {
			t.Errorf("%q was accepted", order)
		}
	}
	dir = fstest.MapFS{"altra.yaml": &fstest.MapFile{Data: []byte(sound)}}
	if _, err := load(dir, []string{"altra"}); err == nil || !strings.Contains(err.Error(), "calls itself") {
		t.Errorf("got %v", err)
	}
}
