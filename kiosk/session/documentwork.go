package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"pue/devices/capture"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// attachPatience is how long the disk may take for all pages of a submission.
const attachPatience = 30 * time.Second

// Scanner is a folder into which a scanner writes, for whoever waits. What lies
// there when nobody does is removed unseen.
type Scanner interface {
	Collect(take func(data []byte)) (stop func())
}

// enclosed is one page that goes with a submission.
type enclosed struct {
	document string
	page     *picture
}

// enclosed are the pages of a form, paper by paper.
func (d *draft) enclosed() []enclosed {
	var all []enclosed
	for _, paper := range d.documents() {
		for _, p := range d.Documents[paper.ID] {
			all = append(all, enclosed{paper.ID, p})
		}
	}
	return all
}

// judgePage takes memory for a decoded picture: one at a time.
func (r *runner) judgePage(e JudgePage) {
	r.judging.Lock()
	defer r.judging.Unlock()
	defer clear(e.Data)
	take := capture.Take
	if e.Scanned {
		take = capture.TakeScanned
	}
	result := PageJudged{Visit: e.Visit, Round: e.Round, Scanned: e.Scanned}
	page, err := take(e.Data)
	if err != nil {
		r.o.Log.Warn("page not usable", "bytes", len(e.Data), "scanned", e.Scanned, "err", err)
		result.Err = err
	} else {
		r.o.Log.Info("page judged", "bytes", len(page.Data), "scanned", e.Scanned, "flaws", len(page.Flaws))
		result.Page = &picture{id: rand.Text(), Page: page}
	}
	r.report(result)
}

// follow keeps memory and scanner as the state wants them. It is called after the
// effects of each event have begun.
func (r *runner) follow(s *State) {
	r.album.tidy(s)
	round := s.collecting()
	if r.o.Scanner == nil || round == r.collecting {
		return
	}
	if r.stopCollecting != nil {
		r.stopCollecting()
		r.stopCollecting = nil
	}
	if r.collecting = round; round != 0 {
		r.stopCollecting = r.o.Scanner.Collect(func(data []byte) { r.report(Scanned{Round: round, Data: data}) })
	}
}

// enclose seals the pages of a submission to its authority and puts them on disk.
// Pages of which the submission is not stored are to be discarded.
func (r *runner) enclose(ctx context.Context, e Submit) (attached []upstream.Attachment, err error) {
	ctx, cancel := context.WithTimeout(ctx, attachPatience)
	defer cancel()
	for _, d := range e.Documents {
		a, err := r.o.Outbox.Attach(ctx, func(w io.Writer) (outbox.Attachment, error) {
			return r.o.Filing[e.Service.Destination].SealAttachment(w, bytes.NewReader(d.page.Data))
		})
		if err != nil {
			return attached, fmt.Errorf("enclosing a page: %w", err)
		}
		attached = append(attached, upstream.Attachment{Attachment: a, Name: d.document, MediaType: d.page.MediaType})
	}
	return attached, nil
}

// discard throws the sealed pages of a submission away that was not stored.
func (r *runner) discard(attached []upstream.Attachment) {
	for _, a := range attached {
		if err := r.o.Outbox.Discard(a.ID); err != nil && !errors.Is(err, outbox.ErrNoAttachment) {
			r.o.Log.Warn("sealed page left over", "attachment", a.ID, "err", err)
		}
	}
}

// letGo makes the card forget its PIN where nothing was signed.
func (r *runner) letGo(v *visit) {
	v.card.Lock()
	defer v.card.Unlock()
	if v.opened == nil {
		return
	}
	if err := r.forget(v); err != nil {
		r.o.Log.Warn("card kept its PIN", "device", "reader", "err", err)
	}
}
