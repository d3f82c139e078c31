package session

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
)

// world is everything around a session, in memory and under the test's clock.
type world struct {
	*Session
	card   *testCard
	inps   *testINPS
	outbox *testOutbox
	disk   *testDisk
	paper  *testPaper
	papers *testPapers
	audit  *testAudit
	log    *bytes.Buffer
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

var testCertificate = sync.OnceValue(func() *x509.Certificate {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, testKey().Public(), testKey())
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return c
})

// live starts a session with a card that can be put in; the bubble's clock is
// the only one.
func live(t *testing.T) *world {
	t.Helper()
	return liveWith(t, func(*Options, *machine) {})
}

// liveWith is live at another terminal.
func liveWith(t *testing.T, change func(*Options, *machine)) *world {
	t.Helper()
	testCertificate() // outside of the first use: making a key takes long
	// A bubble begins in the year 2000, when the answers lie in the future.
	time.Sleep(time.Until(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)))
	w := &world{card: &testCard{pin: "12345678"}, inps: &testINPS{}, outbox: &testOutbox{}, disk: &testDisk{}, papers: &testPapers{}, paper: &testPaper{}, audit: &testAudit{}, log: &bytes.Buffer{}}
	m := testMachine(t)
	services := m.catalog
	o := Options{
		Catalog: func() *catalog.Catalog { return services }, Resume: time.Minute, Presence: 30 * time.Minute,
		ClockTrusted: func() bool { return true },
		Notice:       NoticeView{Version: "2026-1"},
		Officers:     map[[32]byte]Enrolled{},
		Cards:        w.card, INPS: w.inps, Filing: map[string]Filing{"inps": {w.inps, NoticeView{Version: "2026-1"}}}, Outbox: w.outbox, Desk: w.outbox, Claims: w.outbox, Phones: w.outbox, Disk: w.disk, Paper: w.paper, Papers: w.papers, Audit: w.audit,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	change(&o, m)
	w.Session = New(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return w
}

func (w *world) touch(act Act, value string) {
	w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: w.Snapshot().Screen, Act: act, Value: value})
	synctest.Wait()
}

// open leads to the first question of a service, if it can be had.
func (w *world) open(service string) {
	w.touch(Open, service)
	if w.Snapshot().Screen == Bring {
		w.touch(Continue, "")
	}
}

func (w *world) slot(s smartcard.Slot) {
	w.Report(CardChange{Change: smartcard.Change{Reader: "A", Slot: s}})
	synctest.Wait()
}

func (w *world) typePIN(pin string) {
	for _, d := range pin {
		w.touch(Digit, string(d))
	}
	w.touch(OK, "")
}

func (w *world) logIn(t *testing.T) {
	t.Helper()
	w.touch(Start, "")
	w.touch(Continue, "")
	w.slot(smartcard.CardIn)
	w.typePIN("12345678")
	w.wants(t, Home)
}

// fill answers an application up to the second PIN.
func (w *world) fill(t *testing.T) {
	t.Helper()
	w.open("naspi")
	for range goodAnswers {
		w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
		synctest.Wait()
	}
	w.wants(t, Review)
	w.touch(Confirm, "")
}

func (w *world) apply(t *testing.T) {
	t.Helper()
	w.fill(t)
	w.typePIN("12345678")
	time.Sleep(filingPatience)
	synctest.Wait()
	w.wants(t, Result)
}

func (w *world) wants(t *testing.T, screen Screen) {
	t.Helper()
	if s := w.Snapshot().Screen; s != screen {
		t.Fatalf("screen %s, want %s; log:\n%s", s, screen, w.log)
	}
}

func TestAnIdleCitizenIsWarnedForAMinuteAndThenForgotten(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		time.Sleep(limits[Home].idle)
		synctest.Wait()
		w.wants(t, StillThere)
		w.touch(Stay, "")
		w.wants(t, Home)
		time.Sleep(limits[Home].idle + warning - time.Second)
		synctest.Wait()
		w.wants(t, StillThere)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.wants(t, Goodbye)
		if w.inps.revoked != 1 || !w.card.closed {
			t.Errorf("token revoked %d times, card let go: %v", w.inps.revoked, w.card.closed)
		}
		time.Sleep(limits[Goodbye].idle)
		synctest.Wait()
		w.wants(t, Welcome)
	})
}

func TestThePINIsUsedOnceAndWiped(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		w.typePIN("99999999")
		w.wants(t, PIN)
		if k := w.Snapshot().Keypad; k.Left != 2 || !k.Wrong {
			t.Errorf("keypad %+v", k)
		}
		if w.card.asked != 1 {
			t.Errorf("the card was asked %d times for one PIN", w.card.asked)
		}
		if !bytes.Equal(w.card.seen, make([]byte, 8)) {
			t.Error("the PIN was not wiped after use")
		}
		if w.runner.pin.n != 0 || w.runner.pin.digits != [pinMax]byte{} {
			t.Error("the buffer keeps digits")
		}
		w.typePIN("12345678")
		w.wants(t, Home)
		if w.card.verified {
			t.Error("the card keeps its PIN verified after the log-in")
		}
		if bytes.Contains(w.log.Bytes(), []byte("12345678")) || bytes.Contains(w.log.Bytes(), []byte("Value:")) {
			t.Errorf("the log knows the PIN:\n%s", w.log)
		}
	})
}

func TestACardThatTakesAnyPINAndHasAnotherKeyIsRefused(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.card.forged = true
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		w.wants(t, CardProblem)
		if f := w.Snapshot().Fault; f == nil || *f != FaultCardBroken {
			t.Errorf("fault %v", f)
		}
		if w.inps.asked() != 0 {
			t.Error("INPS was asked on behalf of a forged card")
		}
	})
}

func TestPullingTheCardCutsOffWhatIsStillAsked(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.inps.slow = true
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.touch(Open, "estratto-contributivo")
		w.wants(t, Loading)
		w.slot(smartcard.EmptySlot)
		w.wants(t, Removed)
		if !w.inps.cutOff {
			t.Error("the question went on without its citizen")
		}
		if w.inps.revoked != 1 {
			t.Errorf("token revoked %d times", w.inps.revoked)
		}
	})
}

func TestWhatTheCardHasSignedIsStoredEvenWhenTheCardLeaves(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.fill(t)
		w.outbox.hold = make(chan struct{})
		w.typePIN("12345678")
		w.wants(t, Saving)
		w.slot(smartcard.EmptySlot) // signed, not yet stored
		w.wants(t, Removed)
		close(w.outbox.hold)
		synctest.Wait()
		if len(w.outbox.stored) != 1 {
			t.Fatalf("%d submissions stored", len(w.outbox.stored))
		}
		if v := w.Snapshot(); v.Farewell.Claim != "PUE-0421-TEST" {
			t.Errorf("the farewell names %q", v.Farewell.Claim)
		}
		if len(w.paper.orders) != 1 || w.paper.orders[0].Kind != PaperLocal {
			t.Errorf("printed %v, want the local receipt", w.paper.orders)
		}
	})
}

func TestDigitsOfACardThatLeavesAreWiped(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		for range 3 {
			w.touch(Digit, "7")
		}
		w.touch(Erase, "")
		if w.runner.pin.n != 2 || w.runner.pin.digits[2] != 0 {
			t.Errorf("%d digits after three and an erasure", w.runner.pin.n)
		}
		w.slot(smartcard.EmptySlot)
		if w.runner.pin.n != 0 || w.runner.pin.digits != [pinMax]byte{} {
			t.Error("the digits of a card that left are still there")
		}
	})
}

func TestTheRecordSaysWhoWasBesideAndWhatWasRead(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.o.Officers[person("anna").Fingerprint] = Enrolled{"op-1", "Olga R."}
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		w.wants(t, Board)
		if w.card.verified {
			t.Error("the officer's card keeps its PIN verified behind the board")
		}
		w.touch(Assist, "")
		w.slot(smartcard.EmptySlot)
		clear(w.o.Officers) // the same test card is a citizen's now
		w.touch(Start, "")
		w.logIn(t)
		if w.inps.actor != "op-1" {
			t.Errorf("logged in with actor %q", w.inps.actor)
		}
		w.apply(t)
		if r := w.inps.record; r.Actor != "op-1" || r.NoticeVersion != "2026-1" || r.Language != "it" || r.Service != "naspi" || !r.ClockTrusted {
			t.Errorf("record %+v", r)
		}
	})
}

func TestAPersonalPrintJobStopsWhenItsPersonLeavesAndAReceiptDoesNot(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.paper.jam = true
		w.logIn(t)
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.touch(Open, "estratto-contributivo")
		w.wants(t, Statement)
		w.touch(PrintIt, "")
		w.slot(smartcard.EmptySlot)
		if len(w.paper.stopped) != 1 || w.paper.stopped[0] != PaperPersonal {
			t.Fatalf("stopped %v, want the statement", w.paper.stopped)
		}
		w.touch(Start, "")
		w.logIn(t)
		w.apply(t)
		w.touch(PrintIt, "")
		w.slot(smartcard.EmptySlot)
		if len(w.paper.stopped) != 1 {
			t.Errorf("stopped %v: a receipt that names nobody was given up", w.paper.stopped)
		}
	})
}

func TestEveryTokenIsRevoked(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.inps.refuse = true
		w.touch(Open, "estratto-contributivo")
		w.wants(t, Unavailable)
		w.inps.refuse = false
		w.touch(Retry, "")
		w.typePIN("12345678")
		w.slot(smartcard.EmptySlot)
		if w.inps.asked() != 2 || w.inps.revoked != 2 {
			t.Errorf("%d log-ins, %d revocations", w.inps.asked(), w.inps.revoked)
		}
	})
}

func TestTheRecordKeepsTheOrderOfWhatHappened(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.audit.slow = true
		w.logIn(t)
		w.touch(CallHelp, "")
		w.slot(smartcard.EmptySlot)
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []audit.Name{audit.SessionStarted, audit.RevocationUnknown, audit.HelpCalled, audit.SessionEnded}
		if diff := gocmp.Diff(want, w.audit.lines); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWatchersGetTheNewestRevisionAndAreLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		ctx, cancel := context.WithCancel(t.Context())
		revisions := w.Watch(ctx)
		first := <-revisions
		w.touch(Start, "")
		w.touch(Continue, "")
		if now := <-revisions; now != w.Snapshot().Rev || now <= first {
			t.Errorf("revision %d after %d, want %d", now, first, w.Snapshot().Rev)
		}
		cancel()
		synctest.Wait()
		if _, open := <-revisions; open {
			t.Error("the channel stays open")
		}
	})
}

// testCard is a card in memory.
type testCard struct {
	pin                      string
	seen                     []byte // the slice the PIN came in, to see it wiped
	asked                    int
	verified, forged, closed bool
	exchanged                bool   // it names another card once the PIN was right
	holder                   string // anna, when empty
	chain                    smartcard.Chain
	ended                    time.Time // its certificate, unless zero
	asOf                     time.Time // when it was judged
}

func (c *testCard) Open(context.Context, string) (smartcard.Card, error) { return c, nil }

func (c *testCard) Identity(now time.Time) (smartcard.Identity, error) {
	id := beforePIN(c.who())
	if id.Kind == smartcard.CIE && c.verified {
		id = person(c.who())
	}
	if c.exchanged && c.verified {
		id.Fingerprint = person("anna").Fingerprint
	}
	if id.Complete() {
		certificate := *testCertificate()
		if !c.ended.IsZero() {
			certificate.NotAfter = c.ended
		}
		id.Certificate = &certificate
	}
	c.asOf, id.Chain = now, cmp.Or(c.chain, id.Chain)
	return id, nil
}

func (c *testCard) who() string { return cmp.Or(c.holder, "anna") }

func (c *testCard) VerifyPIN(pin []byte) error {
	c.seen = pin
	c.asked++
	if string(pin) != c.pin && !c.forged {
		return &smartcard.PINError{Left: 3 - c.asked}
	}
	c.verified = true
	return nil
}

func (c *testCard) Sign(digest []byte) ([]byte, error) {
	if c.forged {
		return make([]byte, 256), nil
	}
	return rsa.SignPKCS1v15(rand.Reader, testKey(), crypto.SHA256, digest)
}

func (c *testCard) Forget() error { c.verified = false; return nil }
func (c *testCard) Close() error  { c.verified, c.closed = false, true; return nil }

// testINPS answers at once, or never.
type testINPS struct {
	document                    *upstream.Document // of every answer
	noDocument                  error
	mu                          sync.Mutex
	slow, cutOff, refuse        bool
	logIns, statements, revoked int
	actor                       string
	record                      upstream.Record
	sealing                     upstream.SealingStatus
	noKey                       error
	pages                       [][]byte // that were sealed
	question                    upstream.Question
	delegations                 []upstream.Delegation
	silent                      error // of the delegations
}

func (i *testINPS) LogIn(_ context.Context, _ smartcard.Identity, _ upstream.Signer, actor string) (upstream.Token, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.logIns++
	i.actor = actor
	return upstream.Token{}, nil
}

// asked is how often somebody was to be logged in.
func (i *testINPS) asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.logIns
}

func (i *testINPS) Revoke(context.Context, upstream.Token) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.revoked++
	return nil
}

func (i *testINPS) Statement(ctx context.Context, _ upstream.Token, _ string) (upstream.Statement, error) {
	i.statements++
	if i.refuse {
		return upstream.Statement{}, &outbox.RefusedError{Status: 401, Reason: "token"}
	}
	if i.slow {
		<-ctx.Done()
		i.cutOff = true
		return upstream.Statement{}, outbox.ErrNoLine
	}
	return upstream.Statement{}, nil
}

func (i *testINPS) Pack(r upstream.Record, _ smartcard.Identity, s upstream.Signer) (outbox.Parcel, error) {
	i.record = r
	digest := sha256.Sum256([]byte(r.ID))
	if _, err := s.Sign(digest[:]); err != nil {
		return outbox.Parcel{}, err
	}
	p := outbox.Parcel{ID: r.ID, Class: outbox.Application, Deadline: r.Deadline}
	for _, a := range r.Attachments {
		p.Attachments = append(p.Attachments, a.Attachment)
	}
	return p, nil
}

// SealAttachment seals nothing: what was handed in can be read.
func (i *testINPS) SealAttachment(w io.Writer, r io.Reader) (outbox.Attachment, error) {
	page, err := io.ReadAll(r)
	i.pages = append(i.pages, page)
	n, _ := w.Write(page)
	return outbox.Attachment{ID: newID(), Size: int64(n)}, err
}

func (i *testINPS) Query(_ context.Context, _ upstream.Token, s *catalog.Service, q upstream.Question) (upstream.Answer, error) {
	i.question = q
	return upstream.Answer{AsOf: time.Now(), Facts: map[string]string{"importo": "12.00"}, Document: i.document}, nil
}

// Document writes the one document there is.
func (i *testINPS) Document(_ context.Context, _ upstream.Token, d upstream.Document, w io.Writer) error {
	if i.noDocument != nil {
		return i.noDocument
	}
	_, err := io.WriteString(w, "%PDF-"+d.ID)
	return err
}

func (i *testINPS) Delegations(context.Context, upstream.Token) ([]upstream.Delegation, error) {
	return i.delegations, i.silent
}

func (i *testINPS) PackRequest(r upstream.Record) (outbox.Parcel, error) {
	i.record = r
	return outbox.Parcel{ID: r.ID, Class: outbox.Application, CapturedAt: r.CapturedAt, Sealed: []byte("sealed")}, nil
}

func (i *testINPS) Sealing(time.Time) (upstream.SealingStatus, error) { return i.sealing, i.noKey }

// testOutbox keeps parcels in memory; hold delays the disk.
type testOutbox struct {
	tooMany error // codes were typed
	hold    chan struct{}
	stored  []outbox.Parcel
	entries []outbox.Entry
	left    bool     // the first attempt of everything has begun
	begins  int      // attempts of which no byte leaves, just before a withdrawal
	done    []string // what was asked of it, in words
	secrets [][]byte // as they were handed in
	number  string
	changed chan struct{}
	until   time.Time         // INPS has asked for time
	parts   map[string][]byte // attachments of which no submission is stored
	roomFor int               // attachments that the disk takes; 0: all

	attaching chan struct{} // until the disk takes a page
}

func (o *testOutbox) Attach(_ context.Context, seal func(io.Writer) (outbox.Attachment, error)) (outbox.Attachment, error) {
	if o.attaching != nil {
		<-o.attaching
	}
	var b bytes.Buffer
	a, err := seal(&b)
	if err != nil {
		return a, err
	}
	if o.roomFor > 0 && len(o.parts) == o.roomFor {
		return a, store.ErrFull
	}
	if o.parts == nil {
		o.parts = map[string][]byte{}
	}
	o.parts[a.ID] = b.Bytes()
	return a, nil
}

func (o *testOutbox) Discard(id string) error {
	if _, ok := o.parts[id]; !ok {
		return outbox.ErrNoAttachment
	}
	delete(o.parts, id)
	return nil
}

func (o *testOutbox) Put(_ context.Context, p outbox.Parcel) (outbox.Entry, error) {
	if o.hold != nil {
		<-o.hold
	}
	if o.left && p.Replaces != "" {
		return outbox.Entry{}, outbox.ErrTooLate
	}
	o.stored = append(o.stored, p)
	return outbox.Entry{ID: p.ID, Claim: "PUE-0421-TEST", State: outbox.Waiting}, nil
}

func (o *testOutbox) Await(ctx context.Context, _ string) (outbox.Entry, error) {
	<-ctx.Done()
	return outbox.Entry{}, ctx.Err()
}

func (o *testOutbox) ByOwner(outbox.Owner) []outbox.Entry { return o.entries }
func (o *testOutbox) OwnerOf(string) outbox.Owner         { return outbox.Owner{1} }
func (o *testOutbox) Counts() outbox.Counts               { return outbox.Counts{Waiting: len(o.entries)} }
func (o *testOutbox) Open(int) []outbox.Entry             { return o.entries }
func (o *testOutbox) ToDeliver(int) []outbox.Entry        { return nil }
func (o *testOutbox) Hurry(string)                        { o.done = append(o.done, "kick") }
func (o *testOutbox) AskedToWait(string) time.Time        { return o.until }
func (o *testOutbox) CanLeavePhone() bool                 { return len(o.secrets) > 0 }

func (o *testOutbox) Watch(context.Context) <-chan struct{} { return o.changed }

func (o *testOutbox) Find(what string) (outbox.Entry, bool) {
	for _, e := range o.entries {
		if e.ID == what || e.Claim == what {
			return e, true
		}
	}
	return outbox.Entry{}, false
}

func (o *testOutbox) Withdraw(_ context.Context, id string, _ outbox.Owner) error {
	if o.begins--; o.left || o.begins >= 0 {
		return outbox.ErrTooLate
	}
	o.done = append(o.done, "withdraw "+id)
	return nil
}

func (o *testOutbox) Close(_ context.Context, id, officer string) error {
	o.done = append(o.done, "close "+id+" "+officer)
	return nil
}

func (o *testOutbox) Retry(_ context.Context, id, officer string) error {
	o.done = append(o.done, "retry "+id+" "+officer)
	return nil
}

// A label opens with the card that it was sealed for.
func (o *testOutbox) StatusOf(_ context.Context, code string) (outbox.ClaimStatus, error) {
	if o.tooMany != nil {
		return outbox.ClaimStatus{}, o.tooMany
	}
	for _, e := range o.entries {
		if e.Claim == code {
			return outbox.ClaimStatus{State: e.State}, nil
		}
	}
	return outbox.ClaimStatus{}, outbox.ErrNoEntry
}

func (o *testOutbox) SealLabel(card [32]byte, id, text string) []byte {
	return append(card[:], text...)
}

func (o *testOutbox) OpenLabel(card [32]byte, e outbox.Entry) (string, bool) {
	text, ok := bytes.CutPrefix(e.Label, card[:])
	return string(text), ok && len(text) > 0
}

func (o *testOutbox) Enrol(_ context.Context, _ string, secret []byte) error {
	o.secrets = append(o.secrets, secret)
	return nil
}

func (o *testOutbox) LeavePhone(_ context.Context, _ string, _ outbox.Owner, phone string) error {
	o.number = phone
	return nil
}

func (o *testOutbox) TakeBackPhone(context.Context, string, outbox.Owner) error {
	o.number = ""
	return nil
}

func (o *testOutbox) ShowPhone(_ context.Context, _, _ string, secret []byte) (string, error) {
	if o.number == "" || !bytes.Equal(secret, o.secrets[0]) {
		return "", outbox.ErrNoEntry
	}
	return o.number, nil
}

// testDisk is a store to which something happened, until an officer has read it.
type testDisk struct {
	hold     chan struct{} // until it answers
	full     error
	recovery *store.Recovery
	by       string
}

func (d *testDisk) Room() error {
	if d.hold != nil {
		<-d.hold
	}
	return d.full
}

func (d *testDisk) Recovery() (store.Recovery, bool) {
	if d.recovery == nil {
		return store.Recovery{}, false
	}
	return *d.recovery, true
}

func (d *testDisk) AcknowledgeRecovery(_ context.Context, officer string) error {
	d.recovery, d.by = nil, officer
	return nil
}

// testPaper prints everything at once.
type testPaper struct {
	mu      sync.Mutex
	orders  []Order
	jam     bool // nothing comes out until it is given up
	stopped []Kind
}

func (p *testPaper) Print(ctx context.Context, o Order, tell func(Progress)) (printer.Result, uint64) {
	tell(SendingPaper)
	tell(PrintingPaper)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orders = append(p.orders, o)
	if p.jam {
		<-ctx.Done()
		p.stopped = append(p.stopped, o.Kind)
		return printer.Result{Outcome: printer.Uncertain, Reason: "stopped"}, 0
	}
	return printer.Result{Outcome: printer.Printed}, 0
}

// testPapers is the record of papers, until an officer has spoken.
type testPapers struct {
	mu      sync.Mutex
	open    []paper.Job
	err     error
	by      []string
	cleared []uint64
	// handedOver are those of which an officer says that their citizen has them.
	handedOver []uint64
}

func (p *testPapers) Standing(context.Context) (paper.Standing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return paper.Standing{Open: slices.Clone(p.open)}, nil
}

func (p *testPapers) Dismiss(_ context.Context, job uint64, officer string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	p.by = append(p.by, officer)
	p.open = slices.DeleteFunc(p.open, func(j paper.Job) bool { return j.ID == job })
	return nil
}

func (p *testPapers) Clear(ctx context.Context, job uint64, officer string, handedOver bool) error {
	p.cleared = append(p.cleared, job)
	if handedOver {
		p.handedOver = append(p.handedOver, job)
	}
	return p.Dismiss(ctx, job, officer)
}

func (p *testPapers) Report(_ context.Context, kind Kind, language string) printer.Document {
	return printer.Document{Blocks: []printer.Block{printer.Heading{Text: string(kind)}, printer.Row{Label: "language", Value: language}}}
}

// testAudit takes a while for the first line, as a disk may.
type testAudit struct {
	mu    sync.Mutex
	slow  bool
	lines []audit.Name
}

func (a *testAudit) Record(_ context.Context, e audit.Event) error {
	if a.slow && e.Name == audit.SessionStarted {
		time.Sleep(time.Second)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines = append(a.lines, e.Name)
	return nil
}
