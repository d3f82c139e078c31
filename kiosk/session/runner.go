package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// How long the citizen watches a progress page before the terminal goes on
// without INPS. After ten seconds people walk away (ui: visible answer).
const (
	logInPatience  = 8 * time.Second
	askPatience    = 15 * time.Second
	filingPatience = 8 * time.Second
	revokePatience = 5 * time.Second
	storePatience  = 10 * time.Second
)

// runner carries out effects, each in its own goroutine, and reports what came
// of them. It holds what must never be in the state: the PIN, the open card, the
// token.
type runner struct {
	o      Options
	report func(Event)
	pin    pinBuffer
	jobs   sync.WaitGroup
	asked  requestID

	// What follows is the loop's alone.
	printing  uint64 // number of the newest order
	stopPrint context.CancelFunc
	noted     chan struct{} // closed when the newest audit line is written
	// collecting is the round for which the scanner is waited for, 0: none.
	collecting     uint64
	stopCollecting func()

	album   *album
	judging sync.Mutex // one picture at a time takes memory

	mu    sync.Mutex
	visit *visit // of the newest number that used a card
}

// visit is the live part of one visit.
type visit struct {
	number uint64
	ctx    context.Context
	cancel context.CancelFunc
	closed chan struct{} // the card is reset and let go

	card     sync.Mutex // one user of the card at a time
	opened   smartcard.Card
	identity smartcard.Identity
	token    *upstream.Token
	secret   []byte               // of an officer who has unlocked
	ids      map[submitted]string // of submissions begun

	inquiry inquiry

	// owner is the holder of the card as the outbox knows them: set before the loop
	// hears of them, and of no use to anybody else.
	owner outbox.Owner
}

func newRunner(o Options, report func(Event)) *runner {
	return &runner{o: o, report: report, album: newAlbum()}
}

// wait returns when no effect is running any more.
func (r *runner) wait() { r.jobs.Wait() }

// run starts an effect. It never blocks.
func (r *runner) run(ctx context.Context, e Effect) {
	switch e := e.(type) {
	case KeepDigit:
		r.pin.keep(e.Digit)
	case DropDigit:
		r.pin.drop()
	case WipePIN:
		r.pin.wipe()
	case ReadCard:
		r.start(r.openVisit(ctx, e.Visit), func(v *visit) { r.readCard(v, e) })
	case CheckPIN:
		if v := r.of(e.Visit); v != nil {
			pin := r.pin.take()
			r.start(v, func(v *visit) { r.checkPIN(v, e, pin) })
		}
		r.pin.wipe()
	case LogIn:
		r.start(r.of(e.Visit), func(v *visit) { r.logIn(v, e) })
	case Ask:
		r.start(r.of(e.Visit), func(v *visit) { r.ask(v, e) })
	case JudgePage:
		r.jobs.Go(func() { r.judgePage(e) })
	case MissCamera:
		r.o.Log.Warn("the page has no camera", "device", "camera")
	case LookUpCode:
		r.jobs.Go(func() { r.lookUpCode(ctx, e) })
	case Submit:
		if e.Cardless {
			r.jobs.Go(func() { r.submitRequest(context.WithoutCancel(ctx), e) })
			return
		}
		if v := r.of(e.Visit); v != nil {
			r.album.hold(e.Documents)
			r.start(v, func(v *visit) { r.submit(context.WithoutCancel(ctx), v, e) })
		}
	case TakeBack:
		r.startFor(r.of(e.Visit), func(owner outbox.Owner) { r.takeBack(context.WithoutCancel(ctx), owner, e) })
	case KeepPhone:
		r.startFor(r.of(e.Visit), func(owner outbox.Owner) { r.keepPhone(context.WithoutCancel(ctx), owner, e) })
	case LookAfter:
		r.jobs.Go(func() { r.lookAfter(e) })
	case AdoptCatalogue:
		if r.o.Adopt != nil {
			r.o.Adopt(e.Catalog)
		}
	case Print:
		r.print(ctx, e)
	case StopPrint:
		if r.printing == e.Number && r.stopPrint != nil {
			r.stopPrint()
		}
	case EndVisit:
		r.endVisit(e.Visit)
	case Note:
		r.note(context.WithoutCancel(ctx), e)
	default:
		r.runDesk(context.WithoutCancel(ctx), e)
	}
}

// runDesk starts an effect of the officer's. What an officer has confirmed is
// done even when the board is locked meanwhile.
func (r *runner) runDesk(ctx context.Context, e Effect) {
	switch e := e.(type) {
	case ReadDesk:
		r.jobs.Go(func() { r.readDesk(e) })
	case LookUp:
		r.jobs.Go(func() { r.lookUp(e) })
	case TryItem:
		r.jobs.Go(func() { r.tryItem(ctx, e) })
	case EndItem:
		r.jobs.Go(func() { r.endItem(ctx, e) })
	case SettlePaper:
		r.jobs.Go(func() { r.settlePaper(ctx, e) })
	case WriteReport:
		r.jobs.Go(func() { r.writeReport(ctx, e) })
	case AcknowledgeRecovery:
		r.jobs.Go(func() { r.acknowledge(ctx, e) })
	case EnrolOfficer:
		r.start(r.of(e.Visit), func(v *visit) { r.enrol(ctx, v, e) })
	case ReadPhone:
		r.start(r.of(e.Visit), func(v *visit) { r.readPhone(ctx, v, e) })
	}
}

// note writes audit lines in the order in which things happened.
func (r *runner) note(ctx context.Context, e Note) {
	before, written := r.noted, make(chan struct{})
	r.noted = written
	r.jobs.Go(func() {
		defer close(written)
		if before != nil {
			<-before
		}
		if err := r.o.Audit.Record(ctx, e.Event); err != nil {
			r.o.Log.Error("audit line lost", "event", string(e.Name), "err", err)
		}
	})
}

func (r *runner) start(v *visit, f func(*visit)) {
	if v != nil {
		r.jobs.Go(func() { f(v) })
	}
}

// startFor starts what was confirmed by the holder of the card, who may be gone
// before it runs.
func (r *runner) startFor(v *visit, f func(outbox.Owner)) {
	if v != nil {
		owner := v.owner
		r.jobs.Go(func() { f(owner) })
	}
}

func (r *runner) of(number uint64) *visit {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.visit == nil || r.visit.number != number {
		return nil
	}
	return r.visit
}

// openVisit begins a visit, whose card is read once the one before is let go.
func (r *runner) openVisit(ctx context.Context, number uint64) *visit {
	v := &visit{number: number, closed: make(chan struct{}), inquiry: inquiry{known: make(chan struct{})}}
	v.ctx, v.cancel = context.WithCancel(ctx)
	r.mu.Lock()
	before := r.visit
	r.visit = v
	r.mu.Unlock()
	v.card.Lock()
	r.jobs.Go(func() {
		defer v.card.Unlock()
		if before != nil {
			<-before.closed
		}
	})
	return v
}

// endVisit wipes a visit: whatever still asks on its behalf is cut off, its
// token revoked, its card reset.
func (r *runner) endVisit(number uint64) {
	v := r.of(number)
	if v == nil {
		return
	}
	r.mu.Lock()
	select {
	case <-v.ctx.Done():
		r.mu.Unlock()
		return // ended before
	default:
	}
	v.cancel()
	r.mu.Unlock()
	r.jobs.Go(func() {
		v.card.Lock()
		defer v.card.Unlock()
		defer close(v.closed)
		if v.opened != nil {
			if err := v.opened.Close(); err != nil {
				r.o.Log.Debug("closing the card", "device", "reader", "err", err)
			}
			v.opened = nil
		}
		v.identity = smartcard.Identity{}
		clear(v.secret)
		v.secret = nil
		r.dropToken(v)
	})
}

// dropToken revokes the token of a visit, if it has one.
func (r *runner) dropToken(v *visit) {
	if v.token == nil {
		return
	}
	token := *v.token
	v.token = nil
	r.jobs.Go(func() { r.revoke(token) })
}

// forget makes the card forget its PIN. A card that does not is let go: nothing
// more may be signed with it.
func (r *runner) forget(v *visit) error {
	err := v.opened.Forget()
	if err == nil {
		return nil
	}
	if closing := v.opened.Close(); closing != nil {
		r.o.Log.Debug("closing the card", "device", "reader", "err", closing)
	}
	v.opened = nil
	return fmt.Errorf("making the card forget its PIN: %w", errors.Join(smartcard.ErrUnreadable, err))
}

func (r *runner) revoke(t upstream.Token) {
	ctx, cancel := context.WithTimeout(context.Background(), revokePatience)
	defer cancel()
	if err := r.o.INPS.Revoke(ctx, t); err != nil {
		r.o.Log.Warn("token not revoked, it ends by itself", "err", err)
	}
}

// requests finds what the holder of a card filed here, newest first.
func (r *runner) requests(id smartcard.Identity) []Request {
	var all []Request
	now := time.Now()
	for _, e := range slices.Backward(r.o.Outbox.ByOwner(r.o.Outbox.OwnerOf(id.TaxCode.Reveal()))) {
		one := Request{Entry: e, Alarm: e.Alarm(now)}
		if text, ok := r.o.Outbox.OpenLabel(certificateSum(id), e); ok {
			says := readLabel(text)
			one.Service, one.Term, one.Behalf = serviceOf(r.o.Catalog(), says.service), says.term, says.behalf
		}
		all = append(all, one)
	}
	return all
}
