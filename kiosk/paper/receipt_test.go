package paper

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices/printer"
	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

var update = flag.Bool("update", false, "write the golden files")

// composer knows the services that are built in.
func composer(t *testing.T) *Composer {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return composerOf(t, c)
}

// composerOfSamples knows services of the tests' own: the words of the others are
// changed by other people, for other reasons.
func composerOfSamples(t *testing.T) *Composer {
	t.Helper()
	c, flaws := catalog.CheckFolder(os.DirFS(filepath.Join("testdata", "services")))
	if len(flaws) > 0 {
		t.Fatal(flaws)
	}
	return composerOf(t, c)
}

func composerOf(t *testing.T, c *catalog.Catalog) *Composer {
	t.Helper()
	m, err := messages.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetServices(c.Texts()); err != nil {
		t.Fatal(err)
	}
	return NewComposer(m, func() *catalog.Catalog { return c }, Place{Municipality: "Alpago", Terminal: "PUE-0421", PhoneFixed: "803 164", PhoneMobile: "06 164 164", PhoneComune: "0437 555 0100"}, func() bool { return true })
}

// waiting is a submission on its way, filed one that arrived.
func waiting() outbox.Entry {
	return outbox.Entry{
		ID: "0d8f2c1e-6f4b-4a58-9f0e-3f5f6f0c7a11", Claim: "PUE-0421-7K3F-9M2X-4QPAT", Class: outbox.Application, State: outbox.Waiting,
		CapturedAt: time.Date(2026, 11, 22, 13, 32, 0, 0, time.UTC), ClockTrusted: true,
		Term:   time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC),
		Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	}
}

// today is when papers are printed, unless the time is the matter.
var today = time.Date(2026, 11, 22, 13, 40, 0, 0, time.UTC)

func filed() outbox.Entry {
	e := waiting()
	e.State, e.Protocol = outbox.Filed, "INPS.7003.22/11/2026.0123456"
	e.FiledAt = time.Date(2026, 11, 22, 23, 5, 0, 0, time.UTC)
	return e
}

func working() upstream.Statement {
	st := upstream.Statement{AsOf: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)}
	for year := 2010; year <= 2026; year++ {
		weeks := 52
		switch year {
		case 2014, 2015:
			continue
		case 2020:
			weeks = 1
		case 2026:
			weeks = 44
		}
		st.Periods = append(st.Periods, upstream.Period{Year: year, Employer: "Falegnameria Esempio", Kind: "employee", Weeks: weeks})
	}
	return st
}

// all is each receipt in each language, by name.
func all(t *testing.T) map[string]printer.Document {
	t.Helper()
	c, samples := composer(t), composerOfSamples(t)
	soon := waiting()
	soon.Term = time.Time{}
	asked, arrived := waiting(), waiting()
	asked.State, arrived.State = outbox.Unknown, outbox.Filed
	docs := map[string]printer.Document{}
	for _, lang := range messages.Languages() {
		docs["statement-"+lang] = c.Statement(lang, working(), false, today, 0)
		docs["statement-empty-"+lang] = c.Statement(lang, upstream.Statement{AsOf: working().AsOf}, false, today, 0)
		docs["statement-behalf-"+lang] = c.Statement(lang, working(), true, today, 0)
		docs["local-"+lang] = c.Local(lang, waiting(), Case{}, today, 0)
		docs["local-reprint-"+lang] = c.Local(lang, soon, Case{}, today, 2)
		for _, state := range []outbox.State{outbox.Unknown, outbox.Filed} {
			e := waiting()
			e.State = state
			docs["local-"+string(state)+"-"+lang] = c.Local(lang, e, Case{}, today, 0)
		}
		dead := waiting()
		dead.State = outbox.Refused
		docs["patronato-"+lang] = c.Patronato(lang, waiting(), Case{}, today, 0)
		docs["patronato-over-"+lang] = c.Patronato(lang, waiting(), Case{}, today.AddDate(1, 0, 0), 0)
		docs["patronato-refused-reprint-"+lang] = c.Patronato(lang, dead, Case{}, today, 1)
		docs["final-"+lang] = c.Final(lang, filed(), Case{}, today, 0)
		for name, a := range answers() {
			docs["answer-"+name+"-"+lang] = samples.Answer(lang, service(t, samples, name), a, name == "elenco", today, 0)
		}
		docs["leaflet-"+lang] = samples.Leaflet(lang, service(t, samples, "scheda"), today, 0)
		docs["comune-leaflet-"+lang] = samples.Leaflet(lang, service(t, samples, "domanda"), today, 0)
		for name, k := range cases() {
			docs["local-"+name+"-"+lang] = c.Local(lang, k.entry, k.Case, k.printed, 0)
		}
		docs["final-booking-behalf-"+lang] = c.Final(lang, filed(), Case{Booking: true, Behalf: true}, today, 0)
		docs["final-reprint-"+lang] = c.Final(lang, filed(), Case{}, today, 1)
		docs["notice-"+lang] = c.Notice(lang, PrivacyNotice{"", "INPS, Via Ciro il Grande 21, Roma", "Comune di Alpago", "privacy@comune.example.it", "2026-1"})
		docs["comune-notice-"+lang] = c.Notice(lang, PrivacyNotice{"comune", "Comune di Alpago, Piazza Esempio 1", "Comune di Alpago", "protocollo@comune.example.it", "2026-3"})
		for name, e := range map[string]outbox.Entry{"local": waiting(), "local-unknown": asked, "local-filed": arrived} {
			e.Destination = catalog.Comune
			docs["comune-"+name+"-"+lang] = c.Local(lang, e, Case{}, today, 0)
		}
		toComune := filed()
		toComune.Destination, toComune.Protocol = catalog.Comune, "Prot. 2026/0000042"
		docs["comune-final-"+lang] = c.Final(lang, toComune, Case{}, today, 0)
		dead.Destination = catalog.Comune
		docs["comune-patronato-refused-"+lang] = c.Patronato(lang, dead, Case{}, today, 0)
		dead.State = outbox.Stuck
		docs["comune-patronato-"+lang] = c.Patronato(lang, dead, Case{}, today, 0)
		docs["local-large-"+lang] = c.Large().Local(lang, waiting(), Case{}, today, 0)
		for name, doc := range others(t, c, samples, lang) {
			docs[name+"-"+lang] = doc
		}
	}
	return docs
}

// ofASubmission reports whether a receipt is about something that waits here or was
// filed.
func ofASubmission(name string) bool {
	kind, _, _ := strings.Cut(strings.TrimPrefix(name, "comune-"), "-")
	return slices.Contains([]string{"local", "final", "patronato"}, kind)
}

// golden are the languages whose receipts are all kept as text, to be looked at: the
// one that binds, the one spoken most beside it, and the one with other letters.
var golden = []string{"it", "de", "sl"}

// everyday are the papers that are kept in each language.
var everyday = []string{"statement", "local", "final", "patronato", "certificate", "goodbye", "notice", "leaflet"}

func looked(name string) bool {
	end := strings.LastIndexByte(name, '-')
	return slices.Contains(golden, name[end+1:]) || slices.Contains(everyday, name[:end])
}

func TestReceiptsReadAsTheirGoldenText(t *testing.T) {
	for name, doc := range all(t) {
		if !looked(name) {
			continue
		}
		file := filepath.Join("testdata", name+".txt")
		got := render(doc, 42)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestNoReceiptLacksAText(t *testing.T) {
	for name, doc := range all(t) {
		if text := render(doc, 42); strings.ContainsAny(text, "⟦⟧{}") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

func TestALocalReceiptNeverLooksLikeAFiling(t *testing.T) {
	c := composer(t)
	unconfirmed := filed()
	unconfirmed.State = outbox.Unknown
	unnumbered := filed()
	unnumbered.Protocol = ""
	for _, lang := range messages.Languages() {
		for _, doc := range []printer.Document{
			c.Local(lang, filed(), Case{}, today, 0), c.Final(lang, unconfirmed, Case{}, today, 0), c.Final(lang, unnumbered, Case{}, today, 0), c.Final(lang, waiting(), Case{}, today, 3),
		} {
			text := render(doc, 42)
			for _, forbidden := range []string{filed().Protocol, "INPS.7", "filed", "RICEVUTA DI PRESENTAZIONE", "EINREICHBESTÄTIGUNG", filed().Digest[:8]} {
				if strings.Contains(text, forbidden) {
					t.Errorf("%s: contains %q:\n%s", lang, forbidden, text)
				}
			}
			if !strings.Contains(text, "NON è la ricevuta INPS") {
				t.Errorf("%s: does not say what it is not:\n%s", lang, text)
			}
		}
	}
}

func TestTheCodeToScanIsTheClaimCodeAlone(t *testing.T) {
	for name, doc := range all(t) {
		want := 0
		if ofASubmission(name) {
			want = 1
		}
		got := 0
		for _, b := range doc.Blocks {
			if qr, ok := b.(printer.QR); ok {
				got++
				if qr.Data != waiting().Claim {
					t.Errorf("%s: the QR code holds %q", name, qr.Data)
				}
			}
		}
		if got != want {
			t.Errorf("%s: %d QR codes, want %d", name, got, want)
		}
	}
}

func TestOnlyReprintsAreMarked(t *testing.T) {
	for name, doc := range all(t) {
		marked := strings.Contains(render(doc, 42), "RISTAMPA")
		if marked != strings.Contains(name, "reprint") {
			t.Errorf("%s: marked is %v", name, marked)
		}
	}
}

// A slip that lies about in the village must not tell what its citizen asked for.
func TestNoPaperOfASubmissionNamesItsService(t *testing.T) {
	services, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	m, err := messages.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetServices(services.Texts()); err != nil {
		t.Fatal(err)
	}
	for name, doc := range all(t) {
		if !ofASubmission(name) && !strings.HasPrefix(name, "goodbye") {
			continue
		}
		text := strings.ToLower(render(doc, 42))
		for _, s := range services.Services() {
			for _, word := range []string{s.ID, s.Official, m.In("it").T(s.Key("title")), m.In("de").T(s.Key("title"))} {
				if strings.Contains(text, strings.ToLower(word)) {
					t.Errorf("%s names %q:\n%s", name, word, text)
				}
			}
		}
	}
}

func TestAStatementNamesNoEmployer(t *testing.T) {
	if text := render(composer(t).Statement("it", working(), false, time.Now(), 0), 42); strings.Contains(text, "Falegnameria") {
		t.Error(text)
	}
}

func TestEveryLetterCanBePrinted(t *testing.T) {
	documents := all(t)
	for _, profile := range printer.Profiles() {
		p, err := printer.LookUp(profile)
		if err != nil {
			t.Fatal(err)
		}
		for name, doc := range documents {
			if e, err := (printer.Setup{Profile: p}).Encode(doc); err != nil || e.Lost != 0 {
				t.Errorf("%s, %s: %d letters lost, %v", profile, name, e.Lost, err)
			}
		}
	}
}

// The name of the municipality is a long one: few that have such a terminal have a
// longer.
func TestAnItalianReceiptIsAtMostAKilobyteOnTheWire(t *testing.T) {
	const usual, long = "Alpago", "San Benedetto dei Marsi"
	const question = 11 // GS ( H fn 48, whether all of it is on paper
	epson, err := printer.LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range all(t) {
		if !ofASubmission(name) || strings.Contains(name, "patronato") || !strings.HasSuffix(name, "-it") {
			continue
		}
		for i, b := range doc.Blocks {
			if h, ok := b.(printer.Heading); ok {
				doc.Blocks[i] = printer.Heading{Text: strings.Replace(h.Text, usual, long, 1), Big: h.Big}
			}
		}
		e, err := printer.Setup{Profile: epson, Logo: printer.Wordmark("PUE"), LogoStored: true}.Encode(doc)
		bytes := len(e.Data) + question
		if err != nil || e.LogoLeftOut || bytes > 1024 {
			t.Errorf("%s: %d bytes, %v", name, bytes, err)
		}
		t.Logf("%s: %d bytes", name, bytes)
	}
}

// render sets a document as plain text of the given width.
func render(d printer.Document, width int) string {
	var b strings.Builder
	for _, block := range d.Blocks {
		switch block := block.(type) {
		case printer.Heading:
			for _, line := range wrap(block.Text, width) {
				if block.Big {
					line = "** " + line + " **"
				}
				pad := max(0, width-len([]rune(line))) / 2
				fmt.Fprintf(&b, "%s%s%s\n", tall(block.Large), strings.Repeat(" ", pad), line)
			}
		case printer.Text:
			for _, line := range wrap(block.Text, width) {
				if block.Bold {
					line = "*" + line + "*"
				}
				fmt.Fprintln(&b, tall(block.Large)+line)
			}
		case printer.Row:
			for _, line := range row(block.Label, block.Value, width) {
				if block.Bold {
					line = "*" + line + "*"
				}
				fmt.Fprintln(&b, tall(block.Large)+line)
			}
		case printer.Logo:
			fmt.Fprintln(&b, "[logo]")
		case printer.Rule:
			fmt.Fprintln(&b, strings.Repeat("-", width))
		case printer.QR:
			fmt.Fprintf(&b, "[QR %s]\n", block.Data)
		case printer.Feed:
			fmt.Fprint(&b, strings.Repeat("\n", block.Lines))
		default:
			panic("a block that is not drawn: " + reflect.TypeOf(block).String())
		}
	}
	return b.String()
}

// row is a label at the left and a value at the right, on two lines where one is too
// short for both.
func row(label, value string, width int) []string {
	gap := width - len([]rune(label)) - len([]rune(value))
	if gap < 1 {
		return []string{label, strings.Repeat(" ", max(0, width-len([]rune(value)))) + value}
	}
	return []string{label + strings.Repeat(" ", gap) + value}
}

// tall marks letters of twice the height.
func tall(large bool) string {
	if large {
		return "^"
	}
	return ""
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

func TestWhatIsRefusedOrStuckGetsTheWayToINPSWhoeverAsks(t *testing.T) {
	c := composer(t)
	for _, state := range []outbox.State{outbox.Refused, outbox.Stuck} {
		e := waiting()
		e.State = state
		if diff := cmp.Diff(c.Patronato("it", e, Case{}, today, 0), c.Final("it", e, Case{}, today, 0)); diff != "" {
			t.Errorf("%s: %s", state, diff)
		}
	}
}

// Whoever goes to a patronato while the terminal still sends must say so, or it
// is filed twice.
func TestTheSheetSaysWhetherTheTerminalGoesOn(t *testing.T) {
	c := composer(t)
	damaged := waiting()
	damaged.Reason = outbox.ReasonDamaged
	for want, entries := range map[bool][]outbox.Entry{
		true:  {waiting(), {State: outbox.Unknown}},
		false: {damaged, {State: outbox.Refused}, {State: outbox.Stuck}},
	} {
		for _, e := range entries {
			if got := strings.Contains(render(c.Patronato("it", e, Case{}, today, 0), 80), "continua a inviarla"); got != want {
				t.Errorf("%s, %q: %v", e.State, e.Reason, got)
			}
		}
	}
}

func TestAPaperOfTheMunicipalityNamesNobodyElseAsItsReceiver(t *testing.T) {
	for name, doc := range all(t) {
		text := render(doc, 42)
		if ofComune := strings.HasPrefix(name, "comune-"); ofComune && (strings.Contains(text, "INPS") || strings.Contains(text, "803 164")) {
			t.Errorf("%s names INPS:\n%s", name, text)
		} else if !ofComune && strings.Contains(text, "0437 555 0100") {
			t.Errorf("%s sends people to the municipality", name)
		}
	}
}
