package outbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// childDir tells a copy of this test binary that it is the terminal that gets
// killed, and where its files are; childFrom is the number of its first parcel.
const (
	childDir  = "PUE_OUTBOX_CHILD_DIR"
	childFrom = "PUE_OUTBOX_CHILD_FROM"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childDoubtful); path != "" {
		if err := putUntilTheDiskFails(path); err != nil {
			fmt.Println("error", err)
		}
		return
	}
	if path := os.Getenv(childLives); path != "" {
		if err := live(path); err != nil {
			fmt.Println("error", err)
		}
		return
	}
	if path := os.Getenv(childOpening); path != "" {
		if err := openToFirstClaim(path); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	if dir := os.Getenv(childDir); dir != "" {
		if err := putAndSendUntilKilled(dir); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// putAndSendUntilKilled is the terminal: four producers, who say on standard
// output what Put has acknowledged, and a sender to an INPS that is a file.
func putAndSendUntilKilled(dir string) error {
	var from int
	if _, err := fmt.Sscan(os.Getenv(childFrom), &from); err != nil {
		return err
	}
	st, err := store.Open(filepath.Join(dir, "pue.db"), store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	a, err := audit.Open(st)
	if err != nil {
		return err
	}
	o, err := New(st, a, Options{Terminal: "PUE-0421", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	fmt.Println("open")
	inps, err := openFileINPS(filepath.Join(dir, "inps"))
	if err != nil {
		return err
	}
	var numbers sync.Mutex
	for range 4 {
		go func() {
			for {
				numbers.Lock()
				n := from
				from++
				numbers.Unlock()
				if _, err := o.Put(context.Background(), parcel(n)); err != nil {
					fmt.Println("error", err)
					return
				}
				fmt.Println("stored", parcel(n).ID)
			}
		}()
	}
	return o.Run(context.Background(), inps)
}

// fileINPS has what stands in a file, which survives the terminal's death.
type fileINPS struct {
	file *os.File
	has  map[string]bool
}

func openFileINPS(path string) (*fileINPS, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	s := &fileINPS{file, map[string]bool{}}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		s.has[lines.Text()] = true
	}
	return s, nil
}

func (s *fileINPS) Send(_ context.Context, p Parcel) (Confirmation, error) {
	// Also an id that is there already is written: the test counts lines.
	if _, err := s.file.WriteString(p.ID + "\n"); err != nil {
		return Confirmation{}, err
	}
	s.has[p.ID] = true
	fmt.Println("sent", p.ID)
	return confirmed(p), nil
}

func (s *fileINPS) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	if !s.has[p.ID] {
		return Confirmation{}, ErrNotKnown
	}
	return confirmed(p), nil
}

// TestKilledAtAnyMomentNothingIsLostAndNothingSentTwice kills the terminal with
// signal 9, again and again on the same files, and looks at them in the end and
// every 25 kills.
func TestKilledAtAnyMomentNothingIsLostAndNothingSentTwice(t *testing.T) {
	const kills = 60 // the thousands are in packaging/journeys/faults
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	dir := filepath.Join(t.TempDir(), "state")
	acknowledged := map[string]bool{}
	hit := 0
	for i := range kills {
		at := death{word: []string{"open", "stored", "sent"}[i%3], after: time.Duration(random.IntN(10)) * time.Millisecond}
		if at.word != "open" {
			at.times = random.IntN(20)
		}
		stored, opened := runAndKill(t, dir, i*100_000, at)
		if opened {
			hit++
		}
		for _, id := range stored {
			acknowledged[id] = true
		}
		if i%25 == 24 || i == kills-1 {
			wantAllThere(t, dir, acknowledged)
		}
	}
	asked, sent := readINPS(t, dir)
	t.Logf("seed %d: %d kills, %d of them at work, %d submissions acknowledged and recovered, %d sent, each once",
		seed, kills, hit, len(acknowledged), sent)
	if len(asked) > 0 {
		t.Errorf("sent twice: %v", asked)
	}
	if hit == 0 || len(acknowledged) == 0 || sent == 0 {
		t.Error("no kill hit a terminal at work")
	}
}

// death comes a while after the terminal has said a word, and has said it so often
// before: however slow the machine is, it finds the terminal at work.
type death struct {
	word  string
	times int
	after time.Duration
}

// runAndKill starts the terminal, kills it then, and returns what it acknowledged.
func runAndKill(t *testing.T, dir string, from int, at death) (stored []string, opened bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s=%d", childFrom, from))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line without its end was not acknowledged either
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "open":
			opened = true
		case "stored":
			stored = append(stored, rest)
		case "error":
			t.Errorf("the terminal says: %s", rest)
		}
		if word != at.word {
			continue
		}
		if at.times--; at.times < 0 {
			at.word = "none"
			time.AfterFunc(at.after, func() { cmd.Process.Kill() })
		}
	}
	cmd.Wait()
	return stored, opened
}

func wantAllThere(t *testing.T, dir string, acknowledged map[string]bool) {
	t.Helper()
	k := &terminal{t: t, path: filepath.Join(dir, "pue.db"), options: Options{Terminal: "PUE-0421", Log: slog.New(slog.DiscardHandler)}}
	k.reopen()
	defer k.st.Close()
	for id := range acknowledged {
		e, ok := k.byIDNow(id)
		switch {
		case !ok:
			t.Fatalf("acknowledged submission %s is lost", id)
		case e.State == Filed:
			k.wantFiled(e)
		default:
			k.wantBody(e)
		}
	}
	k.wantChain()
	var missing []string
	inps, err := openFileINPS(filepath.Join(dir, "inps"))
	if err != nil {
		t.Fatal(err)
	}
	defer inps.file.Close()
	for _, e := range k.List() {
		if e.State == Filed && !inps.has[e.ID] {
			missing = append(missing, e.ID)
		}
	}
	if len(missing) > 0 {
		t.Errorf("filed here and not at INPS: %v", missing)
	}
}

// readINPS returns the ids that were sent more than once, and how many there are.
func readINPS(t *testing.T, dir string) (twice []string, sent int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "inps"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for id := range strings.Lines(string(text)) {
		if seen[id] {
			twice = append(twice, id)
		}
		seen[id] = true
	}
	return twice, len(seen)
}
