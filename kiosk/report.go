package kiosk

import (
	"context"
	"slices"
	"time"

	"pue/devices/printer"
	"pue/devices/smartcard/trust"
	"pue/kiosk/audit"
	"pue/kiosk/messages"
	"pue/kiosk/paper"
	"pue/kiosk/session"
)

// Report implements session.Papers.
func (p *press) Report(ctx context.Context, kind session.Kind, language string) printer.Document {
	return p.compose(ctx, session.Order{Kind: kind, Language: language}, 0)
}

// readiness is how the terminal is now. What cannot be read counts as not well.
func (k *Kiosk) readiness(ctx context.Context) paper.Readiness {
	public, now := k.session.Public(), time.Now()
	r := paper.Readiness{
		Version: k.o.Version, Started: k.started, Clock: clockSynchronised(),
		Devices: []paper.Device{
			{Name: "reader", Status: public.Reader},
			{Name: "printer", Status: public.Printer},
			{Name: "line", Status: public.Line},
		},
		Queue: k.outbox.Counts(), Catalogue: k.shelf.Catalog().Version(),
		Papers: k.papersSince(ctx, midnight(now)), Anchors: k.ends(now),
	}
	if public.LineComune != nil {
		r.Devices = append(r.Devices, paper.Device{Name: "line-comune", Status: *public.LineComune})
	}
	if public.Documents != nil {
		r.Devices = slices.Insert(r.Devices, 2, paper.Device{Name: "documents", Status: *public.Documents})
	}
	report, err := k.audit.Verify(ctx)
	if err != nil {
		k.o.Log.Error("audit record not verified", "err", err)
	}
	r.AuditHead, r.AuditOK = report.Head, err == nil && report.OK()
	return r
}

// day is today in counts.
func (k *Kiosk) day(ctx context.Context) paper.Day {
	since := midnight(time.Now())
	done, err := k.audit.Figures(ctx, since)
	if err != nil {
		k.o.Log.Error("audit record not counted", "err", err)
	}
	queue := k.outbox.Counts()
	return paper.Day{
		On: since, Served: done[audit.LoggedIn], Stored: done[audit.SubmissionStored],
		Filed:   done[audit.SubmissionFiled] + done[audit.ConfirmationImported],
		Waiting: queue.Waiting + queue.Unknown, Dead: queue.Refused + queue.Stuck,
		Papers: k.papersSince(ctx, since),
	}
}

func (k *Kiosk) papersSince(ctx context.Context, since time.Time) paper.PaperCounts {
	jobs, err := k.journal.List(ctx)
	if err != nil {
		k.o.Log.Error("print journal not read", "err", err)
	}
	return paper.Count(jobs, since)
}

// midnight is when the day of now began in Italy.
func midnight(now time.Time) time.Time {
	y, m, d := now.In(messages.Italy).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, messages.Italy)
}

// ends is until when the terminal believes cards, and can seal.
func (k *Kiosk) ends(now time.Time) []paper.Anchor {
	until := map[trust.Role][]time.Time{}
	for _, a := range k.anchors.All() {
		until[a.Role] = append(until[a.Role], a.Certificate.NotAfter)
	}
	var ends []paper.Anchor
	for _, role := range []trust.Role{trust.ForCards, trust.ForDocuments} {
		if times := until[role]; len(times) > 0 {
			ends = append(ends, paper.Anchor{Role: string(role), Until: nextEnd(times, now)})
		}
	}
	for _, l := range k.lines {
		if s := k.standing(l).Sealing; !s.Until.IsZero() {
			ends = append(ends, paper.Anchor{Role: l.destination, Until: s.Until})
		}
	}
	return ends
}

// nextEnd is the first that is still to come, or else the last that was: of many
// authorities some have ended long ago, and were followed by others.
func nextEnd(times []time.Time, now time.Time) time.Time {
	slices.SortFunc(times, time.Time.Compare)
	for _, t := range times {
		if t.After(now) {
			return t
		}
	}
	return times[len(times)-1]
}
