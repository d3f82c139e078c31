package upstreamsim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAMunicipalityNumbersAsOne(t *testing.T) {
	day := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC) // in Rome it is next year
	if got := comuneNumber(day, 42); got != "Prot. 2027/0000042" {
		t.Errorf("got %q", got)
	}
	if got := inpsNumber("7003")(day, 42); got != "INPS.7003.01/01/2027.0000042" {
		t.Errorf("got %q", got)
	}
}

// newComune is the side of a municipality, with keys of its own.
func newComune(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	if err := Provision(dir, testTerminal, "inps.example"); err != nil {
		t.Fatal(err)
	}
	return openSide(t, Options{Dir: dir, Anchors: testAnchors(t), Destination: comune})
}

// forComune is a good record for the municipality.
func forComune(n int) map[string]any {
	rec := goodRecord(n)
	rec["destination"], rec["service"] = "comune", "assegno-maternita"
	return rec
}

func TestAMunicipalityFilesWhatIsForItUnderItsOwnNumbers(t *testing.T) {
	b := newComune(t)
	for n := range 2 {
		rec := forComune(n + 1)
		if w := b.submit(b.seal(t, rec, carla(t).sign("pue-submission+jws", rec))); w.Code != http.StatusAccepted {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	filed := b.Filed()
	if len(filed) != 2 || !strings.HasPrefix(filed[1].Protocol, "Prot. ") || !strings.HasSuffix(filed[1].Protocol, "/0000002") {
		t.Errorf("filed %+v", filed)
	}
}

func TestEachSideRefusesWhatIsForTheOther(t *testing.T) {
	ours, theirs := newComune(t), newBench(t)
	for name, c := range map[string]struct {
		to     *bench
		record map[string]any
		sealer *bench
		want   string
	}{
		"a record for INPS, sealed to the municipality": {ours, goodRecord(1), ours, "schema"},
		"a record for the municipality, sealed to INPS": {theirs, forComune(1), theirs, "schema"},
		"sealed to INPS":             {ours, goodRecord(2), theirs, "sealing-key"},
		"sealed to the municipality": {theirs, forComune(2), ours, "sealing-key"},
	} {
		w := c.to.submit(c.sealer.seal(t, c.record, carla(t).sign("pue-submission+jws", c.record)))
		if w.Code != http.StatusUnprocessableEntity || decode(t, w)["type"] != "urn:pue:problem:"+c.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if n := len(ours.Filed()) + len(theirs.Filed()); n != 0 {
		t.Errorf("%d were filed", n)
	}
}

func TestAMunicipalityKnowsNothingOfContributions(t *testing.T) {
	b := newComune(t)
	for _, path := range []string{"/auth/challenge", "/statement", "/catalogue"} {
		if w := b.do("POST", path, nil, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := b.do("GET", "/status", nil, nil); w.Code != http.StatusOK {
		t.Errorf("/status: %d", w.Code)
	}
}
