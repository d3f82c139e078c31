package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// childTrials tells a copy of this test binary that it is the terminal with a
// damaged disk. The directories of its trials come on standard input.
const childTrials = "PUE_STORE_CHILD_TRIALS"

// The tables of the trials: short records that are often changed, long ones, and
// a few that fit into the list of tables itself.
var trialTables = map[Table]struct{ records, size, versions int }{
	"sub":   {240, 64, 3},
	"body":  {240, 1900, 1},
	"audit": {500, 170, 1},
	"few":   {5, 20, 2},
}

// trialValue is what version v of a record must be, to the byte.
func trialValue(t Table, key uint64, v int) []byte {
	random := rand.New(rand.NewPCG(key, uint64(v)<<32|uint64(len(t))<<8|uint64(t[0])))
	value := make([]byte, trialTables[t].size+int(key%7))
	for i := range value {
		value[i] = byte(random.Uint32())
	}
	return value
}

// trialKept says which records the file still has: the first third was deleted.
func trialKept(t Table, key uint64) bool { return key >= uint64(trialTables[t].records/3) }

// makeTrialFile writes in many transactions, so that the file is full of old
// pages.
func makeTrialFile(t *testing.T) []byte {
	t.Helper()
	path := place(t)
	s := open(t, path)
	for name, table := range trialTables {
		update(t, s, name.Make)
		for v := range table.versions {
			for from := 0; from < table.records; from += 20 {
				update(t, s, func(tx *bolt.Tx) error {
					for n := from; n < min(from+20, table.records); n++ {
						if err := name.Put(tx, Key(uint64(n)), trialValue(name, uint64(n), v)); err != nil {
							return err
						}
					}
					return nil
				})
			}
		}
		for n := range uint64(table.records) {
			if !trialKept(name, n) {
				update(t, s, func(tx *bolt.Tx) error { return name.Delete(tx, Key(n)) })
			}
		}
	}
	s.Close()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// outcome is what one trial came to.
type outcome struct {
	Trial   string
	How     string   // what was done to the file, empty when nothing was
	Missing []string // records that should be there
	Stale   []string // records of which an older version came back
	Back    []string // records that had been deleted and came back
	Wrong   []string // anything else: never to be seen
	Err     string   // why the store could not be used in the end
}

// sufferTrials is the child.
func sufferTrials() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		told, err := json.Marshal(suffer(lines.Text()))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(told))
	}
}

// suffer does what the terminal does with a damaged disk: opens it, reads all,
// and when something is damaged opens it once more.
func suffer(dir string) (o outcome) {
	o.Trial = filepath.Base(dir)
	for range 3 {
		s, err := Open(filepath.Join(dir, "pue.db"), quiet())
		if err != nil {
			o.Err = err.Error()
			return o
		}
		o.Missing, o.Stale, o.Back, o.Wrong = nil, nil, nil, nil
		err = s.Update(context.Background(), makeTrialTables)
		if err == nil {
			err = s.View(context.Background(), o.readAll)
		}
		if err == nil {
			err = s.Update(context.Background(), func(tx *bolt.Tx) error { return Table("few").Put(tx, Key(1000), []byte("new")) })
		}
		if r, ok := s.Recovery(); ok {
			o.How = string(r.How)
		}
		s.Close()
		if err == nil {
			return o
		}
		o.Err = err.Error()
		if !errors.Is(err, ErrDamaged) {
			return o
		}
	}
	return o
}

// makeTrialTables is what each owner does with its own when it opens.
func makeTrialTables(tx *bolt.Tx) error {
	for name := range trialTables {
		if err := name.Make(tx); err != nil {
			return err
		}
	}
	return nil
}

func (o *outcome) readAll(tx *bolt.Tx) error {
	o.Err = ""
	for name, table := range trialTables {
		found := map[uint64]bool{}
		for r := range name.All(tx) {
			if r.Err != nil {
				return r.Err
			}
			n := KeyNumber(r.Key)
			which := fmt.Sprintf("%s %d", name, n)
			found[n] = true
			switch v := versionOf(name, n, r.Value); {
			case v == table.versions && trialKept(name, n):
			case v > 0 && !trialKept(name, n):
				o.Back = append(o.Back, which)
			case v > 0:
				o.Stale = append(o.Stale, which)
			default:
				o.Wrong = append(o.Wrong, which)
			}
		}
		for n := range uint64(table.records) {
			if trialKept(name, n) && !found[n] {
				o.Missing = append(o.Missing, fmt.Sprintf("%s %d", name, n))
			}
		}
	}
	return nil
}

// versionOf is which version of the record value is, counted from 1, or 0.
func versionOf(t Table, n uint64, value []byte) int {
	if n >= uint64(trialTables[t].records) {
		return 0
	}
	for v, want := range trialValues()[t][n] {
		if bytes.Equal(value, want) {
			return v + 1
		}
	}
	return 0
}

// trialValues are all versions of all records. Making them again in each trial
// would take most of the time.
var trialValues = sync.OnceValue(func() map[Table][][][]byte {
	all := map[Table][][][]byte{}
	for name, table := range trialTables {
		for n := range uint64(table.records) {
			var versions [][]byte
			for v := range table.versions {
				versions = append(versions, trialValue(name, n, v))
			}
			all[name] = append(all[name], versions)
		}
	}
	return all
})

// pagesOf says on which bytes of the file each record lies: those of its leaf
// page, with the pages that continue it.
func pagesOf(t *testing.T, file []byte) map[string][2]int64 {
	t.Helper()
	f := readImage(bytes.NewReader(file), int64(len(file)))
	places := map[string][2]int64{}
	var within func(id uint64, visit func(page, element))
	within = func(id uint64, visit func(page, element)) {
		p, err := f.page(id)
		if err != nil {
			t.Fatal(err)
		}
		all, _ := p.elements()
		for _, e := range all {
			if p.flags == branchPage {
				within(e.child, visit)
			} else {
				visit(p, e)
			}
		}
	}
	within(f.metas[0].root, func(list page, table element) {
		name := string(table.key)
		note := func(p page, e element) {
			places[fmt.Sprintf("%s %d", name, KeyNumber(e.key))] = [2]int64{p.at, p.at + int64(len(p.data))}
		}
		b, _ := bucketOf(table)
		if b.inline == nil {
			within(b.root, note)
			return
		}
		all, _ := b.inline.elements()
		for _, e := range all {
			note(list, e)
		}
	})
	return places
}

// damage is one thing that can happen to a file.
type damage struct {
	kind string
	from int64 // bytes from here
	to   int64 // up to here are touched
	do   func([]byte) []byte
}

func randomDamage(kind int, random *rand.Rand, size, used int64) damage {
	const pageSize = 4096
	at := random.Int64N(used/pageSize) * pageSize
	page := damage{from: at, to: at + pageSize}
	switch kind % 4 {
	case 0:
		page.kind = "zeroed page"
		page.do = func(b []byte) []byte { clear(b[at:][:pageSize]); return b }
	case 1:
		page.kind = "garbage page"
		page.do = func(b []byte) []byte {
			for i := range b[at:][:pageSize] {
				b[at+int64(i)] = byte(random.Uint32())
			}
			return b
		}
	case 2:
		bit := random.Int64N(used * 8)
		return damage{"one bit", bit / 8, bit/8 + 1, func(b []byte) []byte { b[bit/8] ^= 1 << (bit % 8); return b }}
	case 3:
		cut := random.Int64N(used)
		return damage{"cut short", cut, size, func(b []byte) []byte { return b[:cut] }}
	}
	return page
}

// TestDamageIsSurvivedAndNeverBecomesAWrongValue damages files in one place each
// and lets terminals in other processes live with them. A record is undamaged
// when no byte of its leaf page (with the pages that continue it) was touched;
// what leads to that page may well have been.
func TestDamageIsSurvivedAndNeverBecomesAWrongValue(t *testing.T) {
	const trials, least = 520, 0.99
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	whole := makeTrialFile(t)
	places := pagesOf(t, whole)
	img := readImage(bytes.NewReader(whole), int64(len(whole)))
	used := int64(img.metas[0].pages) * img.pageSize

	root := t.TempDir()
	reserve := filepath.Join(root, "pue.reserve")
	if err := (&Store{path: reserve}).takeReserve(); err != nil {
		t.Fatal(err)
	}
	var dirs []string
	damages := map[string]damage{}
	for i := range trials {
		dir := filepath.Join(root, fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		d := randomDamage(i, random, int64(len(whole)), used)
		if err := os.WriteFile(filepath.Join(dir, "pue.db"), d.do(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		// Making a reserve for each would take most of the time.
		if err := os.Link(reserve, filepath.Join(dir, "pue.reserve")); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
		damages[filepath.Base(dir)] = d
	}

	undamaged, recovered, recoveries, deaths := 0, 0, map[string]int{}, 0
	stale, back := tally{}, tally{}
	for len(dirs) > 0 {
		told := runTrials(t, dirs)
		for _, o := range told {
			d := damages[o.Trial]
			name := fmt.Sprintf("seed %d, trial %s, %s at %d", seed, o.Trial, d.kind, d.from)
			recoveries[d.kind+" "+o.How]++
			if o.Err != "" {
				t.Errorf("%s: in the end %s", name, o.Err)
			}
			if len(o.Wrong) > 0 {
				t.Errorf("%s: wrong values: %v", name, o.Wrong)
			}
			stale.add(o.Stale)
			back.add(o.Back)
			if len(o.Back) > mayComeBack(How(o.How)) {
				t.Errorf("%s: recovered %q, and what had been deleted came back: %v", name, o.How, o.Back)
			}
			gone := map[string]bool{}
			for _, which := range append(o.Missing, o.Stale...) {
				gone[which] = true
			}
			for which, place := range places {
				if place[0] < d.to && d.from < place[1] || strings.HasPrefix(which, "meta ") || strings.HasPrefix(which, "secret ") || strings.HasPrefix(which, "things ") {
					continue
				}
				undamaged++
				if !gone[which] {
					recovered++
				}
			}
		}
		if len(told) < len(dirs) { // the child died of the next one
			deaths++
			t.Errorf("seed %d: trial %s, %s, ended the process", seed, dirs[len(told)], damages[filepath.Base(dirs[len(told)])].kind)
			told = append(told, outcome{})
		}
		dirs = dirs[len(told):]
	}
	share := float64(recovered) / float64(undamaged)
	t.Logf("seed %d: %d trials, %d deaths, %.4f of %d undamaged records recovered, %v; older versions: %v; deleted and back: %v",
		seed, trials, deaths, share, undamaged, recoveries, stale, back)
	if share < least {
		t.Errorf("%.4f of the undamaged records recovered, want %.2f", share, least)
	}
	if recoveries["zeroed page "+string(Salvaged)] == 0 {
		t.Error("no damage had to be salvaged: the trials hit nothing")
	}
}

// tally counts by table in how many trials something befell how many records.
type tally map[string]struct{ trials, records int }

func (t tally) add(which []string) {
	seen := map[string]bool{}
	for _, w := range which {
		table, _, _ := strings.Cut(w, " ")
		n := t[table]
		n.records++
		if !seen[table] {
			n.trials++
		}
		seen[table], t[table] = true, n
	}
}

// mayComeBack is how many deleted records a recovery may bring back. Without one,
// none. With the newer meta page the last transaction is lost, and each deletion
// was a transaction. From a page that is gone what had been on it comes back, and
// nobody can tell a record that was deleted from one that was not: an owner has
// to.
func mayComeBack(how How) int {
	switch how {
	case "":
		return 0
	case Previous:
		return 1
	}
	return math.MaxInt
}

// runTrials runs a child until it has done with all or dies, and returns what it
// told.
func runTrials(t *testing.T, dirs []string) (told []outcome) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childTrials+"=1", "GORACE=atexit_sleep_ms=0")
	cmd.Stdin = strings.NewReader(strings.Join(dirs, "\n") + "\n")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := json.NewDecoder(out); ; {
		var o outcome
		if err := lines.Decode(&o); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		told = append(told, o)
	}
	cmd.Wait()
	return told
}
