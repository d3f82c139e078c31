package printer

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
)

// captured is what ippeveprinter 2.4.2 answered to Get-Printer-Attributes, with its
// sizes of paper, after its command had said that the tray was empty and the cover open.
//
//go:embed testdata/tray-empty.ipp
var captured []byte

func answerFrom(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnAnswerOfARealPrinterIsRead(t *testing.T) {
	a, err := parseIPP(captured)
	if err != nil {
		t.Fatal(err)
	}
	p := a.first(tagPrinter)
	if p.number("printer-state") != 4 {
		t.Errorf("the state is %d", p.number("printer-state"))
	}
	if diff := cmp.Diff([]string{"cover-open-warning", "media-empty-warning"}, p.words("printer-state-reasons")); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestARequestIsWrittenAsTheStandardShowsIt(t *testing.T) {
	r := newIPPRequest(ippV1, ippCancelJob, 0x0102)
	r.text(tagURI, "printer-uri", "ipp://p/")
	r.integer(tagInteger, "job-id", 147)
	want := answerFrom(t, `0101 0008 00000102 01 47 0012 617474726962757465732d63686172736574 0005 7574662d38
		48 001b 617474726962757465732d6e61747572616c2d6c616e6775616765 0002 656e
		45 000b 7072696e7465722d757269 0008 6970703a2f2f702f 21 0006 6a6f622d6964 0004 00000093 03`)
	if got := r.end(); !bytes.Equal(got, want) {
		t.Errorf("the request is\n%x\nwant\n%x", got, want)
	}
}

func FuzzParseIPP(f *testing.F) {
	f.Add(captured)
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 1, 4, 0x34, 0, 1, 'm', 0, 0, 0x4A, 0, 0, 0, 1, 'x', 0x37, 0, 0, 0, 0, 3})
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 1, 4, 0x21, 0, 1, 'n', 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseIPP(b)
		if err != nil {
			return
		}
		bytesHeld := 0
		for _, g := range a.groups {
			for name, values := range g.values {
				g.number(name)
				g.words(name)
				for _, v := range values {
					bytesHeld += len(v.data)
				}
			}
		}
		if bytesHeld > len(b) {
			t.Errorf("%d bytes were read out of %d", bytesHeld, len(b))
		}
		ippStatus(a.first(tagPrinter))
	})
}

func TestReasonsOfAPrinterAreToldInOneWord(t *testing.T) {
	for said, want := range map[string]struct {
		state  devices.State
		reason string
	}{
		"none":                             {devices.Ready, ""},
		"media-empty-warning":              {devices.Attention, "paper-out"},
		"media-empty-error":                {devices.Attention, "paper-out"},
		"media-empty-report":               {devices.Ready, ""},
		"media-needed":                     {devices.Attention, "paper-out"},
		"media-jam-error":                  {devices.Attention, "printer-jam"},
		"cover-open media-empty-error":     {devices.Attention, "cover-open"},
		"marker-supply-low-warning":        {devices.Ready, ""},
		"marker-supply-empty-warning":      {devices.Ready, ""},
		"toner-empty-error":                {devices.Attention, "toner-empty"},
		"offline-report":                   {devices.Ready, ""},
		"offline":                          {devices.Attention, "printer-offline"},
		"paused":                           {devices.Attention, "printer-stopped"},
		"com.example-something-else-error": {devices.Ready, ""},
	} {
		g := ippGroup{tagPrinter, map[string][]ippValue{}}
		for word := range strings.FieldsSeq(said) {
			g.values["printer-state-reasons"] = append(g.values["printer-state-reasons"], ippValue{tagKeyword, []byte(word)})
		}
		if s := ippStatus(g); s.State != want.state || s.Reason != want.reason {
			t.Errorf("%s: %s %q; want %s %q", said, s.State, s.Reason, want.state, want.reason)
		}
	}
}

func TestAPrinterThatTakesNoPDFIsTheWrongOne(t *testing.T) {
	g := ippGroup{tagPrinter, map[string][]ippValue{"document-format-supported": {{tagMimeType, []byte("image/pwg-raster")}}}}
	if s := ippStatus(g); s.State != devices.Failed || s.Reason != "wrong-device" {
		t.Errorf("it is %+v", s)
	}
}
