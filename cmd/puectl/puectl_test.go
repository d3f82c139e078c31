package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/control"
	"pue/kiosk/store"
)

var update = flag.Bool("update", false, "write anew what the scripts want")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"puectl": main})
}

func TestTheTechnicianIsToldWhatToDo(t *testing.T) {
	example, err := os.ReadFile("../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Values[queueKey{}] = new(*queue)
			for _, vector := range []string{"ES256.jws", "ES256.pem", "RS256.pem"} {
				data, err := os.ReadFile("../../kiosk/catalog/testdata/bundle/" + vector)
				if err == nil {
					err = os.WriteFile(filepath.Join(e.WorkDir, vector), data, 0o600)
				}
				if err != nil {
					return err
				}
			}
			return os.WriteFile(e.WorkDir+"/example.yaml", example, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "daemon": daemon, "printer": simulatePrinter, "hold": hold,
			"timeless": timeless,
			"office":   office, "online": online, "filed": filed, "answer": answer,
		},
	})
}

// exits runs puectl and wants an exit code of it.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec("puectl", args[1:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("running puectl: %v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("puectl exits with %d, want %d", code, want)
	}
}

// timeless keeps what puectl wrote, without how long it took and without what is
// new whenever the simulated people are: "timeless FILE".
func timeless(ts *testscript.TestScript, _ bool, args []string) {
	var info map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &info))
	info["ms"] = 0
	info["fingerprint"] = strings.Repeat("0", len(info["fingerprint"].(string)))
	if c, ok := info["certificate"].(map[string]any); ok {
		c["sha256"] = strings.Repeat("0", len(c["sha256"].(string)))
		c["not_before"], c["not_after"] = "", ""
	}
	text, err := json.MarshalIndent(info, "", "  ")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), append(text, '\n'), 0o600))
}

// daemon serves a terminal on a socket: "daemon SOCKET [busy|broken|card PERSON]".
// A busy one has nothing in its queue; in the reader of the others is the card of
// olga, or of somebody else.
func daemon(ts *testscript.TestScript, _ bool, args []string) {
	readers, person := cardsim.NewReaders("A"), "olga"
	if len(args) == 3 {
		person = args[2]
	}
	card, err := cardsim.Person(person)
	ts.Check(err)
	ts.Check(readers.Insert("A", card))
	cards, documents, err := cardsim.Provision(ts.MkAbs(args[0] + ".d"))
	ts.Check(err)
	anchors, err := trust.ReadAnchors(cards)
	ts.Check(err)
	ts.Check(anchors.ReadDocumentAnchors(documents))
	d := &desk{readers: readers, anchors: anchors, busy: len(args) > 1 && args[1] == "busy", broken: len(args) > 1 && args[1] == "broken"}
	d.queue = newQueue(ts, ts.MkAbs(args[0]+".d"))
	if !d.busy {
		d.queue.fill(ts)
	}
	*ts.Value(queueKey{}).(**queue) = d.queue
	l, err := control.Listen(ts.MkAbs(args[0]), nil, quiet)
	ts.Check(err)
	background(ts, func(ctx context.Context) { control.Serve(ctx, l, d, quiet) })
}

// background runs f until the script has ended.
func background(ts *testscript.TestScript, f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f(ctx) })
	ts.Defer(func() { cancel(); running.Wait() })
}

// desk is a terminal for the socket.
type desk struct {
	readers      *cardsim.Readers
	anchors      *trust.Anchors
	queue        *queue
	busy, broken bool
}

func (d *desk) Status() any {
	s := map[string]any{
		"terminal": terminalID, "version": "test", "screen": "welcome", "open": true,
		"printer": map[string]string{"state": "attention", "reason": "paper-out"},
		"queue":   d.queue.Counts(), "trouble": d.queue.Trouble(""),
	}
	s["catalogue"] = catalog.ShelfStatus{Version: 7}
	if d.broken {
		s["catalogue"] = catalog.ShelfStatus{Version: 8, Bundle: true, At: time.Unix(1, 0), Problem: catalog.ErrUntrusted.Error()}
		s["upkeep"] = map[string]any{"full": true, "recovery": store.Recovery{How: store.Salvaged, Records: 12, Lost: 3, Aside: "pue.db.damaged-1", Secrets: []string{"owner"}}}
		return s
	}
	key, err := d.queue.client.Sealing(time.Now())
	s["sealing"] = map[string]any{"key_id": key.KeyID, "until": key.Until, "warn": key.Warn || err != nil}
	return s
}

func (d *desk) Queue() control.Queue { return d.queue }

func (d *desk) VerifyAudit(context.Context) (audit.Report, error) {
	if d.broken {
		return audit.Report{Events: 7, Head: "00ff", BrokenAt: 8, Why: "changed"}, nil
	}
	return audit.Report{Events: 9, From: time.Unix(1, 0), To: time.Unix(2, 0), Head: "11ee"}, nil
}

func (d *desk) ReadCard(ctx context.Context, q control.CardQuery) (control.CardInfo, error) {
	if d.busy {
		return control.CardInfo{}, control.ErrBusy
	}
	q.Reader = "A"
	return control.Bench{Readers: d.readers, Anchors: d.anchors, Now: time.Now()}.ReadCard(ctx, q)
}

// simulatePrinter puts a printer on a device: "printer LINK PROFILE [baud|paper]". At
// the end of the script nothing on its paper may be wrong.
func simulatePrinter(ts *testscript.TestScript, _ bool, args []string) {
	sim, link := printersim.New(args[1]), ts.MkAbs(args[0])
	sim.SetSpeed(0)
	switch args[len(args)-1] {
	case "baud":
		sim.SetBaud(57600)
	case "paper":
		sim.SetPaper(false)
	default:
		ts.Defer(func() {
			if c := sim.Count(); c != (printersim.Count{}) {
				ts.Fatalf("%s complains: %q", args[0], sim.Faults())
			}
		})
	}
	if dir := os.Getenv("PUE_SHOTS"); dir != "" {
		sim.OnReceipt(func(r printersim.Receipt) {
			ts.Check(os.WriteFile(filepath.Join(dir, "print-test-"+args[1]+".png"), r.PNG(), 0o600))
		})
	}
	background(ts, func(ctx context.Context) { printersim.ServePTY(ctx, sim, link) })
	for range 1000 {
		if _, err := filepath.EvalSymlinks(link); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s did not appear", link)
}

// hold has another program use a device, as pued does: "hold DEVICE".
func hold(ts *testscript.TestScript, _ bool, args []string) {
	line, err := printer.OpenSerial(ts.MkAbs(args[0]), 38400, printer.FlowNone)
	ts.Check(err)
	ts.Defer(func() { line.Close() })
}

// answer runs puectl on a terminal, types a line and keeps what is shown: "answer
// CODE LINE FILE ARGS...".
func answer(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(filepath.Join(strings.Split(ts.Getenv("PATH"), ":")[0], "puectl"), args[3:]...)
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	terminal, err := pty.Start(cmd)
	ts.Check(err)
	defer terminal.Close()
	_, err = terminal.WriteString(args[1] + "\n")
	ts.Check(err)
	shown, _ := io.ReadAll(terminal) // ends with EIO when the program has
	cmd.Wait()
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), shown, 0o600))
	if got := fmt.Sprint(cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("puectl exits with %s, want %s: %s", got, args[0], shown)
	}
}
