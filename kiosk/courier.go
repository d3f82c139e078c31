package kiosk

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/upstream"
)

// When the catalogue is asked for: soon after the start, then once a day, or
// sooner after a line that did not bring it. All with jitter, so that terminals
// that start together do not ask together.
const (
	fetchSoon  = 2 * time.Minute
	fetchEvery = 24 * time.Hour
	fetchRetry = 30 * time.Minute
	fetchSpan  = time.Hour
)

// courier fetches the newest catalogue and puts it on the shelf.
type courier struct {
	fetch func(ctx context.Context, etag string) (jws []byte, newETag string, err error)
	take  func(jws []byte) error
	allow func(ctx context.Context) error // returns when the line may carry what can wait
	keep  upstream.Keeper                 // of the tag of the catalogue in use
	log   *slog.Logger

	tag     string // of what came last, taken or not
	refused atomic.Bool
}

// newCourier goes on from the catalogue on the shelf. Without a key that may sign
// one, there is nothing to fetch.
func (k *Kiosk) newCourier() *courier {
	c := &courier{
		fetch: k.lines.inps().Catalogue, take: k.shelf.Take, allow: k.budget.Wait,
		keep: note{k.store, "catalogue"}, log: k.o.Log,
	}
	c.refused.Store(k.shelf.Status().Problem != "") // the one that was kept
	if k.o.Config.Catalogue.Certificate == "" {
		c.fetch = nil
		return c
	}
	if k.shelf.Status().Bundle { // else what the tag names is not there
		tag, err := c.keep.Kept(context.Background())
		if err != nil {
			c.log.Warn("the catalogue is fetched anew", "err", err)
		}
		c.tag = string(tag)
	}
	return c
}

func (c *courier) run(ctx context.Context) {
	if c.fetch == nil {
		return
	}
	for pause := rand.N(fetchSoon); ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if c.allow(ctx) != nil {
			return
		}
		pause = fetchEvery + rand.N(fetchSpan)
		if !c.bring(ctx) {
			pause = fetchRetry + rand.N(fetchSpan)
		}
	}
}

// bring fetches the catalogue if there is another, and reports whether the line
// did its part.
func (c *courier) bring(ctx context.Context) bool {
	jws, tag, err := c.fetch(ctx, c.tag)
	switch {
	case errors.Is(err, upstream.ErrNothing), err == nil && jws == nil:
		return true
	case err != nil:
		if ctx.Err() == nil {
			c.log.Info("catalogue not fetched", "err", err)
		}
		return false
	}
	before := c.tag
	c.tag = tag // the same bundle would be refused again
	switch err := c.take(jws); {
	case errors.Is(err, catalog.ErrNotKept): // the disk may have room later
		c.tag = before
		c.log.Warn("catalogue not kept", "err", err)
		return false
	case errors.Is(err, catalog.ErrNotNewer):
		c.log.Info("catalogue left for the one in use", "err", err)
	case err != nil:
		c.refused.Store(true)
		c.log.Warn("catalogue refused", "err", err)
	default:
		c.refused.Store(false)
		if err := c.keep.Keep(ctx, []byte(tag)); err != nil {
			c.log.Warn("the tag of the catalogue is not kept", "err", err)
		}
	}
	return true
}
