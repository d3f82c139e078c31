package faults

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// submissions is how many are made, unless PUE_FAULTS_SUBMISSIONS says otherwise.
const submissions = 10_000

// eachLife is how many numbers of submissions a life of the terminal has for
// itself. It hardly ever uses them up.
const eachLife = 400

// TestExactlyOnceOverABadLineAndThroughDeaths makes submissions at a terminal
// whose line is disturbed all the time and which is killed at every step of their
// way, and compares what it promised with the books of INPS.
func TestExactlyOnceOverABadLineAndThroughDeaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live(t, count(t, "PUE_FAULTS_SUBMISSIONS", submissions))
	w.finish(t)
	w.wantExactlyOnce(t)
	w.wantNoTrace(t)
}

func count(t *testing.T, name string, normal int) int {
	t.Helper()
	given := os.Getenv(name)
	if given == "" {
		return normal
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// world is a terminal, a bad line, and INPS.
type world struct {
	random *rand.Rand
	seed   uint64
	dir    string // of the terminal's data
	keys   string
	sim    *upstreamsim.Server
	direct string // INPS's address without the line
	line   *badLine

	acknowledged []string
	deaths       map[step]int
	lives        int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: filepath.Join(t.TempDir(), "state"), keys: t.TempDir(), deaths: map[step]int{}}
	w.random, w.seed = seeded(t)
	if err := upstreamsim.Provision(w.keys, terminalID, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	anchor, err := readCertificate(filepath.Join(cards, "anchor.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if w.sim, err = upstreamsim.New(upstreamsim.Options{Dir: w.keys, Anchors: pool(anchor)}); err != nil {
		t.Fatal(err)
	}
	w.direct = serve(t, w.sim)
	w.line = newBadLine(t, w.direct)
	return w
}

// serve runs INPS until the test ends and returns its address.
func serve(t *testing.T, sim *upstreamsim.Server) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sim.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// live starts the terminal again and again until it has acknowledged so many.
func (w *world) live(t *testing.T, wanted int) {
	t.Helper()
	ctx, calm := context.WithCancel(t.Context())
	var weather sync.WaitGroup
	var weatherErr error
	line := rand.New(rand.NewPCG(w.seed, 1))
	weather.Go(func() { weatherErr = w.line.disturb(ctx, line) })
	for idle := 0; len(w.acknowledged) < wanted && !t.Failed(); {
		before := len(w.acknowledged)
		at := steps[w.lives%len(steps)]
		w.life(t, fmt.Sprintf("%s:%d", at, 1+w.random.IntN(at.often())), w.line.address())
		if idle++; len(w.acknowledged) > before {
			idle = 0
		}
		if idle == 50 {
			t.Error("nothing is acknowledged any more")
		}
	}
	calm()
	weather.Wait()
	if weatherErr != nil {
		t.Error(weatherErr)
	}
}

// life is one start of the terminal and its end.
func (w *world) life(t *testing.T, plan, inps string) {
	t.Helper()
	p := params{Dir: w.dir, INPS: inps, From: w.lives * eachLife, Count: eachLife, Ways: plan}
	cmd := program("terminal", p)
	cmd.Env = append(cmd.Env, keysDir+"="+w.keys)
	said := hear(t, cmd)
	w.lives++
	if said.dying != "" {
		w.deaths[step(said.dying)]++
	}
	w.acknowledged = append(w.acknowledged, said.stored...)
	for _, trouble := range slices.Concat(said.trouble, said.failed, said.unknown) {
		t.Errorf("life %d, plan %s: the terminal says: %s", w.lives, plan, trouble)
	}
}

// finish lets the terminal send what it still has, over a good line.
func (w *world) finish(t *testing.T) {
	t.Helper()
	k, err := openTerminal(w.dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer k.st.Close()
	way, err := client(w.keys, "https://"+w.direct, func(*upstream.Options) {})
	if err != nil {
		t.Fatal(err)
	}
	defer way.Close()
	if err := k.drain(t.Context(), way); err != nil {
		t.Errorf("sending the rest over a good line: %v", err)
	}
	wantChain(t, k)
	for _, e := range k.List() {
		if e.State != outbox.Filed {
			t.Errorf("submission %s is %s in the end", e.ID, e.State)
		}
	}
}

// wantExactlyOnce compares what was promised with INPS's own books.
func (w *world) wantExactlyOnce(t *testing.T) {
	t.Helper()
	filed := w.sim.Filed()
	times := map[string]int{}
	last := map[int]int{}
	disorder := 0
	for _, f := range filed {
		times[f.ID]++
		n := numberOf(f.ID)
		if before, ok := last[n%citizens]; ok && n < before {
			disorder++
		}
		last[n%citizens] = n
	}
	lost, doubled := 0, 0
	for _, id := range w.acknowledged {
		if times[id] == 0 {
			lost++
		}
	}
	for _, n := range times {
		if n > 1 {
			doubled++
		}
	}
	t.Logf("seed %d: %d submissions acknowledged in %d lives, %d filed; deaths %v, troubles of the line %v (%d times a new one); %d requests; %d lost, %d doubled, %d out of their citizen's order",
		w.seed, len(w.acknowledged), w.lives, len(filed), w.deaths, w.line.counts, w.line.renewed, total(w.sim.Requests()), lost, doubled, disorder)
	if lost+doubled+disorder > 0 {
		t.Error("promises were broken")
	}
	for _, s := range steps {
		if w.deaths[s] == 0 {
			t.Errorf("the terminal never died at %q", s)
		}
	}
	for _, trouble := range troubles {
		if w.line.counts[trouble.name] == 0 {
			t.Errorf("the line was never %s", trouble.name)
		}
	}
}

func total(requests map[string]int) int {
	n := 0
	for count := range maps.Values(requests) {
		n += count
	}
	return n
}

// keysDir tells the program "terminal" where its keys to INPS are.
const keysDir = "PUE_FAULTS_KEYS"

// writers is how many citizens confirm at the same time; each has citizens of its
// own, so that the order of one citizen's submissions is known.
const writers = 2

// longestLife ends a life in which the planned step is not reached.
const longestLife = 2 * time.Second

// backlog is how many submissions may wait before the next one is made: an hour's
// work, while the line is being what it is.
const backlog = 60

// liveAndDie is the terminal: it makes submissions, sends them, and dies as
// planned.
func liveAndDie(p params) error {
	log, err := os.OpenFile(filepath.Join(filepath.Dir(p.Dir), "terminal.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	d, err := planned(p.Ways)
	if err != nil {
		return err
	}
	k, err := openTerminal(p.Dir, log)
	if err != nil {
		return err
	}
	way, err := client(os.Getenv(keysDir), "https://"+p.INPS, func(o *upstream.Options) {
		o.Log = logger(log)
		o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return deadlyLine{conn, d}, err
		}
	})
	if err != nil {
		return err
	}
	carla, err := insert("carla")
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := k.Enrol(ctx, officer, []byte("the signature that only one card makes")); err != nil {
		return err
	}
	fmt.Println("open")
	if d.at == anywhere {
		time.AfterFunc(time.Duration(d.left.Load())*time.Millisecond, d.die)
	}
	time.AfterFunc(longestLife, d.dieAnyhow)
	go k.dieWhenFiled(ctx, d)
	go k.impatience(ctx)
	var all sync.WaitGroup
	for first := range writers {
		all.Go(func() {
			for n := p.From + first; n < p.From+p.Count; n += writers {
				k.confirm(ctx, carla, way, n, d)
			}
		})
	}
	go func() {
		if err := k.Run(ctx, deadlySender{way, d}); err != nil {
			fmt.Println("trouble", err)
		}
	}()
	all.Wait()
	d.dieAnyhow()
	return nil
}

// confirm is a citizen who confirms submission n.
func (k *terminal) confirm(ctx context.Context, c card, way *upstream.Client, n int, d *death) {
	for k.waiting() > backlog {
		pause(ctx, 2)
	}
	p, err := way.Pack(c.record(n), c.Identity, c)
	if err != nil {
		fmt.Println("trouble", err)
		return
	}
	p.Owner = k.OwnerOf(c.TaxCode.Reveal() + strconv.Itoa(n%citizens))
	p.Label = k.SealLabel(sha256.Sum256(c.Certificate.Raw), p.ID, service)
	_, err = k.Put(ctx, p)
	d.reach(stored)
	say(n, err)
	if n%10 != 0 {
		return
	}
	// It may be with INPS already, which leaves nothing to telephone about.
	if err := k.LeavePhone(ctx, p.ID, p.Owner, planted["telefono"]); err != nil && !errors.Is(err, outbox.ErrNoEntry) {
		fmt.Println("trouble", err)
	}
}

// impatience is somebody who knows that the line may be back, all the time.
func (k *terminal) impatience(ctx context.Context) {
	for pause(ctx, 5) {
		k.Kick()
	}
}

// dieWhenFiled reaches the step that follows the storing of a confirmation.
func (k *terminal) dieWhenFiled(ctx context.Context, d *death) {
	filed := k.Counts().Filed
	for range k.Watch(ctx) {
		for now := k.Counts().Filed; filed < now; filed++ {
			d.reach(filedStep)
		}
	}
}
