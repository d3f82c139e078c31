package faults

import (
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pue/packaging/journeys/faults/lossy"
)

// cuts is how many power cuts there are at least.
const cuts = 240

// links is after how many cuts of one disk the next one begins empty.
const links = 6

// eachWorks is how many submissions the terminal is given before the power is cut.
const eachWorks = 16

// TestAPowerCutAtAnyOperationLosesNothingAcknowledged runs the terminal on a disk
// that forgets what had no barrier, cuts the power at any operation, and looks at
// what survived.
func TestAPowerCutAtAnyOperationLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	random, seed := seeded(t)
	length := operations(t)
	hits, runs, acknowledged := 0, 0, 0
	weather := map[lossy.Weather]int{}
	places := map[int]bool{}
	var c *chain
	for ; hits < cuts && runs < 2*cuts; runs++ {
		if runs%links == 0 {
			c = newChain(t)
		}
		at := 1 + random.IntN(length)
		w := lossy.Weathers[random.IntN(len(lossy.Weathers))]
		cut, stored := c.cut(lossy.Fault{At: at, AnyKind: true}, w, random, false)
		if cut {
			hits++
			weather[w]++
			places[at] = true
		}
		acknowledged += stored
		if !c.wantWhole() {
			t.Fatalf("seed %d: run %d, cut at operation %d, of what had no barrier %s survived", seed, runs, at, w)
		}
	}
	t.Logf("seed %d: %d power cuts at %d places among %d operations (what had no barrier survived as: %v), %d submissions acknowledged, all recovered",
		seed, hits, len(places), length, weather, acknowledged)
	if hits < cuts || acknowledged == 0 {
		t.Errorf("%d cuts in %d runs hit a terminal at work, want %d", hits, runs, cuts)
	}
}

// operations is how long a run is that nothing disturbs.
func operations(t *testing.T) int {
	t.Helper()
	disk := lossy.New(nil)
	c := newChain(t)
	if s := c.on(disk, program("queue", params{INPS: c.inps, Count: eachWorks, Ways: sending}), nil); len(s.stored) != eachWorks {
		t.Fatalf("undisturbed, %d of %d submissions were stored: %+v", len(s.stored), eachWorks, s)
	}
	return disk.Operations()
}

// TestAPowerCutIsSeenToLoseWhatHadNoBarrier is the control of the one above: on a
// disk that lies about its barriers, acknowledged submissions are lost.
func TestAPowerCutIsSeenToLoseWhatHadNoBarrier(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	random, seed := seeded(t)
	lost := 0
	for range 4 {
		c := newChain(t)
		c.cut(lossy.Fault{At: 150, AnyKind: true}, lossy.Nothing, random, true)
		lost += len(c.living)
		if _, ok := c.files["pue.db"]; ok {
			t.Errorf("seed %d: the file survived without a barrier", seed)
		}
	}
	t.Logf("seed %d: %d acknowledged submissions lost", seed, lost)
	if lost == 0 {
		t.Error("the trial sees no loss")
	}
}

// chain is one terminal through several power cuts.
type chain struct {
	t      *testing.T
	files  map[string][]byte // what survived the last one
	inps   string
	living []string        // acknowledged
	maybe  map[string]bool // being stored when the power went
	next   int
}

func newChain(t *testing.T) *chain {
	return &chain{t: t, inps: filepath.Join(t.TempDir(), "inps"), maybe: map[string]bool{}}
}

// cut runs the terminal on what survived before, with a fault, and takes the
// power away at its end.
func (c *chain) cut(f lossy.Fault, w lossy.Weather, random *rand.Rand, lies bool) (hit bool, stored int) {
	c.t.Helper()
	disk := lossy.New(c.files)
	if lies {
		disk.IgnoreBarriers()
	}
	cut := make(chan struct{})
	disk.Plan(f, func() { close(cut) })
	s := c.on(disk, program("queue", params{Dir: "", INPS: c.inps, From: c.next, Count: eachWorks, Ways: sending}), cut)
	for n := c.next; n < c.next+eachWorks; n++ {
		c.maybe[idOf(n)] = true
	}
	c.next += eachWorks
	c.living = append(c.living, s.stored...)
	c.files = disk.Survivors(w, random)
	return disk.Dead(), len(s.stored)
}

// on runs cmd with its data on disk.
func (c *chain) on(disk *lossy.Disk, cmd *exec.Cmd, kill <-chan struct{}) said {
	c.t.Helper()
	mount := c.t.TempDir()
	unmount, err := lossy.Mount(disk, mount)
	if err != nil {
		c.t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "PUE_FAULTS_DIR="+mount)
	s := hearing{cmd: cmd, kill: kill}.hear(c.t)
	if err := unmount(); err != nil {
		c.t.Fatal(err)
	}
	return s
}

// wantWhole looks at what survived, and reports whether all held.
func (c *chain) wantWhole() bool {
	c.t.Helper()
	has, twice := readBooks(c.t, c.inps)
	if len(twice) > 0 {
		c.t.Errorf("sent twice: %v", twice)
	}
	maybe := maps.Clone(c.maybe)
	for _, id := range c.living {
		delete(maybe, id)
	}
	return wantWhole(c.t, laidOut(c.t, c.files), c.living, maybe, has) && len(twice) == 0
}

// inside tells a copy of a test that it may mount.
const inside = "PUE_FAULTS_INSIDE"

// inNamespace reports whether the test has mounts of its own. If not, it runs the
// test again where it has: mounting needs no more than a user namespace, and what
// a test mounts ends with it.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.count=1", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), inside+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	lines := slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "=== ") || line == "PASS" || line == ""
	})
	t.Log(strings.Join(lines, "\n"))
	if err != nil {
		t.Errorf("the test in a namespace of its own: %v", err)
	}
	return false
}
