package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pue/packaging/journeys/faults/lossy"
)

// A store makes its file small when nobody has written for two seconds. So these
// trials wait, many at a time, and begin to look shortly before.
const (
	atATime    = 60
	almostIdle = 1900 * time.Millisecond
)

// shrinkCuts is how many power cuts there are while a file is being made small.
const shrinkCuts = 200

// bloated are the files of a terminal that had much to send and has sent it, the
// numbers of its submissions, and what INPS has.
type bloated struct {
	files map[string][]byte
	ids   []string
	inps  []byte
}

// newBloated also leaves a few submissions to be sent.
func newBloated(t *testing.T) bloated {
	t.Helper()
	const sent, left = 400, 5
	root := t.TempDir()
	dir, inps := filepath.Join(root, "state"), filepath.Join(root, "inps")
	k, err := openTerminal(dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer k.st.Close()
	s, err := openFileINPS(inps)
	if err != nil {
		t.Fatal(err)
	}
	defer s.file.Close()
	var b bloated
	for n := range sent + left {
		if n == sent {
			if err := k.drain(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := k.Put(t.Context(), parcel(n)); err != nil {
			t.Fatal(err)
		}
		b.ids = append(b.ids, idOf(n))
	}
	if err := k.st.Close(); err != nil {
		t.Fatal(err)
	}
	b.files = filesIn(t, dir)
	if b.inps, err = os.ReadFile(inps); err != nil {
		t.Fatal(err)
	}
	return b
}

func filesIn(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// staying keeps the terminal alive when it has nothing left to do.
const staying = "staying"

// workAfterAPause is the terminal that says when its file begins to be made
// small, and works again from then on.
func workAfterAPause(p params) error {
	before, err := os.Stat(filepath.Join(p.Dir, "pue.db"))
	if err != nil {
		return err
	}
	k, err := openTerminal(p.Dir, io.Discard)
	if err != nil {
		return err
	}
	defer k.st.Close()
	fmt.Println("open")
	time.Sleep(almostIdle)
	for !beingMadeSmall(p.Dir) && isStill(before, p.Dir) {
		time.Sleep(300 * time.Microsecond)
	}
	fmt.Println("shrinking")
	for n := p.From; n < p.From+p.Count; n++ {
		k.putAndSay(context.Background(), n)
	}
	if p.does(staying) {
		select {}
	}
	if isStill(before, p.Dir) {
		return errors.New("the file was not made small")
	}
	fmt.Println("done")
	return nil
}

// isStill reports whether the store's file is the one it was.
func isStill(before os.FileInfo, dir string) bool {
	now, err := os.Stat(filepath.Join(dir, "pue.db"))
	return err == nil && os.SameFile(before, now)
}

func beingMadeSmall(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "pue.db.new"))
	return err == nil
}

// TestKilledWhileTheFileIsMadeSmallNothingIsLost kills the terminal in its third
// way of working, at a random moment around the exchange of its file.
func TestKilledWhileTheFileIsMadeSmallNothingIsLost(t *testing.T) {
	t.Parallel()
	b := newBloated(t)
	random, seed := seeded(t)
	const puts = 12
	var total tally
	total.inTurns(kills(t), random, func(random *rand.Rand) {
		root := t.TempDir()
		dir, inps := laidOut(t, b.files), filepath.Join(root, "inps")
		if err := os.WriteFile(inps, b.inps, 0o600); err != nil {
			t.Error(err)
			return
		}
		cmd := program("shrinking", params{Dir: dir, INPS: inps, From: 1000, Count: puts, Ways: staying})
		kill := make(chan struct{})
		// Half of them soon: how long it takes is not known.
		delay := time.Duration(random.Int64N(int64(longestWork) * []int64{1, 6}[random.IntN(2)]))
		s := hearing{cmd: cmd, kill: kill, shrinking: func() { time.AfterFunc(delay, func() { close(kill) }) }}.hear(t)
		total.add(s, beingMadeSmall(dir))
		has, _ := readBooks(t, inps)
		wantWhole(t, dir, append(s.stored, b.ids...), maybeFrom(1000, len(s.stored)+1), has)
		os.RemoveAll(dir)
	})
	t.Logf("seed %d: %d kills, %d of them after the file began to be made small, %d before it took its place; %d submissions acknowledged and recovered beside the %d before each",
		seed, total.runs, total.hits, total.unfinished, total.acknowledged, len(b.ids))
	if total.hits == 0 || total.unfinished == 0 || total.acknowledged == 0 {
		t.Error("no kill hit a file that was being made small")
	}
}

// maybeFrom are n ids from a number on.
func maybeFrom(from, n int) map[string]bool {
	ids := map[string]bool{}
	for i := range n {
		ids[idOf(from+i)] = true
	}
	return ids
}

// TestAPowerCutWhileTheFileIsMadeSmallLosesNothing cuts the power at any
// operation of making the file small and of the first writes after it.
func TestAPowerCutWhileTheFileIsMadeSmallLosesNothing(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	b := newBloated(t)
	random, seed := seeded(t)
	const puts = 3
	undisturbed, _ := shrinkOn(t, b, puts, 0)
	length := undisturbed.Operations()
	var total tally
	total.inTurns(shrinkCuts, random, func(random *rand.Rand) {
		at, w := 1+random.IntN(length), lossy.Weathers[random.IntN(len(lossy.Weathers))]
		disk, s := shrinkOn(t, b, puts, at)
		total.add(s, disk.Dead())
		c := newChain(t)
		c.files = disk.Survivors(w, random)
		c.living, c.maybe = append(s.stored, b.ids...), maybeFrom(1000, puts)
		if err := os.WriteFile(c.inps, b.inps, 0o600); err != nil {
			t.Error(err)
		}
		if !c.wantWhole() {
			t.Errorf("seed %d: cut at operation %d, of what had no barrier %s survived: %+v", seed, at, w, s)
		}
	})
	t.Logf("seed %d: %d power cuts among %d operations, %d submissions acknowledged and recovered beside the %d before each",
		seed, total.unfinished, length, total.acknowledged, len(b.ids))
	if total.unfinished < shrinkCuts*9/10 {
		t.Errorf("%d cuts hit a terminal at work, of %d", total.unfinished, shrinkCuts)
	}
}

// shrinkOn runs a terminal that makes its file small on a disk of its own, and
// cuts the power at an operation; 0: never.
func shrinkOn(t *testing.T, b bloated, puts, at int) (*lossy.Disk, said) {
	t.Helper()
	disk, cut := lossy.New(b.files), make(chan struct{})
	disk.Plan(lossy.Fault{At: at, AnyKind: true}, func() { close(cut) })
	c := newChain(t)
	s := c.on(disk, program("shrinking", params{INPS: c.inps, From: 1000, Count: puts}), cut)
	return disk, s
}

// tally counts what many trials at a time came to.
type tally struct {
	mu                                   sync.Mutex
	runs, hits, unfinished, acknowledged int
}

func (c *tally) add(s said, unfinished bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	if s.shrinking {
		c.hits++
	}
	if unfinished {
		c.unfinished++
	}
	c.acknowledged += len(s.stored)
}

// inTurns runs n trials, so many at a time, each with a randomness of its own.
func (c *tally) inTurns(n int, random *rand.Rand, trial func(*rand.Rand)) {
	var all sync.WaitGroup
	turn := make(chan *rand.Rand)
	for range atATime {
		all.Go(func() {
			for own := range turn {
				trial(own)
			}
		})
	}
	for range n {
		turn <- rand.New(rand.NewPCG(random.Uint64(), 0))
	}
	close(turn)
	all.Wait()
}
