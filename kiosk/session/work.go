package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// readCard opens a card and asks who it is; no PIN, so nothing of it may be
// shown yet.
func (r *runner) readCard(v *visit, e ReadCard) {
	v.card.Lock()
	defer v.card.Unlock()
	if v.ctx.Err() != nil {
		return // ended before it began
	}
	result := CardRead{Visit: e.Visit}
	result.Err = func() error {
		card, err := r.o.Cards.Open(v.ctx, e.Reader)
		if err != nil {
			return fmt.Errorf("opening the card: %w", err)
		}
		v.opened = card
		id, err := r.judged(card)
		if err != nil {
			return fmt.Errorf("reading the card: %w", err)
		}
		r.identify(v, id)
		return nil
	}()
	if result.Err != nil {
		r.o.Log.Warn("card not usable", "device", "reader", "fault", cardFault(result.Err).Code, "err", result.Err)
	} else {
		result.Identity = v.identity
		if who, ok := r.o.Officers[v.identity.Fingerprint]; ok {
			result.Officer = &who
		}
	}
	r.report(result)
	r.inquire(v) // after the loop knows of whom
}

// clock says how little the terminal believes its own clock.
func (r *runner) clock() Clock {
	switch {
	case time.Now().Before(r.o.Released):
		return ClockWrong
	case !r.o.ClockTrusted():
		return ClockUnsure
	}
	return ""
}

// judged asks a card who its holder is. A clock that is wrong, or that nobody keeps,
// refuses a certificate for its age only when that ended before this version was
// made. The rest is recorded with what is submitted, and INPS decides.
func (r *runner) judged(card smartcard.Card) (smartcard.Identity, error) {
	now, clock := time.Now(), r.clock()
	if clock == ClockWrong {
		now = time.Time{}
	}
	id, err := card.Identity(now)
	if clock == "" || err != nil {
		return id, err
	}
	was := id.Chain
	if id.Chain = id.ChainInDoubt(r.o.Released); was == smartcard.ChainExpired && id.Chain == smartcard.ChainUnchecked {
		r.o.Log.Warn("a certificate out of its time is not refused: the clock is to be checked", "clock", string(clock))
	}
	return id, nil
}

// identify keeps what the card says of its holder, as far as it says so yet.
func (r *runner) identify(v *visit, id smartcard.Identity) {
	v.identity = id
	if id.Complete() {
		v.owner = r.o.Outbox.OwnerOf(id.TaxCode.Reveal())
	}
}

// complete reads the holder from a card that names nobody before its PIN. It must be
// the card that was read before.
func (r *runner) complete(v *visit) error {
	if v.identity.Complete() {
		return nil
	}
	id, err := r.judged(v.opened)
	if err != nil {
		return err
	}
	if !id.Complete() || id.Fingerprint != v.identity.Fingerprint {
		return fmt.Errorf("comparing the holder with the card: %w", smartcard.ErrInconsistent)
	}
	r.identify(v, id)
	r.inquire(v)
	return nil
}

// errNoCard: the visit is over, or its card was let go because it would not
// forget its PIN.
var errNoCard = fmt.Errorf("using a card that was let go: %w", smartcard.ErrUnreadable)

func (r *runner) checkPIN(v *visit, e CheckPIN, pin []byte) {
	defer clear(pin)
	v.card.Lock()
	defer v.card.Unlock()
	err := func() error {
		if v.opened == nil {
			return errNoCard
		}
		if err := v.opened.VerifyPIN(pin); err != nil {
			return fmt.Errorf("verifying the PIN: %w", err)
		}
		if err := r.complete(v); err != nil {
			return fmt.Errorf("reading the holder: %w", err)
		}
		if err := smartcard.Prove(v.opened, v.identity); err != nil {
			return fmt.Errorf("proving the card: %w", err)
		}
		if e.Keep {
			return nil
		}
		if e.Secret && v.revoked() {
			return errors.Join(errRevoked, r.forget(v))
		}
		if e.Secret {
			secret, err := makeSecret(v.opened)
			if err != nil {
				return errors.Join(err, r.forget(v))
			}
			v.secret = secret
		}
		return r.forget(v)
	}()
	if pinErr := (*smartcard.PINError)(nil); err != nil && !errors.As(err, &pinErr) {
		r.o.Log.Warn("card not proved", "device", "reader", "fault", cardFault(err).Code, "err", err)
	}
	checked := PINChecked{Visit: e.Visit, Card: v.identity.Fingerprint, Err: err}
	if err == nil {
		checked.Identity = v.identity
	}
	r.report(checked)
}

func (r *runner) logIn(v *visit, e LogIn) {
	v.card.Lock()
	defer v.card.Unlock()
	result := LoggedIn{Visit: e.Visit}
	if v.opened == nil {
		return // over, and already said so
	}
	if v.revoked() {
		return // which the loop has heard
	}
	ctx, cancel := context.WithTimeout(v.ctx, logInPatience)
	defer cancel()
	token, err := r.o.INPS.LogIn(ctx, v.identity, v.opened, e.Actor)
	if err != nil {
		result.Err = err
		r.o.Log.Warn("not logged in at INPS", "fault", lineFault(err).Code, "err", err)
	} else {
		r.dropToken(v) // of a log-in before this one
		v.token = &token
		if result.Delegations, err = r.o.INPS.Delegations(ctx, token); err != nil {
			result.Delegations, result.Unasked = nil, true
			r.o.Log.Warn("INPS does not say for whom the citizen may act", "fault", lineFault(err).Code, "err", err)
		}
	}
	if err := r.forget(v); err != nil {
		result.Err = err
		r.o.Log.Warn("card kept its PIN", "device", "reader", "err", err)
	}
	result.Requests = r.requests(v.identity)
	r.report(result)
}

// submit is not cut off by the end of its visit: once the card has signed, the
// citizen's will is made, and it is stored.
func (r *runner) submit(ctx context.Context, v *visit, e Submit) {
	attached, err := r.enclose(ctx, e)
	var done Stored
	if err != nil {
		r.letGo(v)
	} else {
		done, err = r.signAndStore(ctx, v, e, attached)
	}
	if err != nil {
		r.discard(attached)
	}
	r.album.release(e.Documents)
	r.tell(v.ctx, e, done, err)
}

func (r *runner) signAndStore(ctx context.Context, v *visit, e Submit, attached []upstream.Attachment) (Stored, error) {
	parcel, err := r.sign(v, e, attached)
	if err != nil {
		return Stored{}, fmt.Errorf("signing the submission: %w", err)
	}
	done, err := r.store(ctx, parcel)
	if err == nil {
		v.card.Lock()
		delete(v.ids, e.what()) // the next one is another
		v.card.Unlock()
	}
	return done, err
}

// tell reports whether a submission is stored and then, while ctx lasts, what INPS
// first says of it.
func (r *runner) tell(ctx context.Context, e Submit, done Stored, err error) {
	done.Visit, done.Err = e.Visit, err
	if err != nil {
		r.o.Log.Error("submission not stored", "fault", storeFault(err).Code, "err", err)
		r.report(done)
		return
	}
	r.report(done)
	r.report(Settled{Visit: e.Visit, Entry: r.await(ctx, e, done.Entry)})
}

// await waits a little for INPS's first answer to what was stored.
func (r *runner) await(ctx context.Context, e Submit, stored outbox.Entry) outbox.Entry {
	if !e.Wait {
		return stored
	}
	ctx, cancel := context.WithTimeout(ctx, filingPatience)
	defer cancel()
	filed, err := r.o.Outbox.Await(ctx, stored.ID)
	if err != nil {
		return stored
	}
	filed.Term = stored.Term
	return filed
}

// store puts a sealed submission into the outbox. Where it was to take the place of
// one that INPS has refused meanwhile, or that is withdrawn already, there is
// nothing left to replace, and it is a submission like any other. Of any other one
// that cannot be replaced any more, First says where it stands.
func (r *runner) store(ctx context.Context, p outbox.Parcel) (Stored, error) {
	var entry, first outbox.Entry
	put := func(ctx context.Context) (err error) {
		entry, err = r.o.Outbox.Put(ctx, p)
		return err
	}
	err := r.betweenAttempts(ctx, p.Replaces, put)
	if errors.Is(err, outbox.ErrTooLate) {
		first, _ = r.o.Desk.Find(p.Replaces)
		if first.State == outbox.Refused || first.State == outbox.Withdrawn {
			p.Replaces = ""
			err = r.betweenAttempts(ctx, "", put)
		}
	}
	if err != nil {
		return Stored{First: first}, fmt.Errorf("storing the submission: %w", err)
	}
	entry.Term = p.Deadline
	return Stored{Entry: entry}, nil
}

// sign builds the record of what was confirmed, has the card sign it and the
// seal closed over it, and makes the card forget its PIN.
func (r *runner) sign(v *visit, e Submit, attached []upstream.Attachment) (parcel outbox.Parcel, err error) {
	v.card.Lock()
	defer v.card.Unlock()
	if v.opened == nil {
		return parcel, errNoCard
	}
	to := r.o.Filing[e.Service.Destination]
	record := upstream.Record{
		ID: v.submission(e.what()), Subject: v.identity.TaxCode, Actor: e.Actor, Destination: e.Service.Destination,
		Service: e.Service.ID, ServiceVersion: e.Service.Version, Class: e.Service.Class,
		NoticeVersion: to.Notice.Version, Language: e.Language,
		// Card and PIN are level high (eIDAS, Regulation 2015/1502); that the
		// certificate was not revoked, INPS must find out where nobody could be asked.
		Assurance: "high", Revocation: v.inquiry.Revocation, ClockTrusted: r.o.ClockTrusted(),
		Answers: e.Answers, Attachments: attached, CapturedAt: time.Now().UTC(), Deadline: e.Service.Due(e.Answers),
	}
	if e.Behalf != nil {
		record.OnBehalfOf = e.Behalf.TaxCode
	}
	parcel, err = to.Pack(record, v.identity, v.opened)
	if err != nil {
		return parcel, err
	}
	parcel.Owner, parcel.Replaces = r.o.Outbox.OwnerOf(v.identity.TaxCode.Reveal()), e.Replaces
	parcel.Label = r.o.Outbox.SealLabel(certificateSum(v.identity), parcel.ID, label{e.Service.ID, record.Deadline, e.Behalf != nil}.String())
	if err := r.forget(v); err != nil {
		r.o.Log.Warn("card kept its PIN", "device", "reader", "err", err)
	}
	return parcel, nil
}

// takeBack withdraws a submission for the citizen who made it. It is not cut off
// by the end of the visit: the wish was confirmed.
func (r *runner) takeBack(ctx context.Context, owner outbox.Owner, e TakeBack) {
	err := r.betweenAttempts(ctx, e.ID, func(ctx context.Context) error { return r.o.Outbox.Withdraw(ctx, e.ID, owner) })
	if err != nil {
		r.o.Log.Warn("submission not withdrawn", "submission", e.ID, "err", err)
	}
	now, _ := r.o.Desk.Find(e.ID)
	r.report(TakenBack{Visit: e.Visit, ID: e.ID, Entry: now, Err: err})
}

// betweenAttempts does what a submission allows only while it is not being sent,
// once any attempt under way has ended: a line that is down makes many attempts
// of which no byte leaves, and one may begin just before do. Without an id it does
// it at once.
func (r *runner) betweenAttempts(ctx context.Context, id string, do func(context.Context) error) error {
	waiting, cancel := context.WithTimeout(ctx, filingPatience)
	defer cancel()
	for {
		r.untilStill(waiting, id)
		err := r.inTime(ctx, do)
		if !errors.Is(err, outbox.ErrTooLate) || id == "" || waiting.Err() != nil {
			return err
		}
		if e, ok := r.o.Desk.Find(id); !ok || !beingSent(e) && !e.Withdrawable() {
			return err
		}
	}
}

func (r *runner) inTime(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	return do(ctx)
}

// untilStill waits while a submission is being sent, or until ctx ends.
func (r *runner) untilStill(ctx context.Context, id string) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for changed := r.o.Desk.Watch(ctx); id != ""; {
		if e, ok := r.o.Desk.Find(id); !ok || !beingSent(e) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// beingSent: an attempt that has no reason to have failed yet is under way.
func beingSent(e outbox.Entry) bool { return e.State == outbox.Unknown && e.Reason == "" }

// submitted is what makes a submission the same as one that was confirmed before in
// its visit.
type submitted struct{ service, replaces, behalf string }

func (e Submit) what() submitted { return submitted{e.Service.ID, e.Replaces, idOf(e.Behalf)} }

// submission is the id of what is being submitted, fixed at the first
// confirmation: when the disk left it open whether it is stored, confirming once
// more must not make it two.
func (v *visit) submission(what submitted) string {
	if v.ids == nil {
		v.ids = map[submitted]string{}
	}
	if v.ids[what] == "" {
		v.ids[what] = newID()
	}
	return v.ids[what]
}

// print runs an order. What names a person stops with its visit; a receipt that
// names nobody is finished.
func (r *runner) print(ctx context.Context, e Print) {
	v := r.of(e.Visit)
	if (e.Order.Kind == PaperPersonal || e.Order.Kind == PaperSheets) && v != nil {
		ctx = v.ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	r.printing, r.stopPrint = e.Number, cancel
	r.jobs.Go(func() {
		defer cancel()
		result, job := r.carryOut(ctx, v, e)
		r.report(PrintEnded{Visit: e.Visit, Number: e.Number, Job: job, Result: result})
	})
}

// carryOut prints an order on the printer that it is for.
func (r *runner) carryOut(ctx context.Context, v *visit, e Print) (printer.Result, uint64) {
	if e.Order.Kind == PaperSheets {
		return r.printSheets(ctx, v, e.Order)
	}
	return r.o.Paper.Print(ctx, e.Order, func(p Progress) {
		r.report(PrintGoesOn{Visit: e.Visit, Number: e.Number, Progress: p})
	})
}

// newID is a random UUID (RFC 9562 §5.4).
func newID() string {
	var u [16]byte
	rand.Read(u[:]) // never fails (Go 1.24)
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
