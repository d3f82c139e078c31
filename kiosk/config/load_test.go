package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"pue/devices/printer"
)

// minimal holds what must be given and nothing else.
const minimal = `version: 1
terminal: {id: "PUE-0421", municipality: Torino, istat: "001272"}
privacy: {controller: INPS, processor: Comune, contact: "posta@example.it", notice_version: "2026-1"}
cards: {anchors: /etc/pue/anchors}
printer:
  device: /dev/ttyS0
  profile: epson
inps: {url: "https://inps.example", ca: /a, certificate: /b, key: /c, sealing_keys: [{file: /d, from: "2026-07-01", until: "2027-08-31"}], confirmation: /e}
`

// fileOf is the path of a configuration file with that content.
func fileOf(t *testing.T, src string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheExampleLoads(t *testing.T) {
	got, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Version:  1,
		Terminal: Terminal{ID: "PUE-0421", Municipality: "Borgo Esempio", ISTAT: "099999", Opening: "da lunedì a venerdì, 9-12"},
		Screen:   Screen{DiagonalInches: 21.5, Width: 1920, Height: 1080, CardSlot: "right", CardPlate: "below"},
		Privacy: Privacy{
			Controller: "INPS, Via Ciro il Grande 21, 00144 Roma", Processor: "Comune di Borgo Esempio",
			Contact: "privacy@comune.borgo-esempio.example", NoticeVersion: "2026-1",
		},
		Contact: Contact{PhoneFixed: "803 164", PhoneMobile: "06 164 164"},
		Cards: Cards{
			Anchors: "/etc/pue/anchors", DocumentAnchors: "/etc/pue/document-anchors", Revocation: "online",
			CitizenReaders: []string{}, OfficerReaders: []string{},
		},
		Printer:   Printer{Device: "/dev/ttyUSB0", Profile: "epson", Baud: 19200, Flow: "rts", RetractAfter: time.Minute, Logo: "/etc/pue/logo.png", Pictures: "auto"},
		Documents: Documents{Printer: "ipps://stampante.comune.borgo-esempio.example/ipp/print", CA: "/etc/pue/documents-ca.pem"},
		Scanner:   Scanner{Folder: "/srv/pue-scans"},
		INPS: INPS{
			URL: "https://pue.inps.example/v1", CA: "/etc/pue/inps/ca.pem",
			Certificate: "/etc/pue/inps/terminal.pem", Key: "/etc/pue/inps/terminal.key",
			SealingKeys: []SealingKey{
				{File: "/etc/pue/inps/sealing-2026.pub", From: "2026-07-01", Until: "2027-08-31"},
				{File: "/etc/pue/inps/sealing-2027.pub", From: "2027-07-01", Until: "2028-08-31"},
			},
			Confirmation: "/etc/pue/inps/confirmation.pub", Night: "22:00-06:00",
			Mode: "modi-direct",
			PDND: PDND{
				TokenURL: "https://auth.interop.example/token.oauth2", Audience: "auth.interop.example/client-assertion",
				ClientID: "5d9c2f1e-3b7a-4c06-8e21-d4f0a6b97c35", KeyID: "K7QZP3M2V6TADXW4NLR5YJHB2C",
				Key: "/etc/pue/inps/pdnd.key", PurposeID: "a1f3c7d2-0b64-4e8f-9c15-62e7d8b03f49",
			},
			Login: "assertion", CardURL: "https://carte.inps.example/v1",
		},
		Comune: Comune{
			URL: "https://sportello.comune.borgo-esempio.example/v1", CA: "/etc/pue/comune/ca.pem",
			Certificate: "/etc/pue/comune/terminal.pem", Key: "/etc/pue/comune/terminal.key",
			SealingKeys:  []SealingKey{{File: "/etc/pue/comune/sealing-2026.pub", From: "2026-09-01", Until: "2027-12-31"}},
			Confirmation: "/etc/pue/comune/confirmation.pub",
			Controller:   "Comune di Borgo Esempio, Piazza del Municipio 1", Contact: "protocollo@comune.borgo-esempio.example",
			NoticeVersion: "2026-1", Phone: "099 999 9999",
		},
		Catalogue: Catalogue{Certificate: "/etc/pue/inps/catalogue.pem"},
		Session:   Session{Resume: time.Minute, PresenceLimit: 30 * time.Minute},
		Officers: []Officer{{
			Pseudonym: "op-7", Name: "Marta R.",
			CardSHA256: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
		}},
		Data: Data{Directory: "/var/lib/pue"},
		Sockets: Sockets{
			UI: "/run/pue/ui.sock", Control: "/run/pue/control.sock",
			UIUsers: []string{"pue-ui"}, ControlUsers: []string{"root"},
		},
		Log: Log{Level: "info"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheExampleNamesEveryKeyWithACommentAboveIt(t *testing.T) {
	var doc yaml.Node
	src := withOverride(t)
	if err := yaml.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(src), "\n")
	for _, k := range keys {
		at, name := doc.Content[0], ""
		for _, part := range strings.Split(strings.ReplaceAll(k.path, "[]", ".0"), ".") {
			if part == "0" {
				at = at.Content[0]
				continue
			}
			name = part
			if at = find(at, part); at == nil {
				t.Fatalf("%s is not in the example", k.path)
			}
		}
		// The comment may stand above a neighbour that it explains too.
		above := lines[max(0, at.Line-4) : at.Line-1]
		if !slices.ContainsFunc(above, func(l string) bool { return strings.Contains(l, "# ") }) {
			t.Errorf("%s has no comment above its line %d (%s)", k.path, at.Line, name)
		}
	}
}

// withOverride is the example with the lines about a printer's peculiarities, which
// it only shows: copied and forgotten they would hold for every printer.
func withOverride(t *testing.T) []byte {
	t.Helper()
	src := read(t, example)
	shown := regexp.MustCompile(`(?m)^  #(override:|  )`)
	if len(shown.FindAll(src, -1)) < 10 {
		t.Fatal("the example does not show printer.override")
	}
	return shown.ReplaceAll(src, []byte("  $1"))
}

func TestThePrintersPeculiaritiesInTheExampleAreRight(t *testing.T) {
	c, err := Load(fileOf(t, string(withOverride(t))))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := printer.LookUp(c.Printer.Profile)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plain.With(c.Printer.Override)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain, p, cmpopts.IgnoreFields(printer.Profile{}, "Presenter", "Storage")); diff != "" {
		t.Errorf("the example says of %s what its profile does not: %s", plain.Name, diff)
	}
	if want := (printer.Presenter{
		Present: []byte{0x1D, 0x65, 3, 0x80}, Retract: []byte{0x1D, 0x65, 2}, Eject: []byte{0x1D, 0x65, 5},
		Mouth: printer.MouthUnknown, StepMM: 0.625,
	}); !cmp.Equal(p.Presenter, want) {
		t.Errorf("presenter %+v, want %+v", p.Presenter, want)
	}
}

// The example states each default in words, "Default: 19200"; both must agree.
func TestTheExampleTellsTheTruthAboutDefaults(t *testing.T) {
	text := string(read(t, example))
	for _, k := range keys {
		if k.required || k.def == nil {
			continue
		}
		said := ""
		switch d := k.def.(type) {
		case time.Duration:
			if said = spoken(d); d == time.Minute {
				said = "60s"
			}
		case []string:
			said = strings.Join(d, ", ")
		case string:
			said = d
		default:
			src, err := yaml.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			said = strings.TrimSpace(string(src))
		}
		if k.path == "terminal.opening" || k.path == "screen.height" {
			continue // "nothing is shown"; "1920 and 1080"
		}
		if !strings.Contains(text, "Default: "+said) {
			t.Errorf("%s: the example does not say %q", k.path, "Default: "+said)
		}
	}
}

func TestTheTableOfKeysIsTheStruct(t *testing.T) {
	var fields []string
	var walk func(reflect.Type, string)
	walk = func(typ reflect.Type, path string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			at := join(path, f.Tag.Get("mapstructure"))
			switch {
			case f.Type.Kind() == reflect.Struct:
				walk(f.Type, at)
			case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
				walk(f.Type.Elem(), at+"[]")
			default:
				fields = append(fields, at)
			}
		}
	}
	walk(reflect.TypeFor[Config](), "")
	var table []string
	for _, k := range keys {
		table = append(table, k.path)
	}
	if diff := cmp.Diff(fields, table); diff != "" {
		t.Error(diff)
	}
}

func TestDefaultsHoldWhereTheFileIsSilent(t *testing.T) {
	c, err := Load(fileOf(t, minimal))
	if err != nil {
		t.Fatal(err)
	}
	if c.Terminal.ISTAT != "001272" {
		t.Errorf("istat became %q", c.Terminal.ISTAT)
	}
	if c.Printer.Baud != 19200 || c.Session.Resume != time.Minute || c.Screen.DiagonalInches != 21.5 || c.Contact.PhoneFixed != "803 164" {
		t.Errorf("defaults lost: %+v", c)
	}
	if diff := cmp.Diff([]string{"root"}, c.Sockets.ControlUsers); diff != "" {
		t.Error(diff)
	}
	if len(c.Officers) != 0 || c.Session.PresenceRequired {
		t.Errorf("officers from nowhere: %+v", c)
	}
}

// Each row is a way in which viper alone reads a file differently from what it
// says.
func TestNothingThatViperWouldSwallowPasses(t *testing.T) {
	printer := func(line string) string {
		return strings.Replace(minimal, "  profile: epson\n", "  profile: epson\n  "+line+"\n", 1)
	}
	istat := func(v string) string { return strings.Replace(minimal, `"001272"`, v, 1) }
	for _, tt := range []struct{ name, src, want string }{
		{"unknown key", printer("baudd: 9600"), "printer.baudd: is not a key that exists here, did you mean baud?"},
		{"wrong case", printer("Baud: 9600"), "printer.Baud: is not a key"},
		{"map keys are kept as written", printer("X-Istat-Code: 1"), "printer.X-Istat-Code: is not a key"},
		{"true for a number", printer("baud: true"), "printer.baud: true is not a whole number"},
		{"number cut short", printer("baud: 9600.7"), "printer.baud: 9600.7 is not a whole number"},
		{"number in quotes", printer(`baud: "19200"`), "leave the quotes out"},
		{"octal in disguise", istat("001272"), `terminal.istat: 001272 without quotes is read as a number and loses its zeros; write "001272" in quotes`},
		{"digits that are not octal", istat("058091"), "terminal.istat: 058091 without quotes"},
		{"octal for text", strings.Replace(minimal, "Torino", "00123", 1), "terminal.municipality: 00123 without quotes is read as a number"},
		{"dotted key", minimal + "printer.baud: 9600\n", "printer.baud: is two keys in one"},
		{"duplicate key", printer("profile: generic"), "printer.profile: stands twice, first in line 7"},
		{"tab", printer("\tbaud: 9600"), "a tab stands in the indentation"},
		{"empty file", "", "the file holds no settings"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(fileOf(t, tt.src))
			var invalid *InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTheEnvironmentStandsAboveTheFile(t *testing.T) {
	path := fileOf(t, minimal)
	t.Setenv("PUE_PRINTER_BAUD", "9600")         // has a default
	t.Setenv("PUE_PRINTER_DEVICE", "/dev/pts/7") // stands in the file
	t.Setenv("PUE_SESSION_RESUME", "0")
	t.Setenv("PUE_TERMINAL_ISTAT", "058091")
	t.Setenv("PUE_TERMINAL_OPENING", "sempre") // in neither
	t.Setenv("PUE_PRINTER_FLOW", "")           // empty overrides nothing
	t.Setenv("PUE_SCREENSHOTS", "of another program")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(c.Printer, Printer{Device: "/dev/pts/7", Profile: "epson", Baud: 9600, Flow: "rts", RetractAfter: time.Minute, Pictures: "auto"}) || c.Session.Resume != 0 ||
		c.Terminal.ISTAT != "058091" || c.Terminal.Opening != "sempre" {
		t.Errorf("got %+v", c)
	}
}

func TestASpeedThatNobodyKnowsIsLookedFor(t *testing.T) {
	src := strings.Replace(minimal, "printer:\n", "printer:\n  baud: auto\n", 1)
	c, err := Load(fileOf(t, src))
	if err != nil || c.Printer.Baud != 0 {
		t.Errorf("in the file: %+v, %v", c, err)
	}
	t.Setenv("PUE_PRINTER_BAUD", "auto")
	if c, err = Load(fileOf(t, minimal)); err != nil || c.Printer.Baud != 0 {
		t.Errorf("in the environment: %+v, %v", c, err)
	}
}

func TestWrongVariablesAreNamed(t *testing.T) {
	got := written(checkEnvironment([]string{
		"PUE_PRINTER_BAUD=019200", "PUE_PRINTER_BUAD=9600", "PUE_TERMINAL_ISTAT=1272", "PUE_SOCKETS_UI_USERS=root",
		"PUE_SESSION_PRESENCE_REQUIRED=1", "PUE_SESSION_RESUME=60", "PUE_SESSION_RESUME_=", "PUE_SHOTS=/tmp", "HOME=/root",
	}))
	want := `environment PUE_PRINTER_BAUD: printer.baud: 019200 is not a whole number; allowed: 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, auto
environment PUE_PRINTER_BUAD: overrides no key, did you mean printer.baud? unset it, or correct its name
environment PUE_TERMINAL_ISTAT: terminal.istat: "1272" is not an ISTAT code; allowed: the six digits of ISTAT in quotes, such as "001272"
environment PUE_SOCKETS_UI_USERS: sockets.ui_users: a list cannot be set here; set it in the file
environment PUE_SESSION_PRESENCE_REQUIRED: session.presence_required: "1" is neither true nor false; allowed: true, false (without quotes)
environment PUE_SESSION_RESUME: session.resume: "60" is not a length of time; allowed: 0s to 5m, with the unit, such as 90s or 5m
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	t.Setenv("PUE_PRINTER_BAUD", "fast")
	var invalid *InvalidError
	if _, err := Load(fileOf(t, minimal)); !errors.As(err, &invalid) || invalid.Problems[0].Variable != "PUE_PRINTER_BAUD" {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatIsNotThereIsSaidSo(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestASealingKeyIsUsedUntilTheEndOfItsLastDay(t *testing.T) {
	from, until, err := SealingKey{From: "2026-07-01", Until: "2027-08-31"}.Span()
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC); !from.Equal(want) {
		t.Errorf("from %v, want %v", from, want)
	}
	if want := time.Date(2027, 9, 1, 0, 0, 0, 0, time.UTC); !until.Equal(want) {
		t.Errorf("until %v, want %v", until, want)
	}
	if _, _, err := (SealingKey{From: "2026-07-01", Until: "2027-08-32"}).Span(); err == nil {
		t.Error("31 days were not enough for August")
	}
}
