package faults

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// role tells a copy of this test binary which program it is in a trial.
const role = "PUE_FAULTS_ROLE"

var roles = map[string]func(params) error{
	"queue":     workUntilKilled,
	"steps":     workStepByStep,
	"shrinking": workAfterAPause,
	"terminal":  liveAndDie,
}

func TestMain(m *testing.M) {
	name := os.Getenv(role)
	if name == "" {
		zerolog.SetGlobalLevel(zerolog.Disabled) // toxiproxy tells of each line it cuts
		os.Exit(m.Run())
	}
	go func() { // nobody hears us any more
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	if err := roles[name](paramsFromEnv()); err != nil {
		fmt.Println("trouble", err)
		os.Exit(1)
	}
}

// params are what a program in a trial is told.
type params struct {
	Dir   string // the terminal's data
	INPS  string // file that is INPS
	From  int    // number of the first submission
	Count int    // how many; 0: until killed
	Ways  string // what it does, in words
}

func (p params) env() []string {
	return []string{
		"PUE_FAULTS_DIR=" + p.Dir, "PUE_FAULTS_INPS=" + p.INPS, "PUE_FAULTS_WAYS=" + p.Ways,
		"PUE_FAULTS_FROM=" + strconv.Itoa(p.From), "PUE_FAULTS_COUNT=" + strconv.Itoa(p.Count),
	}
}

func paramsFromEnv() params {
	from, err1 := strconv.Atoi(os.Getenv("PUE_FAULTS_FROM"))
	count, err2 := strconv.Atoi(os.Getenv("PUE_FAULTS_COUNT"))
	if err := errors.Join(err1, err2); err != nil {
		panic(err)
	}
	return params{os.Getenv("PUE_FAULTS_DIR"), os.Getenv("PUE_FAULTS_INPS"), from, count, os.Getenv("PUE_FAULTS_WAYS")}
}

func (p params) does(way string) bool { return strings.Contains(p.Ways, way) }

// program is a copy of this test binary in a role, not yet started. before is
// what it runs under: strace and its arguments, or nothing.
func program(name string, p params, before ...string) *exec.Cmd {
	argv := append(before, os.Args[0])
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr // a panic is to be seen
	cmd.Env = append(os.Environ(), append(p.env(), role+"="+name)...)
	return cmd
}

// said is what a program said until it ended.
type said struct {
	opened    bool
	shrinking bool
	stored    []string // ids, acknowledged by Put
	failed    []string // ids, Put said that they are not stored
	unknown   []string // ids, Put could not say
	trouble   []string
	dying     string // the step at which it killed itself
	done      bool
}

// hearing is a program that is listened to.
type hearing struct {
	cmd               *exec.Cmd
	opened, shrinking func()          // called when it has its store, and begins to make it small; may be nil
	kill              <-chan struct{} // it is killed when this is closed; may be nil
}

// hear runs cmd to its end.
func hear(t *testing.T, cmd *exec.Cmd) said { return hearing{cmd: cmd}.hear(t) }

func (h hearing) hear(t *testing.T) said {
	t.Helper()
	cmd := h.cmd
	in, err := cmd.StdinPipe() // it ends with us
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-h.kill:
			cmd.Process.Kill()
		case <-over:
		}
	}()
	var s said
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line without its end acknowledges nothing
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "open":
			s.opened = true
			if h.opened != nil {
				h.opened()
			}
		case "shrinking":
			s.shrinking = true
			if h.shrinking != nil {
				h.shrinking()
			}
		case "stored":
			s.stored = append(s.stored, rest)
		case "failed":
			s.failed = append(s.failed, rest)
		case "unknown":
			s.unknown = append(s.unknown, rest)
		case "trouble":
			s.trouble = append(s.trouble, rest)
		case "dying":
			s.dying = rest
		case "done":
			s.done = true
		}
	}
	cmd.Wait() // most end by the signal that is the point of the trial
	return s
}

// seeded is the randomness of a test, which prints its seed.
func seeded(t *testing.T) (*rand.Rand, uint64) {
	t.Helper()
	seed := rand.Uint64()
	if given := os.Getenv("PUE_FAULTS_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatalf("PUE_FAULTS_SEED: %v", err)
		}
	}
	return rand.New(rand.NewPCG(seed, 0)), seed
}
