package paper

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/encoding/charmap"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// readAsNpos is a program for node that has npos, a library of others, take apart
// each file of a folder, and put pictures beside it, every dot four times as large.
// npos 0.1 has no rule for GS ( k, whose length is where that of its neighbours is,
// nor for the total cut of a Custom.
const readAsNpos = `
const fs = require('fs'), path = require('path');
const [npos, folder] = process.argv.slice(1);
const rules = require(npos + '/lib/parser/rules');
rules[0x1D]['(k'] = [0, 'd16'];
rules[0x1B]['i'] = 0;
const parser = new (require(npos + '/lib/parser'))(rules);
const raster = require(npos + '/lib/codecs/raster');
for (const name of fs.readdirSync(folder)) {
  const raw = fs.readFileSync(path.join(folder, name));
  const {error, tree} = parser.analyze(raw);
  const nodes = (tree || []).map(n => ({command: n.ascii + (n.fn || ''), offset: n.offset, length: n.length}));
  console.log(JSON.stringify({name, error: error && error.message, nodes}));
  const dots = (tree || []).filter(n => n.ascii + n.fn === 'GSv0');
  if (dots.length === 0) continue;
  const image = raster.decode(raw, dots), edge = 8, times = 4;
  const wide = (image.width + 2 * edge) * times, high = (image.height + 2 * edge) * times;
  const grey = Buffer.alloc(wide * high, 0xFF);
  for (let y = 0; y < image.height * times; y++)
    for (let x = 0; x < image.width * times; x++)
      grey[(y + edge * times) * wide + x + edge * times] = image.getPixel(Math.floor(x / times), Math.floor(y / times));
  fs.writeFileSync(path.join(folder, name + '.pgm'), Buffer.concat([Buffer.from('P5 ' + wide + ' ' + high + ' 255\n'), grey]));
}`

// heard is what npos makes of the bytes of one paper.
type heard struct {
	Name  string
	Error string
	Nodes []struct {
		Command        string
		Offset, Length int
	}
}

// nposPath is where packaging/setup puts the library.
func nposPath(t *testing.T) string {
	t.Helper()
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "pue", "npm", "node_modules", "npos")
}

// TestEveryPaperReadsTheSameToAParserOfOthers: each command is known and as long as
// npos thinks, the text is that which our printer prints, and the code too, be it a
// command or a picture.
func TestEveryPaperReadsTheSameToAParserOfOthers(t *testing.T) {
	papers := all(t)
	for _, name := range printer.Profiles() {
		t.Run(name, func(t *testing.T) {
			p, err := printer.LookUp(name)
			if err != nil {
				t.Fatal(err)
			}
			folder := t.TempDir()
			for doc := range papers {
				if err := os.WriteFile(filepath.Join(folder, doc), encoded(t, papers[doc], name), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			answers := askNpos(t, folder)
			if len(answers) != len(papers) {
				t.Fatalf("%d papers were read, want %d", len(answers), len(papers))
			}
			for _, h := range answers {
				judge(t, h, papers[h.Name], p)
			}
			if p.QR == printer.QRRaster {
				judgePictures(t, folder, papers)
			}
		})
	}
}

func askNpos(t *testing.T, folder string) (answers []heard) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "node", "-e", readAsNpos, nposPath(t), folder).Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	for line := range bytes.Lines(out) {
		var h heard
		if err := json.Unmarshal(line, &h); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, h)
	}
	return answers
}

// judge compares what npos read with what our printer prints.
func judge(t *testing.T, h heard, doc printer.Document, p printer.Profile) {
	t.Helper()
	if h.Error != "" {
		t.Errorf("%s: %s", h.Name, h.Error)
		return
	}
	data := encoded(t, doc, p.Name)
	text, code, err := h.read(data, p)
	if err != nil {
		t.Errorf("%s: %v", h.Name, err)
	}
	if want := codeOf(doc); p.QR == printer.QRNative && code != want {
		t.Errorf("%s: the code holds %q, want %q", h.Name, code, want)
	}
	if want := letters(printersim.Decode(p.Name, data).Receipts()[0].Text); !slices.EqualFunc(text, want, sameLetter) {
		t.Errorf("%s reads\n%s\nwant\n%s", h.Name, string(text), string(want))
	}
}

// ownLetter stands for a letter that the printer was given as dots.
const ownLetter = '\uFFFD'

// sameLetter accepts for a letter of our own any that no page needs to have.
func sameLetter(got, want rune) bool {
	return got == want || got == ownLetter && want > unicode.MaxLatin1
}

// charsets are the pages of the profiles, by the name that manuals give them.
var charsets = map[string]*charmap.Charmap{
	"PC858": charmap.CodePage858, "PC852": charmap.CodePage852, "WPC1252": charmap.Windows1252,
}

// read is the text of a paper without its blanks, and what its QR code holds.
func (h heard) read(data []byte, p printer.Profile) (text []rune, code string, err error) {
	var page *charmap.Charmap
	own := map[byte]bool{}
	for _, n := range h.Nodes {
		raw := data[n.Offset : n.Offset+n.Length]
		switch n.Command {
		case "ESCt":
			i := slices.IndexFunc(p.Pages, func(have printer.Page) bool { return have.Number == raw[2] })
			if i < 0 {
				return nil, "", fmt.Errorf("there is no page %d", raw[2])
			}
			page = charsets[p.Pages[i].Letters.String()]
		case "ESC&":
			for c := int(raw[3]); c <= int(raw[4]); c++ {
				own[byte(c)] = true
			}
		case "GS(k":
			if _, after, is := bytes.Cut(raw, []byte("1P0")); is {
				code = string(after)
			}
		case "STX": // npos's word for text
			for _, b := range raw {
				if own[b] {
					text = append(text, ownLetter)
				} else if r := page.DecodeByte(b); !unicode.IsSpace(r) {
					text = append(text, r)
				}
			}
		}
	}
	return text, code, nil
}

// letters are those of a printed text, without its blanks and pictures.
func letters(text string) (all []rune) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[QR ") || strings.HasPrefix(line, "[image ") {
			continue
		}
		for _, r := range line {
			if !unicode.IsSpace(r) {
				all = append(all, r)
			}
		}
	}
	return all
}

// judgePictures has zbarimg read the codes of the Italian papers in the pictures
// that npos drew.
func judgePictures(t *testing.T, folder string, papers map[string]printer.Document) {
	t.Helper()
	read := []string{"--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"}
	var want []string
	for _, doc := range slices.Sorted(maps.Keys(papers)) {
		if code := codeOf(papers[doc]); code != "" && strings.HasSuffix(doc, "-it") {
			want, read = append(want, code), append(read, filepath.Join(folder, doc+".pgm"))
		}
	}
	out, err := exec.CommandContext(t.Context(), "zbarimg", read...).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	if got := strings.Fields(string(out)); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("zbarimg reads %q, want %q", got, want)
	}
}
