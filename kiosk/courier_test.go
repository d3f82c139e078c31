package kiosk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// post is the other end of a courier: what it brings, and what becomes of it.
type post struct {
	answers []delivery // one after the other, then nothing new
	asked   []string   // tags
	took    []string
	refuse  error
	kept    string
	closed  bool // the line may carry nothing that can wait
}

type delivery struct {
	jws, tag string
	err      error
}

func (p *post) fetch(_ context.Context, tag string) ([]byte, string, error) {
	p.asked = append(p.asked, tag)
	if len(p.answers) == 0 {
		return nil, tag, nil
	}
	d := p.answers[0]
	p.answers = p.answers[1:]
	if d.jws == "" {
		return nil, tag, d.err
	}
	return []byte(d.jws), d.tag, d.err
}

func (p *post) take(jws []byte) error {
	p.took = append(p.took, string(jws))
	return p.refuse
}

func (p *post) Keep(_ context.Context, value []byte) error { p.kept = string(value); return nil }
func (p *post) Kept(context.Context) ([]byte, error)       { return []byte(p.kept), nil }

func (p *post) allow(ctx context.Context) error {
	if p.closed {
		<-ctx.Done()
	}
	return ctx.Err()
}

// carry lives a courier for a while.
func (p *post) carry(t *testing.T, long time.Duration) *courier {
	t.Helper()
	c := &courier{fetch: p.fetch, take: p.take, allow: p.allow, keep: p, log: slog.New(slog.DiscardHandler)}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		c.run(ctx)
	})
	return c
}

func TestTheCatalogueIsAskedForSoonAndThenOnceADay(t *testing.T) {
	p := &post{answers: []delivery{{jws: "seven", tag: "7"}, {}, {jws: "eight", tag: "8"}}}
	c := p.carry(t, 3*24*time.Hour)
	if !slices.Equal(p.took, []string{"seven", "eight"}) || p.kept != "8" || c.refused.Load() {
		t.Errorf("took %v, kept %q, refused %v", p.took, p.kept, c.refused.Load())
	}
	if !slices.Equal(p.asked, []string{"", "7", "7"}) {
		t.Errorf("asked with the tags %q", p.asked)
	}
}

func TestALineThatDoesNotBringTheCatalogueIsTriedAgainBeforeTheDayIsOver(t *testing.T) {
	p := &post{answers: []delivery{{err: outbox.ErrNoLine}, {err: outbox.ErrUnknownOutcome}, {jws: "seven", tag: "7"}}}
	p.carry(t, 6*time.Hour)
	if len(p.asked) != 3 || len(p.took) != 1 {
		t.Errorf("asked %d times, took %v", len(p.asked), p.took)
	}
}

func TestACatalogueThatIsRefusedIsSaidToBeAndNotFetchedAgain(t *testing.T) {
	p := &post{answers: []delivery{{jws: "bad", tag: "b"}}, refuse: errors.New("unsigned")}
	if c := p.carry(t, 30*time.Hour); !c.refused.Load() || p.kept != "" {
		t.Errorf("refused %v, kept %q", c.refused.Load(), p.kept)
	}
	if !slices.Equal(p.asked, []string{"", "b"}) {
		t.Errorf("asked with the tags %q", p.asked)
	}
}

func TestACatalogueThatFindsNoRoomOnTheDiskIsFetchedAgain(t *testing.T) {
	p := &post{answers: []delivery{{jws: "seven", tag: "7"}, {jws: "seven", tag: "7"}}, refuse: fmt.Errorf("taking it: %w", catalog.ErrNotKept)}
	if c := p.carry(t, 4*time.Hour); c.refused.Load() || len(p.took) != 2 {
		t.Errorf("refused %v, took %v", c.refused.Load(), p.took)
	}
	if !slices.Equal(p.asked[:2], []string{"", ""}) {
		t.Errorf("asked with the tags %q", p.asked)
	}
}

func TestAnOlderCatalogueAlarmsNobody(t *testing.T) {
	p := &post{answers: []delivery{{jws: "six", tag: "6"}}, refuse: fmt.Errorf("taking it: %w", catalog.ErrNotNewer)}
	if c := p.carry(t, time.Hour); c.refused.Load() || len(p.took) != 1 {
		t.Errorf("refused %v, took %v", c.refused.Load(), p.took)
	}
}

func TestWithoutRoomInTheBudgetNothingIsFetched(t *testing.T) {
	p := &post{answers: []delivery{{jws: "seven", tag: "7"}}, closed: true}
	p.carry(t, 48*time.Hour)
	if len(p.asked) != 0 {
		t.Errorf("asked %d times", len(p.asked))
	}
}

func TestWhereINPSGivesOutNoCatalogueItIsAskedOnceADay(t *testing.T) {
	p := &post{answers: []delivery{{err: upstream.ErrNothing}}}
	p.carry(t, 20*time.Hour)
	if len(p.asked) != 1 {
		t.Errorf("asked %d times", len(p.asked))
	}
}
