package printer_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

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

func epson(t *testing.T) printer.Profile {
	t.Helper()
	p, err := printer.LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run starts a printer on sim and returns it when it is ready, with the channel
// of its reports.
func run(t *testing.T, ctx context.Context, sim *printersim.Sim, p printer.Profile) (*printer.Printer, <-chan devices.Status) {
	t.Helper()
	open := func(context.Context) (printer.Line, error) { return sim.Line() }
	pr := printer.New(open, p, slog.New(slog.DiscardHandler))
	reports := make(chan devices.Status, 1000)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		pr.Run(ctx, func(s devices.Status) { reports <- s })
	}()
	t.Cleanup(func() { cancel(); <-done })
	return pr, reports
}

func TestReceiptIsPrintedAndConfirmed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	sim := printersim.New("epson")
	p, _ := run(t, ctx, sim, epson(t))
	r := p.Print(ctx, sample())
	t.Log(r)
	if r.Outcome != printer.Printed || r.Bytes > 1024 {
		t.Fatalf("result %+v, want printed in at most 1024 bytes", r)
	}
	if f := sim.Faults(); len(f) > 0 {
		t.Errorf("printer complains: %q", f)
	}
	t.Log(sim.Receipts()[0].Text)
	writeShot(t, sim.Receipts()[0])
}
