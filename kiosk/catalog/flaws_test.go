package catalog

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func folder(order string, services map[string]string) fstest.MapFS {
	dir := fstest.MapFS{"catalog.yaml": {Data: []byte(order)}}
	for name, src := range services {
		dir[name+".yaml"] = &fstest.MapFile{Data: []byte(src)}
	}
	return dir
}

func broken(old, new string) string { return strings.Replace(sound, old, new, 1) }

func TestFlawsNameFileAndLine(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"icon: work", "ikon: work", "[prova.yaml:6: field ikon not found in a Service]"},
		{"kind: text, max: 20", "kind: poem", `[prova.yaml:21: the step "altro": the field "nota": the kind "poem" does not exist]`},
		{"when: causale=a\n", "when: causale=c\n", `[prova.yaml:19: the step "altro": the condition "causale=c" can never hold]`},
		{"after: inizio", "after: causale", `[prova.yaml:14: the step "periodo": the field "fine": after names no date asked before: "causale"]`},
		{"    title: Una prova\n", "", `[prova.yaml:30: in "it" the text "title" is missing]`},
		{"Kind {n}", "Kind", `[prova.yaml:51: in "de" the text "figli.title": it has the placeholders [], and the Italian one ["n"]]`},
		{"version: 1", "version: one", "[prova.yaml:2: cannot unmarshal !!str `one` into int]"},
		{"id: prova", "id: altra", `[prova.yaml:1: it calls itself "altra"]`},
	} {
		_, flaws := CheckFolder(folder("{version: 1, services: [prova]}", map[string]string{"prova": broken(tt.old, tt.new)}))
		if got := fmt.Sprint(flaws); tt.want != "" && got != tt.want || len(flaws) == 0 {
			t.Errorf("%s: got %s\nwant %s", tt.new, got, tt.want)
		}
	}
}

func TestAFolderIsCheckedWhole(t *testing.T) {
	_, flaws := CheckFolder(folder("{version: 1, services: [prova, altra, terza]}", map[string]string{
		"prova": broken("icon: work", "ikon: work"), "altra": sound, "quarta": sound,
	}))
	want := []string{
		"prova.yaml:6: field ikon not found in a Service",
		`altra.yaml:1: it calls itself "prova"`,
		"terza.yaml: open terza.yaml: file does not exist",
		"catalog.yaml: quarta is not among the services",
	}
	var got []string
	for _, f := range flaws {
		got = append(got, f.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	c, flaws := CheckFolder(folder("{version: 3, services: [prova]}", map[string]string{"prova": sound}))
	if len(flaws) > 0 || c.Version() != 3 {
		t.Errorf("a good folder: %v", flaws)
	}
	for order, want := range map[string]string{
		"{version: 0, services: [prova]}": "count from 1",
		"{version: 1, order: [prova]}":    "field order not found",
		"":                                "EOF",
	} {
		if _, flaws := CheckFolder(folder(order, map[string]string{"prova": sound})); !strings.Contains(fmt.Sprint(flaws), want) {
			t.Errorf("%q: %v", order, flaws)
		}
	}
}

func TestABundleIsCheckedWithAndWithoutItsSigner(t *testing.T) {
	o := newOffice(t)
	good := o.bundle(t, 7, sound)
	for _, o := range []office{o, {}} {
		if c, flaws := CheckBundle(good, o.certificate); len(flaws) > 0 || c.Version() != 7 {
			t.Errorf("%v", flaws)
		}
	}
	if _, flaws := CheckBundle(good, newOffice(t).certificate); !strings.Contains(fmt.Sprint(flaws), "bundle: "+ErrUntrusted.Error()) {
		t.Errorf("signed by another: %v", flaws)
	}
	bad := o.bundle(t, 7, broken("icon: work", "ikon: work"), "id: [")
	if _, flaws := CheckBundle(bad, nil); fmt.Sprint(flaws) != "[prova:6: field ikon not found in a Service service 2:1: did not find expected node content]" {
		t.Errorf("%v", flaws)
	}
	for _, rubbish := range []string{"", "a.b", "a.!.c", "a.e30.c", strings.Repeat("a", bundleLargest+1)} {
		if _, flaws := CheckBundle([]byte(rubbish), nil); len(flaws) != 1 {
			t.Errorf("%.10q: %v", rubbish, flaws)
		}
	}
}
