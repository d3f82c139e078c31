package kiosk

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"pue/kiosk/config"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
)

// note is one small value that the store keeps by name.
type note struct {
	store *store.Store
	name  string
}

// Keep implements upstream.Keeper.
func (n note) Keep(ctx context.Context, value []byte) error { return n.store.Note(ctx, n.name, value) }

// Kept implements upstream.Keeper.
func (n note) Kept(ctx context.Context) ([]byte, error) { return n.store.Noted(ctx, n.name) }

// openBudget goes on with what the line has carried today.
func openBudget(c config.INPS, s *store.Store, log *slog.Logger) (*upstream.Budget, error) {
	night, err := upstream.ParseNight(c.Night)
	if err != nil {
		return nil, fmt.Errorf("inps.night: %w", err)
	}
	return upstream.OpenBudget(context.Background(), upstream.BudgetOptions{
		Daily: int64(c.DailyMegabytes) * 1e6, Night: night, Keep: note{s, "line"}, Log: log.With("device", "line"),
	}), nil
}

// dial counts what every line carries. The budget is open before anything dials.
func (k *Kiosk) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return k.budget.Dial(ctx, network, addr)
}

// carried is what the line has carried, for the technician.
type carried struct {
	Today int64 `json:"today"`         // bytes
	Cap   int64 `json:"cap,omitempty"` // bytes
}

func (k *Kiosk) carried() carried {
	return carried{k.budget.Spent(time.Now()), int64(k.o.Config.INPS.DailyMegabytes) * 1e6}
}
