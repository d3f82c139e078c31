package session

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"slices"
	"sync"
	"time"

	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/upstream"
)

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

func (c *testCard) Close() error { c.verified, c.closed = false, true; return nil }

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
