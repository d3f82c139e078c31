package printer_test

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"pue/devices/printer"
)

func TestTextComesBackFromPaperAsItWas(t *testing.T) {
	for _, text := range []string{
		"è à ì ò ù é À È Ì Ò Ù: 1.234,56 €",
		"Größe ÄÖÜ äöü ß Straße",
		"Čas, šola, žena: ČŠŽ čšž",
		"Œuvre, cœur, naïf, ça",
		"# $ @ [ \\ ] ^ ` { | } ~",
		"Dvořák Đorđe Łukasz",
	} {
		for _, name := range printer.Profiles() {
			if got := strings.TrimRight(onPaper(t, note(text), profile(t, name)), "\n"); got != text {
				t.Errorf("%s: on paper %q, want %q", name, got, text)
			}
		}
	}
}

func TestDecomposedLettersAreComposed(t *testing.T) {
	if got := strings.TrimSpace(onPaper(t, note("Nicolo\u0300 Ze\u030Cbre"), profile(t, "epson"))); got != "Nicolò Zěbre" {
		t.Errorf("on paper %q", got)
	}
}

func TestLettersThatAreLostAreCounted(t *testing.T) {
	p := profile(t, "epson")
	p.Pages = p.Pages[:1] // PC858 alone
	p.OwnLetters = false
	tests := []struct {
		text, want string
		lost       int
	}{
		{"l’anno – “x”… 5 €", `l'anno - "x"... 5 €`, 0},
		{"Čebular", "Cebular", 1},
		{"Œuvre", "OEuvre", 0},
		{"Đorđe Łukasz", "Dorde Lukasz", 3},
		{"Ros\u200bsi\u202e\x1b\u009b", "Rossi", 0},
		{"a\n\tb\u3000c\u00a0d", "a b c d", 0},
		{"日本", "??", 2},
		{"x\u030C", "x", 1},
	}
	for _, tt := range tests {
		e, err := printer.Setup{Profile: p, PictureLimit: 1}.Encode(note(tt.text))
		if err != nil || e.Lost != tt.lost {
			t.Errorf("%q: lost %d, %v; want %d", tt.text, e.Lost, err, tt.lost)
		}
		if got := strings.TrimSpace(printed(t, p.Name, e.Data).Text); got != tt.want {
			t.Errorf("%q: on paper %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestLinesFitThePaper(t *testing.T) {
	d := printer.Document{Blocks: []printer.Block{
		printer.Text{Text: "Un paragrafo abbastanza lungo da non stare su una sola riga di carta termica, con una parola: " + strings.Repeat("precipitevolissimevolmente", 3)},
		printer.Heading{Text: "Estratto conto contributivo della gestione", Big: true},
		printer.Row{Label: "Datore di lavoro", Value: "Cooperativa Agricola San Zenone degli Ezzelini"},
		printer.Row{Label: strings.Repeat("l", 21), Value: strings.Repeat("v", 20)},
		printer.Row{Label: strings.Repeat("l", 21), Value: strings.Repeat("v", 21)},
	}}
	text := onPaper(t, d, profile(t, "epson"))
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 42 {
			t.Errorf("line of %d columns: %q", n, line)
		}
	}
	golden(t, "layout.txt", text)
}

func TestReceiptIsTheSameByteForByte(t *testing.T) {
	p := profile(t, "epson")
	e, err := printer.Setup{Profile: p}.Encode(sample())
	if err != nil || e.Lost != 0 {
		t.Fatalf("lost %d, %v", e.Lost, err)
	}
	if len(e.Data) > 1024 {
		t.Errorf("%d bytes on the wire, want at most 1024", len(e.Data))
	}
	golden(t, "receipt.hex", hex.Dump(e.Data))
	golden(t, "receipt.txt", onPaper(t, sample(), p))
}

// samples are what the terminal prints in each of its languages, and what towns and
// people near them are called.
var samples = map[string]string{
	"it": "È già così: città, perché, più, virtù. Sàn Zenòn. Totale 1.234,56 €",
	"de": "Größe, Straße, Übermäßig, Äpfel, Öl. Summe 1.234,56 €",
	"fr": "Œuvre, cœur, naïf, ça, été, forêt, où, Noël. Total 1 234,56 €",
	"sl": "Čas, šola, žena, češnja; ČŠŽ. Šmarje pri Jelšah. Skupaj 1.234,56 €",
	"en": "Receipt for you: £5, total 1,234.56 €",
}

// TestEveryLanguageIsReadBackOnEveryProfile is for the lines that a printer prints
// as letters; those that it gets as pictures hold no text, and nothing may be lost
// or stand over the edge of the paper with them either.
func TestEveryLanguageIsReadBackOnEveryProfile(t *testing.T) {
	for _, name := range printer.Profiles() {
		for language, text := range samples {
			for _, block := range []printer.Block{
				printer.Text{Text: text},
				printer.Text{Text: text, Bold: true, Large: true},
				printer.Heading{Text: text},
				printer.Heading{Text: text, Big: true},
				printer.Row{Label: "X", Value: text},
			} {
				d := printer.Document{Blocks: []printer.Block{block}}
				e, err := printer.Setup{Profile: profile(t, name)}.Encode(d)
				if err != nil || e.Lost > 0 {
					t.Fatalf("%s, %s: lost %d, %v", name, language, e.Lost, err)
				}
				got := asRead(printed(t, name, e.Data).Text, printer.OwnLetters(d, profile(t, name)))
				if strings.Contains(got, "[image") {
					t.Errorf("%s, %s: drawn as a picture, though the printer has the letters", name, language)
				}
				if _, isRow := block.(printer.Row); isRow {
					got = strings.TrimPrefix(strings.TrimSpace(got), "X")
				}
				if want := strings.Join(strings.Fields(text), ""); strings.Join(strings.Fields(got), "") != want {
					t.Errorf("%s, %s: on paper %q, want %q", name, language, got, text)
				}
			}
		}
	}
}

// TestQRCodeIsReadByATelephone stands a program that nobody here wrote between
// the two halves.
func TestQRCodeIsReadByATelephone(t *testing.T) {
	for _, data := range []string{
		"K",
		"K7M2-94QX",
		"https://www.inps.it/ricevuta?c=K7M2-94QX&d=" + strings.Repeat("0123456789abcdef", 4),
		strings.Repeat("A code of four hundred bytes.. ", 13)[:400],
	} {
		d := printer.Document{Blocks: []printer.Block{printer.QR{Data: data}}}
		for _, name := range []string{"epson", "custom-vkp80", "th230"} {
			e, err := printer.Setup{Profile: profile(t, name)}.Encode(d)
			if err != nil {
				t.Fatal(err)
			}
			read := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", "-")
			read.Stdin = bytes.NewReader(printed(t, name, e.Data).PNG())
			got, err := read.Output()
			if err != nil {
				t.Fatalf("%s: zbarimg on a code of %d bytes: %v", name, len(data), err)
			}
			if strings.TrimSuffix(string(got), "\n") != data {
				t.Errorf("%s: zbarimg reads %q, want %q", name, got, data)
			}
		}
	}
}

func TestQRCodeThatCannotBeDrawnIsRefused(t *testing.T) {
	for _, data := range []string{"", strings.Repeat("x", 500), "a\x10\x04\x01", "\xff", "Più"} {
		d := printer.Document{Blocks: []printer.Block{printer.QR{Data: data}}}
		if _, err := (printer.Setup{Profile: profile(t, "epson")}).Encode(d); err == nil {
			t.Errorf("QR data %q was accepted", data)
		}
	}
}

func TestUnknownProfileNamesTheKnownOnes(t *testing.T) {
	_, err := printer.LookUp("epsom")
	if err == nil || !strings.Contains(err.Error(), "epson, generic") {
		t.Errorf("error %v does not name the known profiles", err)
	}
}

// FuzzNoTextCommandsThePrinter gives the encoder what a hostile card or server
// may send. However the text looks, one receipt comes out, with no command on it
// that is not the encoder's own.
func FuzzNoTextCommandsThePrinter(f *testing.F) {
	f.Add("Rossi\x1b@\x1dV\x00", "\x10\x04\x01", "\x1bp\x00\x19\xfa")
	f.Add("a\nb\r\tc", "\u009b31m\u202eabc", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
	f.Add("č\u0300\u0301", "€\x1d(k\x03\x00", "\xff\xfe\xc2")
	f.Add("", " ", "\u00a0\u3000")
	p := profile(f, "epson")
	p.OwnLetters = false
	setup := printer.Setup{Profile: p, PictureLimit: 1} // no dots among the bytes
	f.Fuzz(func(t *testing.T, a, b, c string) {
		d := printer.Document{Blocks: []printer.Block{
			printer.Heading{Text: a, Big: true},
			printer.Text{Text: b, Bold: true},
			printer.Row{Label: c, Value: a},
			printer.Text{Text: "fine"},
		}}
		e, err := setup.Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		data := e.Data
		for _, second := range []byte{0x04, 0x05, 0x14} {
			if bytes.Contains(data, []byte{0x10, second}) {
				t.Fatalf("real-time command 10 %02X in % X", second, data)
			}
		}
		if rest := withoutOwnCommands(data); bytes.ContainsFunc(rest, func(r rune) bool { return r < 0x20 || r == 0x7F }) {
			t.Fatalf("control bytes in % X", rest)
		}
		if text := printed(t, p.Name, data).Text; !strings.HasSuffix(text, "fine\n") {
			t.Fatalf("receipt ends in %q", text)
		}
	})
}

// withoutOwnCommands removes, by exact bytes, the commands that a document of
// headings, texts and rows is made of.
func withoutOwnCommands(data []byte) []byte {
	for _, own := range []string{
		"\x1b@", "\x1c.", "\x1bR\x00", "\x1bt\x10", "\x1bt\x12", "\x1bt\x13",
		"\x1ba\x00", "\x1ba\x01", "\x1bE\x00", "\x1bE\x01", "\x1d!\x00", "\x1d!\x11", "\x1dVB\x00", "\n",
	} {
		data = bytes.ReplaceAll(data, []byte(own), []byte(" "))
	}
	return bytes.ToValidUTF8(data, []byte("."))
}

// TestAQuestionStandsInNoCommand puts one into each place that the encoder calls a
// border, of documents with letters, codes and pictures.
func TestAQuestionStandsInNoCommand(t *testing.T) {
	for _, name := range printer.Profiles() {
		for _, code := range []printer.QRDrawing{printer.QRRaster, profile(t, name).QR} {
			p := profile(t, name)
			p.QR = code
			setup := printer.Setup{Profile: p, Logo: printer.Wordmark("Comune")}
			d := withLogo()
			d.Blocks = append(d.Blocks, printer.Text{Text: "Žiga Čebular, Đorđe, Ωμέγα, Щука"})
			e, err := setup.Encode(d)
			if err != nil {
				t.Fatal(err)
			}
			blocks := printer.BlocksOf(e)
			if len(blocks) < len(d.Blocks) {
				t.Errorf("%s: %d places in a document of %d blocks", name, len(blocks), len(d.Blocks))
			}
			if got, want := printed(t, name, bytes.Join(blocks, []byte{0x10, 4, 1})), printed(t, name, e.Data); got.Text != want.Text {
				t.Errorf("%s: with questions\n%s\nwithout\n%s", name, got.Text, want.Text)
			}
		}
	}
}
