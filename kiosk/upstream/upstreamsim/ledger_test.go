package upstreamsim

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatWasFiledIsFiledAfterARestart(t *testing.T) {
	b := newBench(t)
	ledger := t.TempDir()
	first := openBench(t, b.dir, ledger)
	one, two := first.goodSubmission(t, 1), first.goodSubmission(t, 2)
	first.submit(one)
	before := first.Filed()
	confirmation := first.do("GET", "/applications/"+one.id+"/confirmation", nil, nil).Body.String()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := openBench(t, b.dir, ledger)
	defer second.Close()
	if w := second.submit(one); w.Code != http.StatusAccepted {
		t.Fatalf("the same again: %d", w.Code)
	}
	if diff := cmp.Diff(before, second.Filed()); diff != "" {
		t.Error(diff)
	}
	if again := second.do("GET", "/applications/"+one.id+"/confirmation", nil, nil).Body.String(); again != confirmation {
		t.Error("the confirmation is another")
	}
	second.submit(two)
	if filed := second.Filed(); len(filed) != 2 || filed[0].Protocol == filed[1].Protocol {
		t.Errorf("filed %+v", filed)
	}
}

func TestALineTornByAPowerCutIsCutOff(t *testing.T) {
	b := newBench(t)
	ledger := t.TempDir()
	first := openBench(t, b.dir, ledger)
	first.submit(first.goodSubmission(t, 1))
	whole, err := os.ReadFile(filepath.Join(ledger, "ledger.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	first.submit(first.goodSubmission(t, 2))
	first.Close()
	path := filepath.Join(ledger, "ledger.jsonl")
	both, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var torn [][]byte
	for end := len(whole); end < len(both); end += 97 {
		torn = append(torn, both[:end])
	}
	// One that the next line does not happen to cover.
	torn = append(torn, append(bytes.Clone(whole), bytes.Repeat([]byte("x"), 10_000)...))
	for _, data := range torn {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s := openBench(t, b.dir, ledger)
		if n := len(s.Filed()); n != 1 {
			t.Errorf("%d bytes of %d: %d filed", len(data), len(both), n)
		}
		s.submit(s.goodSubmission(t, 3))
		s.Close()
		again := openBench(t, b.dir, ledger)
		if n := len(again.Filed()); n != 2 {
			t.Errorf("%d bytes of %d, and one more: %d filed", len(data), len(both), n)
		}
		again.Close()
	}
}

func TestANonsenseLedgerIsNotOverwritten(t *testing.T) {
	b, ledger := newBench(t), t.TempDir()
	path := filepath.Join(ledger, "ledger.jsonl")
	if err := os.WriteFile(path, []byte("my shopping list\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Dir: b.dir, Anchors: testAnchors(t), Ledger: ledger}); err == nil {
		t.Error("opened")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "my shopping list\n" {
		t.Errorf("now %q, %v", data, err)
	}
}

func TestASubmissionIsDecidedWhenItIsDue(t *testing.T) {
	signer, err := newECDSA()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		l, err := openLedger("", inpsNumber("7003"), signer)
		if err != nil {
			t.Fatal(err)
		}
		l.setDelay(time.Minute)
		e := envelope{id: testID(1), terminal: testTerminal, class: "application"}
		if err := l.receive(e, record{}, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute - time.Nanosecond)
		if got, _ := l.find(e.id, time.Now()); got.State != stateProcessing {
			t.Errorf("a moment before: %s", got.State)
		}
		time.Sleep(time.Nanosecond)
		if got, _ := l.find(e.id, time.Now()); got.State != stateFiled || got.Protocol != "INPS.7003.01/01/2000.0000001" {
			t.Errorf("when due: %s %s", got.State, got.Protocol)
		}
	})
}

func TestProtocolNumbersHaveTheFormAndNeverRepeat(t *testing.T) {
	b := newBench(t)
	var wg sync.WaitGroup
	for n := range 20 {
		e := b.goodSubmission(t, n)
		for range 2 { // each one twice at the same time
			wg.Go(func() { b.submit(e) })
		}
	}
	wg.Wait()
	seen, form := map[string]bool{}, regexp.MustCompile(`^INPS\.\d{4}\.\d{2}/\d{2}/\d{4}\.\d{7}$`)
	for i, f := range b.Filed() {
		if seen[f.Protocol] || !form.MatchString(f.Protocol) {
			t.Errorf("%d: %s", i, f.Protocol)
		}
		seen[f.Protocol] = true
	}
	if len(seen) != 20 {
		t.Errorf("20 submissions, %d protocols", len(seen))
	}
	if n := b.Requests()["POST /applications"]; n != 40 {
		t.Errorf("%d requests counted", n)
	}
}

func TestProvisioningTwiceChangesNothing(t *testing.T) {
	dir := t.TempDir()
	provision := func(terminal string, hosts ...string) map[string]string {
		if err := Provision(dir, terminal, hosts...); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for _, pattern := range []string{"*", "inps/*"} {
			paths, _ := filepath.Glob(filepath.Join(dir, pattern))
			for _, p := range paths {
				if data, err := os.ReadFile(p); err == nil {
					files[p[len(dir)+1:]] = string(data)
				}
			}
		}
		return files
	}
	first := provision(testTerminal, "127.0.0.1", "inps.example")
	if len(first) != 15 {
		t.Errorf("%d files", len(first))
	}
	if diff := cmp.Diff(first, provision(testTerminal, "127.0.0.1")); diff != "" {
		t.Error(diff)
	}
	// Another host or terminal renews its certificate and nothing else.
	changed := func(a, b map[string]string) (names []string) {
		for _, name := range slices.Sorted(maps.Keys(a)) {
			if a[name] != b[name] {
				names = append(names, name)
			}
		}
		return names
	}
	second := provision(testTerminal, "other.example")
	if diff := cmp.Diff([]string{serverFile}, changed(first, second)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{terminalFile}, changed(second, provision("PUE-0422", "other.example"))); diff != "" {
		t.Error(diff)
	}
	for name := range first {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if isKey := regexp.MustCompile(`-key\.pem$`).MatchString(name); isKey && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", name, info.Mode())
		}
	}
}

func TestProvisioningKeepsItsHandsOffADamagedKey(t *testing.T) {
	dir := t.TempDir()
	if err := Provision(dir, testTerminal, "inps.example"); err != nil {
		t.Fatal(err)
	}
	list, err := SealingKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, list[0].secretFile())
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Provision(dir, testTerminal, "inps.example"); err == nil {
		t.Error("replaced without a word")
	}
}

// Whoever keeps a terminal for years meets every rotation: there is always a
// key for today, two months before the last one ends there is another, and two
// neighbours share a month.
func TestTheNextSealingKeyComesBeforeTheLastOneEnds(t *testing.T) {
	var list []SealingKey
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for day := range 1500 {
		today := now.AddDate(0, 0, day)
		for {
			k, needed, err := nextKey(list, today)
			if err != nil {
				t.Fatal(err)
			}
			if !needed {
				break
			}
			list = append(list, k)
		}
		date := today.Format(time.DateOnly)
		if !slices.ContainsFunc(list, func(k SealingKey) bool { return k.From <= date && date <= k.Until }) {
			t.Fatalf("no key on %s: %v", date, list)
		}
		if ahead := today.AddDate(0, 0, 58).Format(time.DateOnly); list[len(list)-1].Until < ahead {
			t.Fatalf("on %s the last key ends too soon: %v", date, list)
		}
	}
	if len(list) < 5 || len(list) > 7 {
		t.Errorf("%d keys in four years", len(list))
	}
	for i, k := range list[1:] {
		if k.From >= list[i].Until || k.Until <= list[i].Until {
			t.Errorf("%v does not follow %v", k, list[i])
		}
	}
}

func TestACareerIsTheSameEachTimeAndCanBeTrue(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	d := readDocument(t)
	for year := range 100 {
		code := fmt.Sprintf("PRVCRL%02dP41X999U", year)
		periods := career(code, now)
		if diff := cmp.Diff(periods, career(code, now)); diff != "" {
			t.Fatal(diff)
		}
		weeks, last := map[int]int{}, ""
		for i, p := range periods {
			weeks[p.Year] += p.Weeks
			if p.From <= last || p.To < p.From || p.From[:4] != p.To[:4] {
				t.Errorf("%s, period %d: %s to %s after %s", code, i, p.From, p.To, last)
			}
			last = p.To
		}
		for y, n := range weeks {
			if n > 53 {
				t.Errorf("%s: %d weeks in %d", code, n, y)
			}
		}
		body := plain(t, map[string]any{"subject": code, "periods": periods, "as_of": now})
		for _, f := range d.faults(code, d.at("components", "schemas", "Statement"), body) {
			t.Error(f)
		}
	}
}

func TestWhoeverWasBornIn1963HasACareerWithAGap(t *testing.T) {
	weeks, employers := map[int]int{}, map[string]bool{}
	for _, p := range career(carlaCode, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)) {
		weeks[p.Year] += p.Weeks
		employers[p.Employer] = true
	}
	if weeks[2010] != 52 || weeks[2014] >= 20 || weeks[2020] != 52 {
		t.Errorf("weeks in 2010, 2014, 2020: %d, %d, %d", weeks[2010], weeks[2014], weeks[2020])
	}
	if len(weeks) < 38 || len(employers) != 3 { // two, and none while unemployed
		t.Errorf("%d years, employers %v", len(weeks), employers)
	}
}

func TestABirthYearIsReadWithOmocodia(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for code, want := range map[string]int{
		"PRVCRL63P41X999U": 1963, "PRVCRLSPP41X999U": 1963, "PRVCRL12P41X999U": 2012, "PRVCRL13P41X999U": 1913,
	} {
		if got := birthYear(code, now); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}
