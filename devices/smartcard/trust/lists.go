package trust

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// lookEvery is how often the lists are looked through for those to fetch, and
	// renewAfter how old the newest word of a server may grow. Most promise a new
	// list each day, and a server that tags its lists sends none twice.
	lookEvery  = time.Hour
	renewAfter = 24 * time.Hour
	// overdueRest is how long a server is left alone that was to have a newer list
	// and has none: a long list must not use up a thin line by being asked for.
	overdueRest = 4 * time.Hour
	// failureRest is how long an address that did not answer is left alone, so
	// that not every citizen waits for it.
	failureRest = 5 * time.Minute
)

// keptAnswer is the best answer about a card that is on the shelf.
func (r *Revocations) keptAnswer(q question) finding {
	best := nothingKnown
	for _, answer := range r.shelf.answers(q.cert) {
		if f, err := judgeAnswer(answer, q, r.o.Now()); err == nil {
			best = best.better(f)
		}
	}
	return best
}

// keepAnswer keeps an answer, unless an older one than what is kept: somebody on
// the line could hand out yesterday's.
func (r *Revocations) keepAnswer(cert *x509.Certificate, kept, f finding, answer []byte) {
	if f.CheckedAt.Before(kept.CheckedAt) && !f.final() {
		return
	}
	if err := r.shelf.putAnswer(cert, f.final(), answer, r.o.Now()); err != nil {
		r.o.Log.Warn("answer of an issuer not kept", "err", err)
	}
}

// keptList is what the lists on the shelf say of a card.
func (r *Revocations) keptList(q question) finding {
	best := nothingKnown
	for _, address := range q.cert.CRLDistributionPoints {
		_, der, err := r.shelf.list(listName(address))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			var f finding
			if f, err = judgeList(der, q); err == nil {
				best = best.better(f)
				r.noteNeed(listName(address))
				continue
			}
		}
		r.o.Log.Warn("list of an issuer is of no use", "address", address, "err", err)
	}
	return best
}

func (r *Revocations) noteNeed(name string) {
	now := r.o.Now()
	if now.IsZero() {
		return
	}
	if err := r.shelf.need(name, now); err != nil {
		r.o.Log.Warn("need of a list not noted", "err", err)
	}
}

// fetchList gets the list that a card names, if it may be asked for now, and
// says what it knows. In mode Cached the list is fetched later, with all others.
func (r *Revocations) fetchList(ctx context.Context, q question) finding {
	if r.o.Mode == Cached {
		r.want(q.cert.CRLDistributionPoints)
		return nothingKnown
	}
	for _, address := range q.cert.CRLDistributionPoints {
		if fetchable(address) != nil {
			continue
		}
		if err := r.download(ctx, address); err != nil && !errors.Is(err, errSame) {
			r.o.Log.Info("list of an issuer not fetched", "address", address, "err", err)
			continue
		}
		return r.keptList(q)
	}
	return nothingKnown
}

// want notes one of the addresses of a list, for Run: the first that has not
// failed a moment ago, or, for its next look, the first.
func (r *Revocations) want(addresses []string) {
	addresses = slices.DeleteFunc(slices.Clone(addresses), func(a string) bool { return fetchable(a) != nil })
	if len(addresses) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(addresses, func(a string) bool { return !r.rests(a) })
	if i < 0 {
		r.wanted[addresses[0]] = true
		return
	}
	r.wanted[addresses[i]] = true
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// rests reports whether an address failed a moment ago. The caller holds mu.
func (r *Revocations) rests(address string) bool { return time.Since(r.failed[address]) < failureRest }

// flight is one download, for whom it may concern.
type flight struct {
	done chan struct{}
	err  error // once done is closed
}

// download waits for a list until ctx ends. The download itself goes on, for the
// next citizen.
func (r *Revocations) download(ctx context.Context, address string) error {
	f, err := r.board(address)
	if err != nil {
		return err
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// board joins the download of an address, or begins it.
func (r *Revocations) board(address string) (*flight, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.flights[address]; ok {
		return f, nil
	}
	if r.rests(address) {
		return nil, errors.New("it did not answer a moment ago")
	}
	if r.life.Err() != nil {
		return nil, r.life.Err()
	}
	f := &flight{done: make(chan struct{})}
	r.flights[address] = f
	r.active.Add(1)
	go func() {
		defer r.active.Done()
		f.err = r.renew(r.life, address)
		r.mu.Lock()
		delete(r.flights, address)
		delete(r.failed, address)
		if f.err != nil && !errors.Is(f.err, errSame) {
			r.failed[address] = time.Now()
		}
		r.mu.Unlock()
		close(f.done)
	}()
	return f, nil
}

// renew fetches a list and keeps it, if it is of a provisioned authority and
// newer than what is there.
func (r *Revocations) renew(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, listPatience)
	defer cancel()
	now := r.o.Now()
	as, old, err := r.shelf.list(listName(address))
	was, errOld := parseList(old)
	if err != nil || errOld != nil || !was.signedBy(r.o.Anchors.named(was.RawIssuer)) {
		as, was = keptAs{Address: address}, nil
	}
	if was != nil && !now.IsZero() && r.shelf.age(listName(address), now) < overdueRest {
		return errSame
	}
	der, tag, err := get(ctx, r.o.Client, address, as.Tag)
	if errors.Is(err, errSame) {
		if err := r.shelf.touch(listName(address), now); err != nil {
			return fmt.Errorf("keeping the list: %w", err)
		}
		return errSame
	}
	if err != nil {
		return err
	}
	l, err := parseList(der)
	if err != nil {
		return err
	}
	if !l.signedBy(r.o.Anchors.named(l.RawIssuer)) {
		return errors.New("the list is not of an authority that is believed")
	}
	if err := l.usable(was, now); err != nil {
		return err
	}
	if err := r.shelf.putList(keptAs{address, tag}, der, now); err != nil {
		return fmt.Errorf("keeping the list: %w", err)
	}
	if was == nil {
		r.noteNeed(listName(address)) // the first time it is a card's doing
	}
	return nil
}

// Run keeps the lists on the shelf fresh until ctx ends, and fetches those that
// cards named. It is what can wait.
func (r *Revocations) Run(ctx context.Context) {
	if r.o.Mode == Off {
		return
	}
	for {
		r.refresh(ctx)
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		// A tenth of jitter keeps terminals that were switched on together from
		// asking together.
		case <-time.After(lookEvery + rand.N(lookEvery/10)):
		}
	}
}

func (r *Revocations) refresh(ctx context.Context) {
	now := r.o.Now()
	if !now.IsZero() {
		if err := r.shelf.dropOldAnswers(now); err != nil {
			r.o.Log.Warn("old answers of issuers not removed", "err", err)
		}
	}
	for _, address := range r.due(now) {
		if r.o.Wait != nil && r.o.Wait(ctx) != nil {
			return
		}
		if err := r.download(ctx, address); err != nil && !errors.Is(err, errSame) && ctx.Err() == nil {
			r.o.Log.Info("list of an issuer not fetched", "address", address, "err", err)
		}
	}
}

// due are the addresses of the lists to fetch. A list of an authority that is
// believed no more, or that no card needs any more, is dropped.
func (r *Revocations) due(now time.Time) []string {
	r.mu.Lock()
	all := slices.Collect(maps.Keys(r.wanted))
	clear(r.wanted)
	r.mu.Unlock()
	for _, name := range r.shelf.lists() {
		as, der, err := r.shelf.list(name)
		if err == nil {
			var l *list
			if l, err = parseList(der); err == nil && !l.signedBy(r.o.Anchors.named(l.RawIssuer)) {
				err = errors.New("nobody who is believed has signed it")
			}
			if err == nil && !now.IsZero() && !r.shelf.needed(name, now) {
				err = errors.New("no card needs it")
			}
			if err == nil && (!l.NextUpdate.IsZero() && now.After(l.NextUpdate) || r.shelf.age(name, now) > renewAfter) && !slices.Contains(all, as.Address) {
				all = append(all, as.Address)
			}
		}
		if err != nil {
			r.o.Log.Info("a list on the shelf is dropped", "err", errors.Join(err, r.shelf.drop(name)))
		}
	}
	return all
}
