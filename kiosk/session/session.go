package session

import (
	"context"
	"io"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// Options is what a session needs of the world, and how this terminal is set up.
type Options struct {
	Place            Place
	Notice           NoticeView
	Resume           time.Duration // 0: a pulled card loses its form at once
	Presence         time.Duration
	PresenceRequired bool
	// Catalog is the newest catalogue; Adopt hears of each one that the screens have
	// begun to use, so that its texts can be put in place; it may be nil.
	Catalog func() *catalog.Catalog
	Adopt   func(*catalog.Catalog)
	// MouthPatience is how long paper of the last visit, which nobody takes, keeps the
	// next person waiting: a sensor that hangs must not close the terminal.
	MouthPatience time.Duration
	// Officers are enrolled by the fingerprint of their card.
	Officers map[[32]byte]Enrolled
	// Released is when this version was made: a clock before it is wrong and
	// does not decide about certificates.
	Released time.Time
	// ClockTrusted reports whether a time service keeps the clock; it is
	// recorded with what is submitted.
	ClockTrusted func() bool
	// Revocation may be nil: then of no card anybody knows whether it was taken back.
	Revocation Revocation
	// Camera: the screen has one, with which papers are photographed.
	Camera bool
	// Scanner is nil when there is none.
	Scanner Scanner

	Cards Cards
	INPS  INPS
	// CatalogueRefused reports whether a newer catalogue came and was not good; nil:
	// never.
	CatalogueRefused func() bool
	// Filing holds, by its name in the catalogue, each authority that this terminal
	// can send submissions to. What would go to another is not offered.
	Filing map[string]Filing
	Outbox Outbox
	Desk   Desk
	Claims Claims
	Phones Phones
	Disk   Disk
	Paper  Paper
	Papers Papers
	// Said is what the paper of an order says, one sentence to a line, for whoever
	// hears it instead of reading; nil: nobody can tell.
	Said   func(o Order, at time.Time) string
	Sheets Sheets // nil where there is no A4 printer
	Audit  Audit
	Log    *slog.Logger
}

// Cards opens the card in a reader.
type Cards interface {
	Open(ctx context.Context, reader string) (smartcard.Card, error)
}

// INPS is what the session asks of the INPS side.
type INPS interface {
	LogIn(ctx context.Context, id smartcard.Identity, s upstream.Signer, actor string) (upstream.Token, error)
	Revoke(ctx context.Context, t upstream.Token) error
	Statement(ctx context.Context, t upstream.Token, behalf string) (upstream.Statement, error)
	Query(ctx context.Context, t upstream.Token, s *catalog.Service, q upstream.Question) (upstream.Answer, error)
	// Document writes the PDF of an answer, once all of it is there and is what INPS said.
	Document(ctx context.Context, t upstream.Token, d upstream.Document, w io.Writer) error
	// Delegations lists for whom the token's holder may act.
	Delegations(ctx context.Context, t upstream.Token) ([]upstream.Delegation, error)
}

// Outbox keeps submissions for the citizens who made them.
type Outbox interface {
	Put(ctx context.Context, p outbox.Parcel) (outbox.Entry, error)
	Await(ctx context.Context, id string) (outbox.Entry, error)
	// Attach keeps a sealed page on disk until Put takes it or Discard ends it.
	Attach(ctx context.Context, seal func(io.Writer) (outbox.Attachment, error)) (outbox.Attachment, error)
	Discard(id string) error
	ByOwner(o outbox.Owner) []outbox.Entry
	OwnerOf(taxCode string) outbox.Owner
	Withdraw(ctx context.Context, id string, o outbox.Owner) error
	Labels
}

// Labels hides the name of a service from everybody but the card that asked for
// it.
type Labels interface {
	SealLabel(card [32]byte, id, text string) []byte
	OpenLabel(card [32]byte, e outbox.Entry) (string, bool)
}

// Paper prints an order and says what became of it, and under which number the record
// of papers has it, 0 for none; on the way it tells, where it can, how far it has come.
// Cancelling ctx gives it up.
type Paper interface {
	Print(ctx context.Context, o Order, tell func(Progress)) (r printer.Result, job uint64)
}

// Sheets prints PDFs on A4, as they are.
type Sheets interface {
	PrintPDF(ctx context.Context, pdf []byte, officer string) (r printer.Result, job uint64)
}

// Audit keeps the record of what was done.
type Audit interface {
	Record(ctx context.Context, e audit.Event) error
}

// Session runs the machine: one goroutine owns the state, everything else sends
// it events and reads snapshots.
type Session struct {
	o      Options
	m      *machine
	events chan posted
	done   chan struct{}

	mu       sync.Mutex
	snapshot Snapshot
	public   Public
	lent     bool
	watchers map[chan uint64]struct{}

	runner *runner
}

type posted struct {
	event Event
	taken chan struct{} // closed once the snapshot shows it; may be nil
}

// New makes a session that shows the welcome screen. Run brings it to life.
func New(o Options) *Session {
	m := &machine{
		catalog: o.Catalog(), filing: authorities(o.Filing), notices: notices(o.Filing), resume: o.Resume, presence: o.Presence, presenceRequired: o.PresenceRequired,
		camera: o.Camera, scanner: o.Scanner != nil, mouthPatience: o.MouthPatience, said: o.Said,
	}
	s := &Session{
		o: o, m: m,
		events: make(chan posted), done: make(chan struct{}),
		watchers: map[chan uint64]struct{}{},
	}
	s.runner = newRunner(o, s.Report)
	state := m.begin(time.Now())
	s.snapshot, s.public = m.snapshot(&state, o.Place, o.Notice), state.public()
	return s
}

// Run owns the state until ctx ends, then waits for what must not be cut off: a
// submission being stored, a card being reset.
func (s *Session) Run(ctx context.Context) error {
	defer s.runner.wait()
	defer close(s.done)
	state := s.m.begin(time.Now())
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		if at := state.wake(); at.IsZero() {
			alarm.Stop()
		} else {
			alarm.Reset(time.Until(at))
		}
		var p posted
		select {
		case <-ctx.Done():
			s.runner.run(context.WithoutCancel(ctx), EndVisit{Visit: state.Visit})
			return ctx.Err()
		case p = <-s.events:
		case <-alarm.C:
			p.event = Tick{}
		}
		state = s.step(ctx, state, p)
	}
}

// step makes one transition visible and starts its effects.
func (s *Session) step(ctx context.Context, state State, p posted) State {
	if judged, ok := p.event.(PageJudged); ok {
		s.runner.album.add(judged.Page)
	}
	was := state.visible()
	state, effects := s.m.next(state, p.event, time.Now())
	s.publish(&state)
	if p.taken != nil {
		close(p.taken)
	}
	if now := state.visible(); now != was {
		s.o.Log.Info("screen", "from", screenName(was), "to", screenName(now), "event", eventName(p.event))
	}
	for _, e := range effects {
		s.runner.run(ctx, e)
	}
	s.runner.follow(&state)
	return state
}

// screenName is a screen in the log. Those of an answer of INPS share one name: in
// a village it is known who was here at ten, and the log must not say for what.
func screenName(s Screen) string {
	switch s {
	case Statement, StatementTable, AnswerPage:
		return "personal"
	case Documents, Capture, DocumentPage:
		return string(Form) // few services ask for papers
	}
	return string(s)
}

// eventName is all of an event that is ever logged.
func eventName(e Event) string { return reflect.TypeOf(e).Name() }

func (s *Session) publish(state *State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.m.snapshot(state, s.o.Place, s.o.Notice)
	next.Rev = s.snapshot.Rev
	s.public, s.lent = state.public(), state.lent()
	if reflect.DeepEqual(next, s.snapshot) {
		return
	}
	next.Rev++
	s.snapshot = next
	for w := range s.watchers {
		select {
		case <-w: // drop what was not read yet
		default:
		}
		w <- next.Rev
	}
}

// Snapshot is what the screen shows now.
func (s *Session) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot
}

// Public is what the technician may know now.
func (s *Session) Public() Public {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.public
}

// Lend gives the readers to the technician for at most two minutes, if nobody is
// served: cards that come and go start no visit until release is called.
func (s *Session) Lend() (release func(), ok bool) {
	s.post(Lend{})
	s.mu.Lock()
	defer s.mu.Unlock()
	return func() { s.post(Return{}) }, s.lent
}

// Watch delivers the newest revision after every change until ctx ends, and
// closes the channel then.
func (s *Session) Watch(ctx context.Context) <-chan uint64 {
	w := make(chan uint64, 1)
	s.mu.Lock()
	s.watchers[w] = struct{}{}
	w <- s.snapshot.Rev
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, w)
		close(w)
	})
	return w
}

// Touch hands in a press and returns when the snapshot shows what it did.
func (s *Session) Touch(t Touch) { s.post(t) }

// post hands in an event and returns when the snapshot shows what it did.
func (s *Session) post(e Event) {
	p := posted{event: e, taken: make(chan struct{})}
	select {
	case s.events <- p:
		<-p.taken
	case <-s.done:
	}
}

// Report hands in any other event.
func (s *Session) Report(e Event) {
	select {
	case s.events <- posted{event: e}:
	case <-s.done:
	}
}
