package sheets

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os/exec"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
	"pue/packaging/journeys/browser"
	"pue/packaging/journeys/stack"
)

// patience bounds every wait on a loaded machine.
const patience = 3 * time.Minute

// pin is that of all simulated people.
const pin = "12345678"

// desk is a terminal with an A4 printer, and a citizen before it.
type desk struct {
	*stack.Stack
	*stack.Office
	page *browser.Page
}

func open(t *testing.T) *desk {
	t.Helper()
	const tree = "../../.."
	bin := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-C", tree, "-o", bin+"/", "./cmd/pued", "./cmd/puectl", "./cmd/pue-sim").CombinedOutput()
	if err != nil {
		t.Fatalf("building the programs: %v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := stack.Start(ctx, stack.Options{Bin: bin, Tree: tree, Width: 1280, Height: 1024, Office: true})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	door, err := s.Gate(ctx)
	must(t, err)
	page, err := browser.Open(t.Context(), door, 1280, 1024)
	must(t, err)
	t.Cleanup(page.Close)
	return &desk{s, s.Office(), page}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) see(t *testing.T, screen string, words ...string) {
	t.Helper()
	must(t, d.page.See(screen, words...))
}

func (d *desk) press(t *testing.T, act string) {
	t.Helper()
	must(t, d.page.Press(act))
}

// asks has anna put her card in, and ask for a document that comes with sheets.
func (d *desk) asks(t *testing.T) {
	t.Helper()
	d.see(t, "welcome")
	d.press(t, "start")
	d.see(t, "notice")
	d.press(t, "continue")
	d.see(t, "insert-card")
	must(t, d.InsertCard(t.Context(), "anna"))
	d.see(t, "pin")
	must(t, d.page.PIN(pin))
	d.see(t, "home")
	must(t, d.page.OpenGroup("see"))
	d.press(t, "open:certificazione-unica")
	d.see(t, "form")
	if step, err := d.page.Answer(map[string]string{"anno": "2026"}); err != nil {
		t.Fatalf("question %s: %v", step, err)
	}
	d.see(t, "answer")
}

// begins presses the button and waits until the printer has begun.
func (d *desk) begins(t *testing.T) (at time.Time) {
	t.Helper()
	before, _, err := d.Begun()
	must(t, err)
	d.press(t, "sheets")
	until(t, "the printer has begun", func() bool {
		n, last, err := d.Begun()
		must(t, err)
		at = last
		return n == before+1
	})
	return at
}

func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for late := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("not so after %v: %s", patience, what)
		}
	}
}

// emptied: no job is at the printer any more, and none begins afterwards, although it
// could and the terminal has asked it how it is meanwhile.
func (d *desk) emptied(t *testing.T) {
	t.Helper()
	before, _, err := d.Begun()
	must(t, err)
	until(t, "no job is left at the printer", func() bool {
		n, err := d.Waiting(t.Context())
		must(t, err)
		return n == 0
	})
	const longer = 6 * time.Second // than the terminal leaves a printer alone that rests
	for over := time.Now().Add(longer); time.Now().Before(over); time.Sleep(time.Second) {
		if n, _, err := d.Begun(); err != nil || n != before {
			t.Fatalf("%d documents came out by surprise, %v", n-before, err)
		}
	}
}

func TestADocumentOfINPSOnA4FromTheCardToTheTray(t *testing.T) {
	d := open(t)
	d.asks(t)
	for _, part := range []struct {
		name string
		walk func(*testing.T)
	}{
		{"it comes out as INPS made it", d.comesOut},
		{"an empty tray is said, and with paper it goes on", d.trayEmpty},
		{"a printer that gives up is said, and nothing comes out later", d.aborts},
		{"a pulled card takes the document back", d.pulled},
		{"a kill -9 in mid-document leaves nothing that comes out later", d.killed},
	} {
		if !t.Run(part.name, part.walk) {
			return // the next part begins where this one ends
		}
	}
	must(t, d.KillDaemon())
	d.journalSays(t, "printed", "printed", "failed", "failed", "uncertain")
}

func (d *desk) comesOut(t *testing.T) {
	d.press(t, "sheets")
	d.see(t, "printed", "Prenda i fogli")
	given, err := d.Documents()
	must(t, err)
	if len(given) != 1 || !bytes.HasPrefix(given[0], []byte("%PDF-")) || !bytes.Contains(given[0], []byte("%%EOF")) {
		t.Errorf("the printer got %d documents", len(given))
	}
	d.press(t, "taken")
	d.see(t, "answer")
}

func (d *desk) trayEmpty(t *testing.T) {
	must(t, d.Turn("empty", true))
	began := d.begins(t)
	d.see(t, "print-trouble")
	t.Logf("said %d ms after the printer said so", time.Since(began).Milliseconds()) // below 2,000 on a quiet machine
	must(t, d.Turn("empty", false))
	d.see(t, "printed")
	d.press(t, "taken")
	d.see(t, "answer")
}

func (d *desk) aborts(t *testing.T) {
	must(t, d.Turn("broken", true))
	d.begins(t)
	d.see(t, "print-trouble")
	must(t, d.Turn("broken", false))
	d.emptied(t)
	d.press(t, "stop")
	d.see(t, "answer")
}

func (d *desk) pulled(t *testing.T) {
	must(t, d.Turn("slow", true))
	d.begins(t)
	must(t, d.RemoveCard(t.Context()))
	must(t, d.Turn("slow", false)) // it stops where it can, which is when its command ends
	d.see(t, "welcome")
	d.emptied(t)
}

func (d *desk) killed(t *testing.T) {
	d.asks(t)
	must(t, d.Turn("slow", true))
	d.begins(t)
	must(t, d.KillDaemon())
	must(t, d.StartDaemon(t.Context()))
	must(t, d.Turn("slow", false))
	d.emptied(t)
	d.see(t, "notice") // the card is still in
	must(t, d.RemoveCard(t.Context()))
}

// journalSays reads what the dead terminal has written down.
func (d *desk) journalSays(t *testing.T, want ...string) {
	t.Helper()
	file, err := d.Journal(t.TempDir())
	must(t, err)
	st, err := store.Open(file, store.Options{Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	defer st.Close()
	var got []string
	must(t, st.View(t.Context(), func(tx *bolt.Tx) error {
		for r := range store.Table("paper").All(tx) {
			if r.Err != nil {
				return r.Err
			}
			var job struct{ Kind, State string }
			if err := json.Unmarshal(r.Value, &job); err != nil {
				return err
			}
			if job.Kind == "sheets" {
				got = append(got, job.State)
			}
		}
		return nil
	}))
	if !slices.Equal(got, want) {
		t.Errorf("the journal of documents says %q, want %q", got, want)
	}
}
