// Package ippsim is an A4 printer of the network that is made of code: the part of the
// Internet Printing Protocol (RFC 8010, RFC 8011) that a client needs to print one PDF,
// and the troubles of trays. It is written from the standard and shares nothing with
// the client in devices/printer.
//
// It keeps what it printed in memory, for tests and for the dock page.
package ippsim

import (
	"encoding/binary"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Printer answers IPP requests. The zero value is ready: paper in the tray, one second
// for a document.
type Printer struct {
	// Pace is how long a document takes once there is paper. 0 stands for a second,
	// and less than 0 for no time.
	Pace time.Duration

	mu      sync.Mutex
	reasons []string
	broken  bool // gives up every job
	last    int32
	jobs    map[int32]*job
	printed [][]byte
}

// job is one document at the printer.
type job struct {
	owner   string
	pdf     []byte
	state   int32
	started time.Time
}

// States of a job (RFC 8011 §5.3.7).
const (
	processing = 5
	waiting    = 6 // processing-stopped
	canceled   = 7
	aborted    = 8
	completed  = 9
)

// Trouble has the printer say why it does not print, in the words of RFC 8011
// §5.4.12: "media-empty-error". Without reasons it prints again.
func (p *Printer) Trouble(reasons ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance()
	p.reasons = reasons
	for _, j := range p.jobs {
		if j.state == waiting && len(reasons) == 0 {
			j.state, j.started = processing, time.Now()
		}
	}
	p.advance()
}

// SetPace changes how long a document takes.
func (p *Printer) SetPace(pace time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Pace = pace
}

// Break has the printer give up every document, or no longer.
func (p *Printer) Break(broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = broken
}

// Printed are the documents that came out, oldest first.
func (p *Printer) Printed() [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance()
	return slices.Clone(p.printed)
}

// Waiting is how many documents have neither come out nor been given up.
func (p *Printer) Waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance()
	n := 0
	for _, j := range p.jobs {
		if j.state < canceled {
			n++
		}
	}
	return n
}

// advance moves every job to where time and tray have brought it.
func (p *Printer) advance() {
	pace := max(p.Pace, 0)
	if p.Pace == 0 {
		pace = time.Second
	}
	for id := int32(1); id <= p.last; id++ {
		j := p.jobs[id]
		switch {
		case j.state >= canceled:
		case p.broken:
			j.state, j.pdf = aborted, nil
		case len(p.reasons) > 0:
			j.state = waiting
		case j.state == processing && time.Since(j.started) >= pace:
			j.state = completed
			p.printed, j.pdf = append(p.printed, j.pdf), nil
		}
	}
}

// mostBytes is the longest document that is taken.
const mostBytes = 64 << 20

// ServeHTTP implements http.Handler (RFC 8010 §4).
func (p *Printer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/ipp" {
		http.Error(w, "this is a printer", http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBytes))
	if err != nil {
		return // the client is gone, or will not stop
	}
	q, ok := readRequest(body)
	if !ok {
		http.Error(w, "no request in IPP", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/ipp")
	_, _ = w.Write(p.answer(q))
}

// Status codes (RFC 8011 §B.1).
const (
	good           = 0x0000
	notPossible    = 0x0404
	notFound       = 0x0406
	formatUnknown  = 0x040A
	noSuchRequest  = 0x0501
	versionUnknown = 0x0503
)

func (p *Printer) answer(q request) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance()
	if q.version>>8 != 1 && q.version>>8 != 2 {
		return q.reply(versionUnknown).bytes()
	}
	switch q.operation {
	case 0x0002:
		return p.take(q)
	case 0x0008:
		return p.cancel(q)
	case 0x0009:
		id, j := p.job(q)
		if j == nil {
			return q.reply(notFound).bytes()
		}
		return q.reply(good).job(id, j).bytes()
	case 0x000A:
		a := q.reply(good)
		for id := int32(1); id <= p.last; id++ {
			if j := p.jobs[id]; j.state < canceled && (!q.mine || j.owner == q.user) {
				a.job(id, j)
			}
		}
		return a.bytes()
	case 0x000B:
		return p.describe(q.reply(good)).bytes()
	}
	return q.reply(noSuchRequest).bytes()
}

// take begins a job.
func (p *Printer) take(q request) []byte {
	if q.format != "application/pdf" && q.format != "" {
		return q.reply(formatUnknown).bytes()
	}
	if p.jobs == nil {
		p.jobs = map[int32]*job{}
	}
	p.last++
	j := &job{owner: q.user, pdf: q.document, state: processing, started: time.Now()}
	p.jobs[p.last] = j
	p.advance()
	return q.reply(good).job(p.last, j).bytes()
}

func (p *Printer) cancel(q request) []byte {
	_, j := p.job(q)
	switch {
	case j == nil:
		return q.reply(notFound).bytes()
	case j.state >= canceled:
		return q.reply(notPossible).bytes()
	}
	j.state, j.pdf = canceled, nil
	return q.reply(good).bytes()
}

func (p *Printer) job(q request) (int32, *job) { return q.job, p.jobs[q.job] }

func (p *Printer) describe(a *reply) *reply {
	state := int32(3) // idle
	for _, j := range p.jobs {
		if j.state == processing {
			state = 4
		}
	}
	reasons := p.reasons
	if len(reasons) == 0 {
		reasons = []string{"none"}
	} else {
		state = 5 // stopped
	}
	a.group(0x04)
	a.value(0x23, "printer-state", binary.BigEndian.AppendUint32(nil, uint32(state)))
	for i, r := range reasons {
		a.value(0x44, firstOnly("printer-state-reasons", i), []byte(r))
	}
	a.value(0x22, "printer-is-accepting-jobs", []byte{1})
	a.value(0x49, "document-format-supported", []byte("application/pdf"))
	return a
}

// firstOnly is the name of an attribute, which its further values do not repeat.
func firstOnly(name string, i int) string {
	if i > 0 {
		return ""
	}
	return name
}
