package session

import "sync"

// requestID is the id of what somebody without a card asks for, fixed at the first
// confirmation: when the disk left it open whether it is stored, confirming once more
// must not make it two.
type requestID struct {
	mu    sync.Mutex
	visit uint64
	last  string
}

func (r *requestID) id(visit uint64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == "" || r.visit != visit {
		r.visit, r.last = visit, newID()
	}
	return r.last
}

// forget lets the next one of the same visit be another.
func (r *requestID) forget(visit uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.visit == visit {
		r.last = ""
	}
}
