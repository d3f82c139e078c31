package upstreamsim

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

// waitingRoom is the queue of those who want to speak with an officer of INPS.
type waitingRoom struct {
	mu      sync.Mutex
	tickets []ticketHeld
}

// ticketHeld is one place in it.
type ticketHeld struct {
	id, subject string
	device      [sha256.Size]byte
	until       time.Time
}

const (
	minutesEach = 12 // that a consultation takes
	ticketLife  = 2 * time.Hour
)

// wireTicket is a place as the contract has it.
type wireTicket struct {
	ID    string `json:"id"`
	Place int    `json:"place"` // 1 is next
	Wait  int    `json:"wait"`  // expected, minutes
}

// queueUp gives a citizen one place; whoever has one keeps it.
func (s *Server) queueUp(w http.ResponseWriter, r *http.Request) {
	g, ok := s.bearer(w, r)
	if !ok {
		return
	}
	now := time.Now()
	q := &s.waiting
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sweep(now)
	at := q.find(func(t ticketHeld) bool { return t.subject == g.subject })
	if at < 0 {
		q.tickets = append(q.tickets, ticketHeld{
			id: rand.Text(), subject: g.subject, device: thumbprint(device(r)), until: now.Add(ticketLife),
		})
		at = len(q.tickets) - 1
	}
	w.Header().Set("Location", "/consultations/"+q.tickets[at].id)
	reply(w, http.StatusCreated, q.wire(at))
}

func (s *Server) ticket(w http.ResponseWriter, r *http.Request) {
	s.withTicket(w, r, func(at int) { reply(w, http.StatusOK, s.waiting.wire(at)) })
}

func (s *Server) leaveQueue(w http.ResponseWriter, r *http.Request) {
	s.withTicket(w, r, func(at int) {
		s.waiting.tickets = append(s.waiting.tickets[:at:at], s.waiting.tickets[at+1:]...)
		reply(w, http.StatusOK, struct{}{})
	})
}

// withTicket does something with this citizen's ticket of the id in the path, or
// answers 404.
func (s *Server) withTicket(w http.ResponseWriter, r *http.Request, do func(at int)) {
	g, ok := s.bearer(w, r)
	if !ok {
		return
	}
	q := &s.waiting
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sweep(time.Now())
	at := q.find(func(t ticketHeld) bool {
		return t.id == r.PathValue("ticket") && t.subject == g.subject && t.device == thumbprint(device(r))
	})
	if at < 0 {
		refuse(w, http.StatusNotFound, "not-known", "no ticket of this id, of this citizen at this terminal")
		return
	}
	do(at)
}

func (q *waitingRoom) find(is func(ticketHeld) bool) int {
	for i, t := range q.tickets {
		if is(t) {
			return i
		}
	}
	return -1
}

func (q *waitingRoom) sweep(now time.Time) {
	var left []ticketHeld
	for _, t := range q.tickets {
		if now.Before(t.until) {
			left = append(left, t)
		}
	}
	q.tickets = left
}

func (q *waitingRoom) wire(at int) wireTicket {
	return wireTicket{ID: q.tickets[at].id, Place: at + 1, Wait: at * minutesEach}
}
