package upstreamsim

import (
	"cmp"
	"crypto/ecdsa"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	stateProcessing = "processing"
	stateFiled      = "filed"
	stateRefused    = "refused"
)

// Filed is a submission that INPS has under a protocol number.
type Filed struct {
	ID       string    `json:"id"`
	Protocol string    `json:"protocol"`
	FiledAt  time.Time `json:"filed_at"`
	Digest   string    `json:"digest"` // hex SHA-256 of the sealed body
	Terminal string    `json:"terminal"`
	ISTAT    string    `json:"istat"` // of the municipality
	// Destination is the authority that the citizen confirmed it for.
	Destination string            `json:"destination"`
	Service     string            `json:"service"`
	Class       string            `json:"class"`   // of the service
	Subject     string            `json:"subject"` // empty: nobody showed a card
	OnBehalfOf  string            `json:"on_behalf_of,omitempty"`
	Actor       string            `json:"actor,omitempty"`
	CapturedAt  time.Time         `json:"captured_at"`
	Answers     map[string]string `json:"answers"`
	// Attachments are here in full, as the record names them.
	Attachments []Attachment `json:"attachments"`
}

// entry is one line of the ledger; the last one of an id counts.
type entry struct {
	Filed
	State        string    `json:"state"`
	Reason       string    `json:"reason,omitempty"` // why it was, or will be, refused
	Due          time.Time `json:"due"`              // when it is decided
	Number       int       `json:"number,omitempty"`
	Confirmation string    `json:"confirmation,omitempty"` // compact JWS, the same bytes for every reader
}

// ledger knows every submission received. Nothing is answered before it is
// written down.
type ledger struct {
	protocol func(day time.Time, n int) string
	signer   *ecdsa.PrivateKey

	mu      sync.Mutex
	delay   time.Duration
	entries map[string]entry
	filings map[string]int // protocol numbers given, by id
	number  int
	book    *book // nil: in memory only
}

// inpsNumber writes protocol numbers as an office of INPS does.
func inpsNumber(office string) func(time.Time, int) string {
	return func(day time.Time, n int) string {
		return fmt.Sprintf("INPS.%s.%s.%07d", office, day.In(rome).Format("02/01/2006"), n)
	}
}

// comuneNumber writes protocol numbers as a municipality does (D.P.R. 445/2000, art.
// 57: at least seven digits, anew each year; here they go on).
func comuneNumber(day time.Time, n int) string {
	return fmt.Sprintf("Prot. %d/%07d", day.In(rome).Year(), n)
}

func openLedger(folder string, protocol func(time.Time, int) string, signer *ecdsa.PrivateKey) (*ledger, error) {
	l := &ledger{protocol: protocol, signer: signer, entries: map[string]entry{}, filings: map[string]int{}}
	if folder == "" {
		return l, nil
	}
	b, lines, err := openBook(folder)
	if err != nil {
		return nil, err
	}
	l.book = b
	for _, e := range lines {
		if e.State == stateFiled {
			l.filings[e.ID]++
		}
		l.entries[e.ID] = e
		l.number = max(l.number, e.Number)
	}
	return l, nil
}

func (l *ledger) setDelay(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = d
}

// has reports whether the id was received before, and as the same submission.
func (l *ledger) has(e envelope) (known, same bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old, known := l.entries[e.id]
	return known, known && old.same(e)
}

// received reports whether a submission of this id came from that terminal.
func (l *ledger) received(terminal, id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.entries[id]
	return known && e.Terminal == terminal
}

func (old entry) same(e envelope) bool { return old.Digest == e.digest() && old.Terminal == e.terminal }

// receive writes a new submission down; when it came twice at the same time,
// the first one stays.
func (l *ledger) receive(e envelope, r record, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old, known := l.entries[e.id]; known {
		if !old.same(e) {
			return fmt.Errorf("another body for %s arrived at the same time", e.id)
		}
		return nil
	}
	n := entry{
		Filed: Filed{
			ID: e.id, Digest: e.digest(), Terminal: e.terminal, ISTAT: r.ISTAT,
			Destination: r.Destination, Service: r.Service, Class: r.Class,
			Subject: r.Subject, OnBehalfOf: r.OnBehalfOf, Actor: r.Actor, CapturedAt: r.CapturedAt, Answers: r.Answers,
			Attachments: r.Attachments,
		},
		State: stateProcessing, Due: now.Add(l.delay),
	}
	if r.tooLate() {
		n.Reason = "other" // "late" would tell the terminal which services have a term
	}
	if l.delay == 0 {
		return l.decide(n, now)
	}
	return l.keep(n)
}

// decide files a submission under the next protocol number, or refuses it.
func (l *ledger) decide(e entry, now time.Time) error {
	if e.Reason != "" {
		e.State = stateRefused
		return l.keep(e)
	}
	e.State, e.FiledAt, e.Number = stateFiled, now.UTC().Truncate(time.Second), l.number+1
	e.Protocol = l.protocol(now, e.Number)
	confirmation, err := sealJWS("pue-confirmation+jws", map[string]any{
		"id": e.ID, "protocol": e.Protocol, "filed_at": e.FiledAt, "digest": e.Digest,
	}, l.signer)
	if err != nil {
		return fmt.Errorf("signing the confirmation: %w", err)
	}
	e.Confirmation = confirmation
	return l.keep(e)
}

func (l *ledger) keep(e entry) error {
	if l.book != nil {
		if err := l.book.write(e); err != nil {
			return fmt.Errorf("writing the ledger: %w", err)
		}
	}
	if e.State == stateFiled {
		l.filings[e.ID]++
	}
	l.entries[e.ID] = e
	l.number = max(l.number, e.Number)
	return nil
}

// filingsOf is how many protocol numbers a submission was given.
func (l *ledger) filingsOf(id string, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(now)
	return l.filings[id]
}

// settle decides what is due, the longest due first. What cannot be written
// down stays in processing.
func (l *ledger) settle(now time.Time) {
	var due []entry
	for _, e := range l.entries {
		if e.State == stateProcessing && !e.Due.After(now) {
			due = append(due, e)
		}
	}
	slices.SortFunc(due, func(a, b entry) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	for _, e := range due {
		if l.decide(e, now) != nil {
			return
		}
	}
}

func (l *ledger) find(id string, now time.Time) (entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(now)
	e, ok := l.entries[id]
	return e, ok
}

func (l *ledger) filed(now time.Time) []Filed {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(now)
	var all []entry
	for _, e := range l.entries {
		if e.State == stateFiled {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.Number, b.Number) })
	list := make([]Filed, len(all))
	for i, e := range all {
		list[i] = e.Filed
	}
	return list
}

func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.book == nil {
		return nil
	}
	return l.book.file.Close()
}
