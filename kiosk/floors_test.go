package kiosk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// floors is the law of the house, read downwards: a package imports only from
// lines below its own, and the packages on one line never import each other.
// A new package needs a line here before it needs anything else.
var floors = [][]string{
	{"cmd/pued", "cmd/pue-window", "cmd/puectl", "cmd/pue-sim"},
	{"ui", "ui/gate", "ui/window"},
	{"kiosk"},
	{"kiosk/control"},
	{"kiosk/session"},
	{"kiosk/paper"},
	{"kiosk/upstream", "kiosk/upstream/upstreamsim"},
	{"kiosk/catalog", "kiosk/outbox"},
	{"kiosk/messages", "kiosk/audit", "kiosk/config"},
	{"kiosk/store"},
	{"devices/smartcard/pcsc", "devices/smartcard/cardsim", "devices/smartcard/trust", "devices/smartcard/trust/tsl", "devices/printer/printersim", "devices/printer/ippsim"},
	{"devices/smartcard", "devices/printer", "devices/capture"},
	{"devices"},
}

// reserved names what only a few packages may import: the C libraries at the
// leaves, the owner's packages where they belong, and running other programs
// nowhere at all.
var reserved = map[string][]string{
	"github.com/webview/webview_go": {"ui/window"},
	"github.com/ebfe/scard":         {"devices/smartcard/pcsc"},
	"github.com/tarm/serial":        {"devices/printer"},
	"go.etcd.io/bbolt":              {"kiosk/store", "kiosk/outbox", "kiosk/audit", "kiosk/paper"},
	"github.com/spf13/viper":        {"kiosk/config"},
	"os/exec":                       {},
	"plugin":                        {},

	"pue/devices/smartcard/pcsc":    {"cmd/pued", "cmd/puectl"},
	"pue/devices/smartcard/cardsim": {"cmd/pue-sim"},
	// The daemon reads folders of certificates, and no XML.
	"pue/devices/smartcard/trust/tsl": {"cmd/puectl"},
	"pue/devices/printer/printersim":  {"cmd/pue-sim"},
	"pue/devices/printer/ippsim":      {"cmd/pue-sim"},
	"pue/kiosk/upstream/upstreamsim":  {"cmd/pue-sim"},
	"pue/ui/window":                   {"cmd/pue-window"},
}

// needsC are the packages that may fail to build without a C compiler.
var needsC = []string{"devices/smartcard/pcsc", "ui/window", "cmd/pued", "cmd/puectl", "cmd/pue-window"}

// writesC are those of them with C of their own.
var writesC = []string{"ui/window"}

// meaningless package names say where code was put, not what it does.
var meaningless = []string{"util", "utils", "common", "types", "helper", "helpers", "manager", "models", "misc", "base"}

// pkg is what go list says of one package of this module.
type pkg struct {
	ImportPath, Name, Doc, Dir         string
	GoFiles, CgoFiles                  []string
	Imports, TestImports, XTestImports []string
	Error                              *struct{ Err string }
}

// path is the package's folder under the module, "kiosk/outbox".
func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, "pue/") }

// testOnly reports whether the package has nothing but tests.
func (p pkg) testOnly() bool { return len(p.GoFiles)+len(p.CgoFiles) == 0 }

func packages(t *testing.T) []pkg {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Doc,Dir,GoFiles,CgoFiles,Imports,TestImports,XTestImports,Error", "pue/...")
	list.Env = append(os.Environ(), "CGO_ENABLED=1")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("listing the packages: %v\n%s", err, stderr.Bytes())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("decoding what go list said: %v", err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("go list found no packages, so nothing was checked")
	}
	return all
}

// floorOf returns the line of floors a package is on, or false.
func floorOf(path string) (int, bool) {
	for i, line := range floors {
		if slices.Contains(line, path) {
			return i, true
		}
	}
	return 0, false
}

// floorProblems says what is wrong with the imports of one package.
func floorProblems(p pkg) []string {
	here, ok := floorOf(p.path())
	if !ok {
		return []string{fmt.Sprintf("%s is on no floor", p.path())}
	}
	var problems []string
	for _, imp := range p.Imports {
		below, own := strings.CutPrefix(imp, "pue/")
		if !own {
			continue
		}
		there, ok := floorOf(below)
		switch {
		case !ok:
			problems = append(problems, fmt.Sprintf("%s imports %s, which is on no floor", p.path(), below))
		case there == here:
			problems = append(problems, fmt.Sprintf("%s imports %s on the same line; declare the interface and let kiosk wire it", p.path(), below))
		case there < here:
			problems = append(problems, fmt.Sprintf("%s (floor %d) imports upwards: %s (floor %d)", p.path(), here, below, there))
		}
	}
	return problems
}

func TestImportsOnlyPointDown(t *testing.T) {
	for _, p := range packages(t) {
		if p.testOnly() {
			continue
		}
		for _, problem := range floorProblems(p) {
			t.Error(problem)
		}
	}
}

func TestTheFloorLawSeesAViolation(t *testing.T) {
	for name, p := range map[string]pkg{
		"upwards":    {ImportPath: "pue/kiosk/outbox", Imports: []string{"pue/kiosk/session"}},
		"sideways":   {ImportPath: "pue/kiosk/outbox", Imports: []string{"pue/kiosk/catalog"}},
		"unlisted":   {ImportPath: "pue/kiosk/attic"},
		"to nowhere": {ImportPath: "pue/kiosk/outbox", Imports: []string{"pue/attic"}},
		"devices up": {ImportPath: "pue/devices/printer", Imports: []string{"pue/kiosk/messages"}},
	} {
		if len(floorProblems(p)) != 1 {
			t.Errorf("%s: problems = %q, want exactly one", name, floorProblems(p))
		}
	}
	if got := floorProblems(pkg{ImportPath: "pue/kiosk/outbox", Imports: []string{"pue/kiosk/store", "errors"}}); got != nil {
		t.Errorf("a downward import is refused: %q", got)
	}
}

func TestReservedPackagesAreImportedOnlyWhereTheyBelong(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			homes, isReserved := reserved[imp]
			if isReserved && !slices.Contains(homes, p.path()) {
				t.Errorf("%s imports %s, which belongs to %q only", p.path(), imp, homes)
			}
		}
	}
}

func TestEveryFloorIsInhabitedAndEveryReservedPackageUsed(t *testing.T) {
	imports := map[string][]string{}
	for _, p := range packages(t) {
		if !p.testOnly() {
			imports[p.path()] = p.Imports
		}
	}
	for _, line := range floors {
		for _, path := range line {
			if _, there := imports[path]; !there {
				t.Errorf("%s is on a floor and does not exist", path)
			}
		}
	}
	for name, homes := range reserved {
		for _, home := range homes {
			if !slices.Contains(imports[home], name) {
				t.Errorf("%s is kept for %s, which does not use it", name, home)
			}
		}
	}
}

func TestDevicesKnowNoKioskEvenInTests(t *testing.T) {
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.path(), "devices") {
			continue
		}
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if strings.HasPrefix(imp, "pue/") && !strings.HasPrefix(imp, "pue/devices") {
				t.Errorf("%s imports %s: the drivers know nothing above them", p.path(), imp)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		switch {
		case p.testOnly():
		case p.Doc == "":
			t.Errorf("%s has no package comment", p.path())
		case p.Name != "main" && !strings.HasPrefix(p.Doc, "Package "+p.Name+" "):
			t.Errorf("%s: the package comment starts %q", p.path(), p.Doc)
		}
		if slices.Contains(meaningless, filepath.Base(p.path())) {
			t.Errorf("%s is named after nothing it does", p.path())
		}
	}
}

func TestOnlyTheLeavesNeedC(t *testing.T) {
	var pure []string
	for _, p := range packages(t) {
		if len(p.CgoFiles) > 0 && !slices.Contains(writesC, p.path()) {
			t.Errorf("%s contains C: %q", p.path(), p.CgoFiles)
		}
		if !p.testOnly() && !slices.Contains(needsC, p.path()) {
			pure = append(pure, p.ImportPath)
		}
	}
	build := exec.Command("go", append([]string{"build", "-o", os.DevNull}, pure...)...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("building without C: %v\n%s", err, out)
	}
}

// longToken is a run of base64 or hexadecimal long enough to be key material.
var longToken = regexp.MustCompile(`[A-Za-z0-9+/]{40,}`)

func TestNothingSimulatedReachesTheProducts(t *testing.T) {
	const root = ".."
	simulated := []string{"12345678", "cardsim", "printersim", "upstreamsim"}
	simulated = append(simulated, simulatedKeys(t, filepath.Join(root, "devices/smartcard/cardsim"))...)

	read := 0
	for _, guarded := range []string{"cmd/pued", "cmd/puectl", "cmd/pue-window", "kiosk/config", "config.example.yaml"} {
		eachFile(t, filepath.Join(root, guarded), func(path string, content []byte) {
			if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
				return
			}
			read++
			for _, s := range simulated {
				if bytes.Contains(content, []byte(s)) {
					t.Errorf("%s contains %.20s…, which belongs to a simulator", path, s)
				}
			}
		})
	}
	if read == 0 {
		t.Error("no file was read, so nothing was checked")
	}
}

// simulatedKeys returns every piece of key material among the simulated people.
func simulatedKeys(t *testing.T, dir string) []string {
	t.Helper()
	var keys []string
	eachFile(t, dir, func(path string, content []byte) {
		if filepath.Ext(path) == ".go" {
			return
		}
		for _, token := range longToken.FindAll(content, -1) {
			keys = append(keys, string(token[:40]))
		}
	})
	if len(keys) == 0 {
		t.Errorf("no keys of simulated people under %s, so none can be searched for", dir)
	}
	return keys
}

// eachFile calls f for the files at or under path; a path that is absent has none.
func eachFile(t *testing.T, path string, f func(path string, content []byte)) {
	t.Helper()
	err := filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil {
			f(path, content)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("reading %s: %v", path, err)
	}
}
