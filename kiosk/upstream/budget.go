package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"pue/kiosk/messages"
)

// Budget is what the line may carry in a day. Many town halls pay for theirs by
// the megabyte, so that what can wait (the catalogue) goes only while the day's
// megabytes are not used up, or in the night. A citizen's matter never waits: it
// is counted, and nothing else.
type Budget struct {
	o BudgetOptions

	mu    sync.Mutex
	today ledgerDay
	kept  ledgerDay
}

// BudgetOptions say how much, and where it is kept over restarts.
type BudgetOptions struct {
	Daily int64 // bytes up and down, 0: as much as it takes
	Night Night
	Keep  Keeper
	Log   *slog.Logger
}

// Keeper keeps one small value over restarts.
type Keeper interface {
	Keep(ctx context.Context, value []byte) error
	Kept(ctx context.Context) ([]byte, error)
}

// ledgerDay is what one day has carried.
type ledgerDay struct {
	Day   string `json:"day"` // of Italy's calendar
	Bytes int64  `json:"bytes"`
}

const (
	// keepEvery is how often the count goes on the disk, and keepFrom by how many
	// bytes it must have grown: an idle line is no reason to wake a disk.
	keepEvery = 10 * time.Minute
	keepFrom  = 256 << 10
)

// OpenBudget goes on with the count of today. A count that cannot be read begins
// anew: it decides about nobody's matter.
func OpenBudget(ctx context.Context, o BudgetOptions) *Budget {
	b := &Budget{o: o}
	value, err := o.Keep.Kept(ctx)
	if err == nil && value != nil {
		err = json.Unmarshal(value, &b.kept)
	}
	if err != nil {
		o.Log.Warn("count of the line begins anew", "err", err)
		b.kept = ledgerDay{}
	}
	b.today = b.kept
	return b
}

// Dial dials TCP and counts what the connection carries, the bytes of TLS and of
// the headers included.
func (b *Budget) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &metered{conn, b}, nil
}

// metered is a connection whose bytes count.
type metered struct {
	net.Conn
	budget *Budget
}

// Read implements [net.Conn].
func (m *metered) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	m.budget.count(n, time.Now())
	return n, err
}

// Write implements [net.Conn].
func (m *metered) Write(p []byte) (int, error) {
	n, err := m.Conn.Write(p)
	m.budget.count(n, time.Now())
	return n, err
}

func (b *Budget) count(bytes int, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	b.today.Bytes += int64(bytes)
}

// turn begins a new day when the old one is over.
func (b *Budget) turn(now time.Time) {
	if day := now.In(messages.Italy).Format(time.DateOnly); day != b.today.Day {
		b.today = ledgerDay{Day: day}
	}
}

// Allows reports whether what can wait may go now.
func (b *Budget) Allows(now time.Time) bool {
	if b.o.Daily == 0 || b.o.Night.holds(now.In(messages.Italy)) {
		return true
	}
	return b.Spent(now) < b.o.Daily
}

// Spent is how many bytes today has carried.
func (b *Budget) Spent(now time.Time) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	return b.today.Bytes
}

// askAgain is how soon a budget that was used up is looked at again: the night
// and the next day begin at a full minute.
const askAgain = time.Minute

// Wait returns when what can wait may go, or with the error of ctx.
func (b *Budget) Wait(ctx context.Context) error {
	for !b.Allows(time.Now()) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(askAgain):
		}
	}
	return ctx.Err()
}

// Run keeps the count on the disk until ctx ends, and once more then.
func (b *Budget) Run(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.keep(ctx, keepFrom)
		case <-ctx.Done():
			b.keep(context.WithoutCancel(ctx), 1)
			return
		}
	}
}

// keep writes the count down if it has grown by that much.
func (b *Budget) keep(ctx context.Context, from int64) {
	b.mu.Lock()
	b.turn(time.Now())
	today, grown := b.today, b.today.Day != b.kept.Day || b.today.Bytes-b.kept.Bytes >= from
	b.mu.Unlock()
	if !grown || today.Bytes == 0 {
		return
	}
	value, err := json.Marshal(today)
	if err == nil {
		err = b.o.Keep.Keep(ctx, value)
	}
	if err != nil {
		b.o.Log.Warn("count of the line not kept", "err", fmt.Errorf("keeping it: %w", err))
		return
	}
	b.mu.Lock()
	b.kept = today
	b.mu.Unlock()
}
