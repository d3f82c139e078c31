package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
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
	to     string
	server *toxiproxy.ApiServer
	counts map[string]int

	mu      sync.Mutex
	proxy   *toxiproxy.Proxy
	renewed int
}

// newBadLine leads to the address to.
func newBadLine(t *testing.T, to string) *badLine {
	t.Helper()
	l := &badLine{
		to: to, server: toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), counts: map[string]int{},
	}
	if err := l.renew(); err != nil {
		t.Fatal(err)
	}
	return l
}

// renew puts another proxy into the place of the one there was.
func (l *badLine) renew() error {
	proxy := toxiproxy.NewProxy(l.server, "line", "127.0.0.1:0", l.to)
	if err := proxy.Start(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.proxy != nil {
		l.renewed++
		go l.proxy.Stop()
	}
	l.proxy = proxy
	return nil
}

// address is where the line begins at present.
func (l *badLine) address() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.proxy.Listen
}

// disturb does one trouble after the other, good times between, until ctx ends.
// The line is good then.
func (l *badLine) disturb(ctx context.Context, random *rand.Rand) error {
	for pause(ctx, 20+random.IntN(120)) {
		t := troubles[random.IntN(len(troubles))]
		l.counts[t.name]++
		rule := ""
		if t.toxic != nil {
			rule = t.toxic(random)
		}
		if l.during(rule, func() { pause(ctx, 5+random.IntN(40)) }) {
			continue
		}
		if err := l.renew(); err != nil {
			return fmt.Errorf("making a new line: %w", err)
		}
	}
	return nil
}

// during makes trouble while wait lasts, and reports whether the line is good
// again. It need not be: another program may have taken the port in the meantime,
// and toxiproxy can wait for ever for a connection that is just ending.
func (l *badLine) during(rule string, wait func()) bool {
	over := make(chan error, 1)
	go func() { over <- afflict(l.proxy, rule, wait) }()
	select {
	case err := <-over:
		return err == nil
	case <-time.After(2 * time.Second):
		return false
	}
}

func afflict(proxy *toxiproxy.Proxy, rule string, wait func()) error {
	if rule == "" {
		proxy.Stop()
		wait()
		return proxy.Start()
	}
	toxic, err := proxy.Toxics.AddToxicJson(strings.NewReader(rule))
	if err != nil {
		return err
	}
	wait()
	return proxy.Toxics.RemoveToxic(context.Background(), toxic.Name)
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
