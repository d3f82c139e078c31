package faults

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// lookEvery is after how many kills everything is looked at; seeing that it opens
// is the business of every start.
const lookEvery = 100

// afresh is after how many kills a trial begins with an empty store, or every
// look would take longer than the one before.
const afresh = 200

// longestWork is how long a terminal works at most before it is killed.
const longestWork = 15 * time.Millisecond

// TestKilledAtAnyMomentNothingIsLostAndNothingSentTwice kills the terminal with
// signal 9, again and again on the same files, in each of its ways of working.
func TestKilledAtAnyMomentNothingIsLostAndNothingSentTwice(t *testing.T) {
	for name, ways := range map[string]string{
		"putting":             "",
		"putting and sending": sending,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random, seed := seeded(t)
			m := massacre{t: t, random: random, ways: ways}
			m.run(kills(t))
			t.Logf("seed %d: %d kills, %d of them at work, %d submissions acknowledged, %d of them recovered, %d sent once each",
				seed, m.kills, m.hits, m.acknowledged, m.recovered, m.sent)
			if m.hits == 0 || m.acknowledged == 0 || ways == sending && m.sent == 0 {
				t.Error("no kill hit a terminal at work")
			}
		})
	}
}

func kills(t *testing.T) int {
	t.Helper()
	given := os.Getenv("PUE_FAULTS_KILLS")
	if given == "" {
		return 1000
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		t.Fatalf("PUE_FAULTS_KILLS: %v", err)
	}
	return n
}

// massacre is a loop of kills and what it counted.
type massacre struct {
	t      *testing.T
	random *rand.Rand
	ways   string

	dir, inps string
	living    []string // acknowledged since the store was empty

	kills, hits, acknowledged, recovered, sent int
}

func (m *massacre) run(kills int) {
	for m.kills < kills {
		if m.kills%afresh == 0 {
			m.begin()
		}
		m.killOne()
		if m.kills%lookEvery == 0 || m.kills == kills {
			m.look(kills)
		}
		if m.t.Failed() {
			return
		}
	}
}

func (m *massacre) begin() {
	root := m.t.TempDir()
	m.dir, m.inps, m.living = filepath.Join(root, "state"), filepath.Join(root, "inps"), nil
}

func (m *massacre) killOne() {
	cmd := program("queue", params{Dir: m.dir, INPS: m.inps, From: m.kills * 100_000, Ways: m.ways})
	s := hearing{cmd: cmd, opened: func() {
		time.AfterFunc(time.Duration(m.random.Int64N(int64(longestWork))), func() { cmd.Process.Kill() })
	}}.hear(m.t)
	m.kills++
	if s.opened {
		m.hits++
	}
	for _, trouble := range append(s.trouble, append(s.failed, s.unknown...)...) {
		m.t.Errorf("kill %d: the terminal says: %s", m.kills, trouble)
	}
	m.living = append(m.living, s.stored...)
	m.acknowledged += len(s.stored)
}

// look checks a copy of the files: the terminal goes on where it was killed.
func (m *massacre) look(kills int) {
	m.t.Helper()
	has, twice := readBooks(m.t, m.inps)
	if len(twice) > 0 {
		m.t.Errorf("kill %d: sent twice: %v", m.kills, twice)
	}
	wasSent := len(has)
	wantWhole(m.t, copied(m.t, m.dir), m.living, nil, has)
	if m.kills%afresh == 0 || m.kills == kills {
		m.recovered, m.sent = m.recovered+len(m.living), m.sent+wasSent
	}
}
