package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// trouble is what a line can do. A toxic is a rule of toxiproxy as JSON; without
// one the line is down.
type trouble struct {
	name  string
	toxic func(*rand.Rand) string
}

var troubles = []trouble{
	{"down", nil},
	{"reset", func(r *rand.Rand) string {
		return fmt.Sprintf(`{"type":"reset_peer","stream":%q,"attributes":{"timeout":%d}}`, either(r), r.IntN(8))
	}},
	{"answer cut", func(r *rand.Rand) string {
		return fmt.Sprintf(`{"type":"limit_data","stream":"downstream","attributes":{"bytes":%d}}`, r.IntN(6000))
	}},
	{"question cut", func(r *rand.Rand) string {
		return fmt.Sprintf(`{"type":"limit_data","stream":"upstream","attributes":{"bytes":%d}}`, r.IntN(6000))
	}},
	{"answer swallowed", func(r *rand.Rand) string {
		return fmt.Sprintf(`{"type":"timeout","stream":"downstream","attributes":{"timeout":%d}}`, 10+r.IntN(40))
	}},
	{"slow", func(r *rand.Rand) string {
		return fmt.Sprintf(`{"type":"latency","stream":%q,"attributes":{"latency":%d,"jitter":5}}`, either(r), 3+r.IntN(10))
	}},
	{"thin", func(r *rand.Rand) string {
		return fmt.Sprintf(`{"type":"bandwidth","stream":%q,"attributes":{"rate":%d}}`, either(r), 50+r.IntN(200))
	}},
}

func either(r *rand.Rand) string { return []string{"upstream", "downstream"}[r.IntN(2)] }

// badLine is a line that somebody disturbs all the time.
type badLine struct {
	proxy  *toxiproxy.Proxy
	counts map[string]int
}

// newBadLine leads to the address to.
func newBadLine(t *testing.T, to string) *badLine {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &badLine{toxiproxy.NewProxy(server, "line", "127.0.0.1:0", to), map[string]int{}}
	if err := l.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.proxy.Stop)
	return l
}

// disturb does one trouble after the other, good times between, until ctx ends.
// The line is good then.
func (l *badLine) disturb(ctx context.Context, random *rand.Rand) error {
	for {
		if !pause(ctx, 20+random.IntN(120)) {
			return nil
		}
		t := troubles[random.IntN(len(troubles))]
		l.counts[t.name]++
		if err := l.during(t, random, func() { pause(ctx, 5+random.IntN(40)) }); err != nil {
			return fmt.Errorf("making the line %s: %w", t.name, err)
		}
	}
}

func (l *badLine) during(t trouble, random *rand.Rand, wait func()) error {
	if t.toxic == nil {
		l.proxy.Stop()
		wait()
		return l.proxy.Start()
	}
	toxic, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(t.toxic(random)))
	if err != nil {
		return err
	}
	wait()
	return l.proxy.Toxics.RemoveToxic(context.Background(), toxic.Name)
}

// pause waits so many milliseconds, and says whether ctx goes on.
func pause(ctx context.Context, ms int) bool {
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return true
	case <-ctx.Done():
		return false
	}
}
