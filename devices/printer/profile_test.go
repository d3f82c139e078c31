package printer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAProfileThatIsWrongIsRefusedByTheKey(t *testing.T) {
	const right = "dots: 512\ncolumns: 42\npages: [PC858=19]\nmax_rows: 24\nbuffer: 4096\ncut: 1D 56 42 00\n"
	if _, err := readProfile([]byte(right)); err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string]string{
		right + "colums: 42\n":                                  "colums",
		strings.Replace(right, "512", "500", 1):                 "dots: 500",
		strings.Replace(right, "42\n", "8\n", 1):                "columns: 8",
		strings.Replace(right, "[PC858=19]", "[]", 1):           "pages",
		strings.Replace(right, "PC858=19", "PC859=19", 1):       "PC859",
		strings.Replace(right, "PC858=19", "PC858=256", 1):      "PC858=256",
		strings.Replace(right, "max_rows: 24", "", 1):           "max_rows",
		strings.Replace(right, "1D 56 42 00", "none", 1):        "cut",
		strings.Replace(right, "1D 56 42 00", "1D 5", 1):        "cut",
		right + "confirm: perhaps\n":                            "confirm",
		right + "status: ASB\n":                                 "status",
		right + "qr: laser\n":                                   "qr",
		right + "stored_graphics: yes\n":                        "stored_graphics",
		right + "presenter: {present: 1D 65 03 80}\n":           "presenter.step_mm",
		right + "presenter: {present: 1D 65 03 80, teeth: 2}\n": "teeth",
		right + "presenter: {mouth: ejector}\n":                 "presenter.mouth",
		right + "presenter: {mouth: full-status}\n":             "status custom-full",
		right + "---\n" + right:                                 "more than one document",
		"":                                                      "EOF",
	} {
		if _, err := readProfile([]byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v does not name %s", src, err, want)
		}
	}
}

func TestAnOverrideChangesWhatItSaysAndNothingElse(t *testing.T) {
	plain, err := LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	columns, dots := 48, 576
	got, err := plain.With(Override{Columns: &columns, Dots: &dots, Pages: []string{"WPC1250=45"}, Drop: "none", Confirm: ByQueuedStatus})
	if err != nil {
		t.Fatal(err)
	}
	want := plain
	want.Columns, want.Dots, want.Pages, want.Drop, want.Confirm = 48, 576, []Page{{45, WPC1250}}, nil, ByQueuedStatus
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	again, err := LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain, again); diff != "" {
		t.Errorf("the profile itself has changed: %s", diff)
	}
}

func TestEveryCodePageHasItsName(t *testing.T) {
	for _, name := range LettersNames() {
		page, err := ParsePage(name + "=7")
		if err != nil || page.Letters.String() != name || page.Number != 7 {
			t.Errorf("%s is read as %v, %v", name, page, err)
		}
	}
}

func FuzzAProfileIsUsableOrRefused(f *testing.F) {
	for _, name := range Profiles() {
		src, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := readProfile(src)
		if err != nil {
			return
		}
		d := Document{Blocks: []Block{Heading{Text: "Città", Big: true}, Row{Label: "a", Value: "č"}, Rule{}, QR{Data: "K"}}}
		if _, err := (Setup{Profile: p}).Encode(d); err != nil {
			t.Errorf("%v, with %+v", err, p)
		}
	})
}
