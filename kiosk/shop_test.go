package kiosk

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
	"pue/kiosk/config"
)

// shop is a printer on a serial line, and the disk of a terminal that lives and is
// killed in front of it.
type shop struct {
	t      *testing.T
	sim    *printersim.Sim
	config *config.Config
	dir    string
	seed   uint64
	random *rand.Rand

	claim               string // of the last order
	kills, orders, life int
	jobs, doubts        int // in the journal, and those of which a person has to say
	ends                map[string]int
}

// shopJob is a job of the journal, or a sheet of paper when it has no state.
type shopJob struct {
	claim string
	copy  int
	state string
}

var (
	claimShape = regexp.MustCompile(`PUE-0421-[0-9]{4}-AAAA-AAAAA`)
	markShape  = regexp.MustCompile(`RISTAMPA ([0-9]+)`)
)

const (
	// longestLife is what a receipt takes here, and what is cut off before it.
	longestLife = 1500 * time.Millisecond
	// mostBytes are what leaves for them: blanks as long as a command, and the receipt.
	mostBytes = 2400
)

// letterhead is on every receipt, once.
const letterhead = "Comune di Borgo Esempio"

// paperSpeed of the shop's printer, in mm/s: a receipt takes half a second, so that
// death finds it also while the paper moves.
const paperSpeed = 400

func newShop(t *testing.T) *shop {
	t.Helper()
	w := &shop{t: t, sim: printersim.New("epson"), dir: t.TempDir(), seed: rand.Uint64()}
	w.random = rand.New(rand.NewPCG(w.seed, 0))
	w.sim.SetSpeed(paperSpeed)
	w.config = provision(t, nowhere)
	w.config.Printer.Baud, w.config.Printer.Device = 115200, filepath.Join(w.dir, "printer")
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := printersim.ServePTY(ctx, w.sim, w.config.Printer.Device); err != nil {
			t.Errorf("serving the pseudo-terminal: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); serving.Wait() })
	return w
}

// killOne lives a terminal that dies at a random byte of what leaves for a receipt,
// or at a random moment, unless it is done by then. Half of them print again what the
// one before may have printed.
func (w *shop) killOne() {
	if w.claim == "" || w.random.IntN(2) == 0 {
		w.claim = fmt.Sprintf("PUE-0421-%04d-AAAA-AAAAA", w.life)
	}
	o := pressOrders{Config: *w.config, Claim: w.claim, DieAtByte: -1, DieAfter: time.Duration(w.random.Int64N(int64(longestLife)))}
	if w.random.IntN(3) > 0 {
		o.DieAtByte, o.DieAfter = w.random.IntN(mostBytes), longestLife
	}
	if w.live(o) == "" {
		w.kills++
	}
}

// lastLife is one that nobody kills: it prints what it is asked for, and tells the
// end of all before it.
func (w *shop) lastLife() {
	w.t.Helper()
	o := pressOrders{Config: *w.config, Claim: w.claim, DieAtByte: -1, DieAfter: -1}
	if outcome := w.live(o); outcome != string(printer.Printed) {
		w.t.Errorf("the last life ends %q, want printed", outcome)
	}
	o.Claim = "PUE-0421-9999-AAAA-AAAAA"
	w.live(o) // tells the end of the one before
	if w.jobs == 0 || w.jobs > w.orders-1 {
		w.t.Errorf("%d jobs of %d orders", w.jobs, w.orders)
	}
}

// live runs one life of the terminal to its end, and looks at what the one before
// has left.
func (w *shop) live(o pressOrders) (outcome string) {
	w.t.Helper()
	w.life++
	sheets := w.sheets()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), pressRole+"="+w.orderFile(o))
	in, err := cmd.StdinPipe() // it ends with us
	if err != nil {
		w.t.Fatal(err)
	}
	defer in.Close()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, os.Stderr
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	deadline := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	cmd.Wait() // most end by the signal that is the point
	if !deadline.Stop() {
		w.t.Fatalf("life %d: the terminal hangs; it said\n%s", w.life, said.String())
	}
	jobs, ordered, outcome := heed(w.t, said.Bytes())
	if ordered {
		w.orders++
	} else {
		w.t.Errorf("life %d: the terminal came to no order", w.life)
	}
	w.wantTruth(jobs, sheets)
	return outcome
}

// fuse burns with the bytes that leave, from when it is lit.
type fuse struct {
	mu   sync.Mutex
	lit  bool
	left int // negative: it does not burn
}

func (f *fuse) light() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lit = true
}

// burn is how many of n bytes may still leave; fewer than n: then death.
func (f *fuse) burn(n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.lit || f.left < 0 {
		return n
	}
	if n > f.left {
		return f.left
	}
	f.left -= n
	return n
}

// fusedLine is the serial line of a terminal that dies at a byte.
type fusedLine struct {
	printer.Line
	fuse *fuse
}

func (l fusedLine) Write(b []byte) (int, error) {
	if n := l.fuse.burn(len(b)); n < len(b) {
		_, _ = l.Line.Write(b[:n])
		die()
	}
	return l.Line.Write(b)
}
