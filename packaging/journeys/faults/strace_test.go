package faults

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// places is at how many barriers, and at how many writes, the disk fails.
const places = 200

// lifeLong is about how many places a submission has in its life.
const lifeLong = 6

// few calls of each name are tried in any case.
const few = 16

// after is how many submissions come after the one that met the fault: the queue
// goes on.
const after = 4

// TestAFailingBarrierLosesNothingAcknowledged lets each of the first barriers of
// a terminal fail with an input/output error.
func TestAFailingBarrierLosesNothingAcknowledged(t *testing.T) {
	failAtEach(t, "error=EIO", "fdatasync", "fsync")
}

// TestAFailingWriteLosesNothingAcknowledged lets each of the first writes of a
// terminal find the disk full, and the next one find room again.
func TestAFailingWriteLosesNothingAcknowledged(t *testing.T) {
	failAtEach(t, "error=ENOSPC", "pwrite64", "ftruncate", "fallocate")
}

// campaign lets each of the first places fail, a run of the terminal for each.
type campaign struct {
	t     *testing.T
	fault string
	calls []string // all of them are places; the first one is the frequent one

	mu                                         sync.Mutex
	missing                                    map[int]bool // places that were not hit yet
	offset                                     map[int]int  // by place: from the number of a frequent call to its place
	runs, hits, acknowledged, refused, unknown int
}

func failAtEach(t *testing.T, fault string, calls ...string) {
	t.Parallel()
	c := &campaign{t: t, fault: fault, calls: calls, missing: map[int]bool{}, offset: map[int]int{}}
	for place := 1; place <= places; place++ {
		c.missing[place] = true
	}
	for pass := 0; pass <= rounds*len(misses) && len(c.missing) > 0; pass++ {
		c.run(c.aims(pass))
	}
	t.Logf("%d runs, %d faults hit, %d of the first %d places never; %d submissions acknowledged and recovered, %d refused, %d unknown",
		c.runs, c.hits, len(c.missing), places, c.acknowledged, c.refused, c.unknown)
	if len(c.missing) > 0 || c.acknowledged == 0 {
		t.Errorf("no fault hit the places %v", slices.Sorted(maps.Keys(c.missing)))
	}
}

// rounds is how often all misses are tried. A place that is left after the first
// one costs a run in each pass, no more.
const rounds = 6

// misses is by how much an aim may be off, tried one after the other. strace
// numbers the calls of each name and each thread apart, so that the place that a
// run hits is known afterwards only.
var misses = []int{0, 0, -1, 1, -2, 2, 0, -1, 1, -3, 3, 0, -1, 1, -2, 2, 0, 0, -1, 1, -4, 4, 0, -1, 1, 0}

// aims are the calls to let fail in one pass: a few of each name first, which
// tells how they lie, then one for each place that was not hit yet.
func (c *campaign) aims(pass int) (aims []aim) {
	if pass%6 == 0 {
		for _, call := range c.calls {
			for when := 1; when <= few; when++ {
				aims = append(aims, aim{call: call, when: when, loose: pass > 0})
			}
		}
	}
	if pass == 0 {
		return aims
	}
	for place := range c.missing {
		if when := place - usual(c.offset, place) + misses[(pass-1)%len(misses)]; when > 0 {
			aims = append(aims, aim{call: c.calls[0], when: when})
		}
	}
	return aims
}

// usual is the offset that most of the places around one have. A run that was hit
// twice, on two threads, leaves one that misleads.
func usual(offset map[int]int, place int) int {
	const around = 15
	known := slices.SortedFunc(maps.Keys(offset), func(a, b int) int { return cmp.Compare(abs(a-place), abs(b-place)) })
	votes, best := map[int]int{}, 0
	for _, neighbour := range known[:min(around, len(known))] {
		o := offset[neighbour]
		if votes[o]++; votes[o] > votes[best] {
			best = o
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// aim is the call that strace is told to let fail.
type aim struct {
	call string
	when int
	// loose leaves the terminal's work to any thread: a place behind one of the
	// same number on another thread is hit by chance only.
	loose bool
}

// long is how many submissions a run has.
func (a aim) long() int {
	if a.when <= few {
		return places/lifeLong + after // the rare calls lie far apart
	}
	return a.when/lifeLong + after
}

// run takes each aim, two at a time.
func (c *campaign) run(aims []aim) {
	var all sync.WaitGroup
	next := make(chan aim)
	for range 2 {
		all.Go(func() {
			for a := range next {
				if !c.t.Failed() {
					c.disturb(a)
				}
			}
		})
	}
	for _, a := range aims {
		next <- a
	}
	close(next)
	all.Wait()
}

// disturb runs the terminal with one fault and looks at what it left.
func (c *campaign) disturb(a aim) {
	t, root := c.t, c.t.TempDir()
	trace := filepath.Join(root, "trace")
	p := params{Dir: filepath.Join(root, "state"), INPS: filepath.Join(root, "inps"), Count: a.long()}
	if !a.loose {
		p.Ways = onOneThread
	}
	s := hear(t, program("steps", p, underStrace(t, "-o", trace, "-e", "trace="+strings.Join(c.calls, ","),
		"-e", fmt.Sprintf("inject=%s:%s:when=%d", a.call, c.fault, a.when))...))
	has, twice := readBooks(t, p.INPS)
	if len(twice) > 0 {
		t.Errorf("sent twice: %v", twice)
	}
	maybe := map[string]bool{}
	for _, id := range s.unknown {
		maybe[id] = true
	}
	whole := wantWhole(t, p.Dir, s.stored, maybe, has)
	hits := hitsIn(t, trace)
	if !whole || len(twice) > 0 {
		t.Errorf("%s, %s %d, hit at %v; the terminal said %+v", c.fault, a.call, a.when, hits, s)
	}
	c.note(a, s, hits)
}

func (c *campaign) note(a aim, s said, hits []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	c.hits += len(hits)
	c.acknowledged += len(s.stored)
	c.refused += len(s.failed)
	c.unknown += len(s.unknown)
	for _, place := range hits {
		delete(c.missing, place)
	}
	if len(hits) == 1 && a.call == c.calls[0] {
		c.offset[hits[0]] = hits[0] - a.when
	}
}

func underStrace(t *testing.T, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace (Debian package strace; packaging/setup installs it):", err)
	}
	return append([]string{path, "-f", "-qq", "--seccomp-bpf"}, args...)
}

// answered is a line with which a call ended, in one piece or resumed.
var answered = regexp.MustCompile(`(\w+\(.*|resumed>.*)\) += `)

// hitsIn returns the numbers of the calls in a trace that were made to fail.
func hitsIn(t *testing.T, path string) (hits []int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !answered.MatchString(lines.Text()) {
			continue
		}
		n++
		if strings.HasSuffix(lines.Text(), "(INJECTED)") {
			hits = append(hits, n)
		}
	}
	return hits
}
