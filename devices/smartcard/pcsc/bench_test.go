package pcsc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pue/devices/smartcard/cardsim"
)

// The bench is the real pcscd with the virtual reader vpcd, in a network and a
// mount namespace of its own: vpcd listens on every address, and a pcscd that
// already runs on this machine must not be disturbed. The clients stay outside
// and find the bench by its socket.
//
// The test binary itself, started again inside the namespaces, is the hand
// that starts and kills pcscd and moves the cards.

// handVariable, when set, makes the test binary the hand of the bench in the
// folder that it names.
const handVariable = "PUE_BENCH_HAND"

// vpcdPort is where the first of the two virtual readers waits for its card.
const vpcdPort = 35963

// patience is how long the bench may take for anything before a test fails.
// Nothing waits that long when all is well.
const patience = time.Minute

const vpcdDriver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

const vpcdConfiguration = `FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x8C7B
LIBPATH ` + vpcdDriver + `
CHANNELID 0x8C7B
`

func TestMain(m *testing.M) {
	if dir := os.Getenv(handVariable); dir != "" {
		h := hand{dir: dir, cards: map[int]*inserted{}}
		if err := h.obeyAll(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	benchFolder = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// benchFolder is the same for every bench of the process, because libpcsclite
// reads the name of its socket once. It is not the folder of a test, whose name
// can be longer than the 107 bytes that a socket's path may have.
var benchFolder string

// bench is the outside of the bench.
type bench struct {
	t       testing.TB
	dir     string
	orders  io.Writer
	answers *bufio.Scanner
}

// newBench builds the namespaces and starts pcscd in them.
func newBench(t testing.TB) *bench {
	t.Helper()
	for _, program := range []string{"pcscd", "unshare", "ip", "opensc-tool", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not installed: apt-get install pcscd vsmartcard-vpcd opensc openssl iproute2 util-linux", program)
		}
	}
	if _, err := os.Stat(vpcdDriver); err != nil {
		t.Fatalf("the virtual reader is not installed: apt-get install vsmartcard-vpcd: %v", err)
	}
	dir := benchFolder
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range []string{"run", "conf"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "conf", "vpcd"), []byte(vpcdConfiguration), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PCSCLITE_CSOCK_NAME", filepath.Join(dir, "run", "pcscd.comm"))
	b := &bench{t: t, dir: dir}
	b.startHand()
	b.order("start")
	return b
}

// startHand starts this binary in new namespaces, where /run/pcscd is a folder
// of the bench. Without root a user namespace gives the right to do so.
func (b *bench) startHand() {
	b.t.Helper()
	self, err := os.Executable()
	if err != nil {
		b.t.Fatal(err)
	}
	namespaces := "-mn"
	if os.Getuid() != 0 {
		namespaces = "-Urmn"
	}
	const enter = `mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind "$1" /run/pcscd && ip link set lo up && exec "$2"`
	cmd := exec.Command("unshare", namespaces, "sh", "-c", enter, "sh", filepath.Join(b.dir, "run"), self)
	cmd.Env = append(os.Environ(), handVariable+"="+b.dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.orders, b.answers = in, bufio.NewScanner(out)
	b.t.Cleanup(func() {
		in.Close() // the hand stops pcscd and ends
		if err := cmd.Wait(); err != nil {
			b.t.Errorf("ending the bench: %v", err)
		}
		if b.t.Failed() {
			log, _ := os.ReadFile(filepath.Join(b.dir, "pcscd.log"))
			b.t.Logf("pcscd said:\n%s", log)
		}
	})
}

// order has the hand do something and returns its answer.
func (b *bench) order(format string, args ...any) string {
	b.t.Helper()
	order := fmt.Sprintf(format, args...)
	if _, err := fmt.Fprintln(b.orders, order); err != nil {
		b.t.Fatalf("%s: %v", order, err)
	}
	if !b.answers.Scan() {
		b.t.Fatalf("%s: the hand is gone: %v", order, b.answers.Err())
	}
	answer, ok := strings.CutPrefix(b.answers.Text(), "ok ")
	if !ok {
		b.t.Fatalf("%s: %s", order, b.answers.Text())
	}
	return answer
}

func (b *bench) triesLeft(slot int) int {
	b.t.Helper()
	n, err := strconv.Atoi(b.order("tries %d", slot))
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// hand is the inside of the bench.
type hand struct {
	dir   string
	pcscd *exec.Cmd
	cards map[int]*inserted
}

type inserted struct {
	card *cardsim.Card // nil when a program of its own plays it
	wire *wire         // nil when nobody meddles
	pull context.CancelFunc
	out  chan error
}

// obeyAll carries out one order per line until there are no more.
func (h *hand) obeyAll(orders io.Reader, answers io.Writer) error {
	// The kernel ends pcscd when the thread that started it ends.
	runtime.LockOSThread()
	defer h.kill()
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		answer, err := h.obey(strings.Fields(lines.Text()))
		if err != nil {
			answer = "failed: " + err.Error()
		} else {
			answer = "ok " + answer
		}
		if _, err := fmt.Fprintln(answers, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (h *hand) obey(order []string) (string, error) {
	switch order[0] {
	case "start":
		return "", h.start()
	case "kill":
		return "", h.kill()
	case "stop":
		return "", h.pcscd.Process.Signal(syscall.SIGSTOP)
	case "continue":
		return "", h.pcscd.Process.Signal(syscall.SIGCONT)
	}
	slot, err := strconv.Atoi(order[1])
	if err != nil {
		return "", err
	}
	switch order[0] {
	case "insert":
		return "", h.insert(slot, order[2])
	case "stretch":
		return "", h.stretch(slot, order[2])
	case "run":
		return "", h.run(slot, order[2], order[3:])
	case "remove":
		return "", h.remove(slot)
	case "swap":
		if err := h.remove(slot); err != nil {
			return "", err
		}
		return "", h.stretch(slot, order[2])
	}
	in, ok := h.cards[slot]
	if !ok {
		return "", errors.New("no card in the reader")
	}
	if order[0] == "tries" {
		return strconv.Itoa(in.card.TriesLeft()), nil
	}
	if order[0] == "await" {
		return "", await(func() error { return in.wire.had(order[2]) })
	}
	return in.wire.obey(order[0], strings.Join(order[2:], ""))
}

func (h *hand) start() error {
	log, err := os.OpenFile(filepath.Join(h.dir, "pcscd.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	h.pcscd = exec.Command("pcscd", "--foreground", "--config", filepath.Join(h.dir, "conf"))
	h.pcscd.Stdout, h.pcscd.Stderr = log, log
	h.pcscd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := h.pcscd.Start(); err != nil {
		return err
	}
	return await(func() error {
		conn, err := net.Dial("unix", filepath.Join(h.dir, "run", "pcscd.comm"))
		if err == nil {
			conn.Close()
		}
		return err
	})
}

// kill ends pcscd as a crash does, and with it every card is out.
func (h *hand) kill() error {
	if h.pcscd == nil {
		return nil
	}
	err := h.pcscd.Process.Kill()
	_ = h.pcscd.Wait() // says that it was killed
	h.pcscd = nil
	for slot := range h.cards {
		_ = h.remove(slot)
	}
	return err
}

// insert serves a card, by name or from a file, to a virtual reader.
func (h *hand) insert(slot int, name string) error {
	c, err := card(name)
	if err != nil {
		return err
	}
	ctx, pull := context.WithCancel(context.Background())
	i := &inserted{card: c, pull: pull, out: make(chan error, 1)}
	h.cards[slot] = i
	go func() { i.out <- cardsim.ServeVPCD(ctx, port(slot), c) }()
	return nil
}

// stretch does the same over a wire.
func (h *hand) stretch(slot int, name string) error {
	c, err := card(name)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	w, err := stretch(ctx, port(slot), c)
	if err != nil {
		end()
		return err
	}
	i := &inserted{card: c, wire: w, out: make(chan error, 1)}
	i.pull = func() { w.pull(); end(); i.out <- nil }
	h.cards[slot] = i
	return nil
}

// run has a program of its own play the card.
func (h *hand) run(slot int, program string, args []string) error {
	ctx, pull := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, append(args, "--vpcd", port(slot))...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		pull()
		return err
	}
	i := &inserted{pull: pull, out: make(chan error, 1)}
	h.cards[slot] = i
	go func() {
		_ = cmd.Wait() // says that it was killed
		i.out <- nil
	}()
	return nil
}

func card(name string) (*cardsim.Card, error) {
	if strings.Contains(name, "/") {
		return cardsim.Load(name)
	}
	return cardsim.Person(name)
}

func port(slot int) string { return fmt.Sprintf("127.0.0.1:%d", vpcdPort+slot) }

func (h *hand) remove(slot int) error {
	i, ok := h.cards[slot]
	if !ok {
		return errors.New("no card in the reader")
	}
	delete(h.cards, slot)
	i.pull()
	return <-i.out
}

// await repeats try until it succeeds.
func await(try func() error) error {
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return fmt.Errorf("waiting in vain: %w", err)
		}
	}
}
