package printer_test

import (
	"context"
	"flag"
	"log/slog"
	"strings"
	"testing"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// TestMain has more tests wait at a time than there are processors: those on real
// lines do little else.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	m.Run()
}

// sample is a receipt as the terminal prints them, with an invented claim code.
func sample() printer.Document {
	return printer.Document{Blocks: []printer.Block{
		printer.Heading{Text: "Punto INPS · Comune di Sàn Zenòn"},
		printer.Heading{Text: "PRESA IN CARICO LOCALE", Big: true},
		printer.Feed{Lines: 1},
		printer.Text{Text: "NON è la ricevuta INPS. La domanda è salvata in questo terminale e sarà inviata appena la linea torna.", Bold: true},
		printer.Rule{},
		printer.Row{Label: "Servizio", Value: "Indennità NASpI"},
		printer.Row{Label: "Data e ora", Value: "22/11/2026 12:40"},
		printer.Row{Label: "Terminale", Value: "PUE-0421"},
		printer.Row{Label: "Scadenza", Value: "lunedì 30/11/2026"},
		printer.Row{Label: "Operatrice", Value: "Olga R."},
		printer.Rule{},
		printer.Text{Text: "Codice di ritiro"},
		printer.Heading{Text: "K7M2-94QX", Big: true},
		printer.QR{Data: "K7M2-94QX"},
		printer.Text{Text: "Conservi questo foglio. Torni con la stessa carta per ritirare la ricevuta di presentazione, oppure chiami:"},
		printer.Row{Label: "da rete fissa (gratuito)", Value: "803 164"},
		printer.Row{Label: "da cellulare", Value: "06 164 164"},
		printer.Feed{Lines: 1},
	}}
}

// note is a short document that is easy to tell from the sample.
func note(text string) printer.Document {
	return printer.Document{Blocks: []printer.Block{printer.Text{Text: text}}}
}

func profile(t testing.TB, name string) printer.Profile {
	t.Helper()
	p, err := printer.LookUp(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bench is a printer at work on a simulated one.
type bench struct {
	*printer.Printer
	sim     *printersim.Sim
	reports chan devices.Status
}

// start runs a printer on sim; wrap, when not nil, may put something into the
// cable.
func start(t *testing.T, sim *printersim.Sim, p printer.Profile, wrap func(printer.Line) printer.Line) bench {
	t.Helper()
	open := func(context.Context) (printer.Line, error) {
		line, err := sim.Line()
		if err != nil || wrap == nil {
			return line, err
		}
		return wrap(line), nil
	}
	return startOn(t, sim, open, p)
}

func startOn(t *testing.T, sim *printersim.Sim, open func(context.Context) (printer.Line, error), p printer.Profile) bench {
	t.Helper()
	b := prepare(sim, open, p)
	b.run(t)
	return b
}

func prepare(sim *printersim.Sim, open func(context.Context) (printer.Line, error), p printer.Profile) bench {
	return bench{printer.New(open, p, slog.New(slog.DiscardHandler)), sim, make(chan devices.Status, 1000)}
}

// run keeps the printer in use until the test ends.
func (b bench) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx, func(s devices.Status) { b.reports <- s })
	}()
	t.Cleanup(func() { cancel(); <-done })
}

// watchUntil keeps the printer in use until ctx ends.
func (b bench) watchUntil(ctx context.Context) {
	b.Run(ctx, func(s devices.Status) { b.reports <- s })
}

// await reads reports until one has that state and reason.
func (b bench) await(t *testing.T, ctx context.Context, state devices.State, reason string) {
	t.Helper()
	_ = b.awaitReport(t, ctx, state, reason)
}

// awaitReport is await, and returns the report.
func (b bench) awaitReport(t *testing.T, ctx context.Context, state devices.State, reason string) devices.Status {
	t.Helper()
	for {
		select {
		case s := <-b.reports:
			if s.State == state && s.Reason == reason {
				return s
			}
		case <-ctx.Done():
			t.Fatalf("printer never became %s %q; it is %+v", state, reason, b.Status())
		}
	}
}

// printing starts to print d and returns where the result will come.
func (b bench) printing(ctx context.Context, d printer.Document) <-chan printer.Result {
	c := make(chan printer.Result, 1)
	go func() { c <- b.Print(ctx, d) }()
	return c
}

// onPaper is the text that a printer without troubles makes of d.
func onPaper(t testing.TB, d printer.Document, p printer.Profile) string {
	t.Helper()
	e, err := printer.Setup{Profile: p}.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return asRead(printed(t, p.Name, e.Data).Text, printer.OwnLetters(d, p))
}

// printed is what a printer of that name without troubles makes of data, which has
// to be one receipt.
func printed(t testing.TB, name string, data []byte) printersim.Receipt {
	t.Helper()
	sim := printersim.New(name)
	line, err := sim.Line()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := line.Write(data); err != nil {
		t.Fatal(err)
	}
	if f := sim.Faults(); len(f) > 0 {
		t.Errorf("%s complains: %q", name, f)
	}
	receipts := sim.Receipts()
	if len(receipts) != 1 {
		t.Fatalf("%s: %d receipts, want 1", name, len(receipts))
	}
	writeShot(t, receipts[0])
	return receipts[0]
}

// asRead puts the letters into text that the simulator knows only as drawings.
// That the drawings are these letters is tested apart.
func asRead(text string, own map[byte]rune) string {
	return strings.Map(func(r rune) rune {
		if drawn, ok := own[byte(r)]; ok && r >= 0xE000 && r < 0xE080 {
			return drawn
		}
		return r
	}, text)
}
