package paper

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
	"pue/kiosk/messages"
)

// TestEveryCodeOnPaperIsReadByAStranger has zbarimg, which knows nothing of us, read
// the pictures of all Italian papers on each family of printer, and of those taken most
// in each language, from one printer that draws codes and one that is given them drawn.
func TestEveryCodeOnPaperIsReadByAStranger(t *testing.T) {
	papers, ways := all(t), map[printer.QRDrawing]bool{}
	for _, name := range printer.Profiles() {
		t.Run(name, func(t *testing.T) {
			p, err := printer.LookUp(name)
			if err != nil {
				t.Fatal(err)
			}
			everyLanguage := !ways[p.QR]
			ways[p.QR] = true
			dir, read := t.TempDir(), []string{"--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"}
			var want []string
			for _, doc := range slices.Sorted(maps.Keys(papers)) {
				code := codeOf(papers[doc])
				kind, language := doc[:strings.LastIndexByte(doc, '-')], doc[strings.LastIndexByte(doc, '-')+1:]
				if code == "" || language != messages.Italian && !(everyLanguage && slices.Contains(everyday, kind)) {
					continue
				}
				picture := filepath.Join(dir, doc+".png")
				if err := os.WriteFile(picture, pictureOf(t, papers[doc], p), 0o600); err != nil {
					t.Fatal(err)
				}
				want, read = append(want, code), append(read, picture)
			}
			out, err := exec.CommandContext(t.Context(), "zbarimg", read...).Output()
			if err != nil {
				t.Fatalf("zbarimg: %v", err)
			}
			if got := strings.Fields(string(out)); len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("zbarimg reads %q, want %q", got, want)
			}
		})
	}
}

// codeOf is what the QR code of a paper holds.
func codeOf(d printer.Document) string {
	for _, b := range d.Blocks {
		if qr, is := b.(printer.QR); is {
			return qr.Data
		}
	}
	return ""
}

// pictureOf is the paper as a person sees it.
func pictureOf(t *testing.T, d printer.Document, p printer.Profile) []byte {
	t.Helper()
	e, err := printer.Setup{Profile: p}.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	receipts := printersim.Decode(p.Name, e.Data).Receipts()
	if len(receipts) != 1 {
		t.Fatalf("%d sheets, want 1", len(receipts))
	}
	return receipts[0].PNG()
}
