package session

import "sync"

// pinBuffer is the only place where digits of a PIN wait. They are wiped when
// taken, dropped, or no longer wanted.
type pinBuffer struct {
	mu     sync.Mutex
	digits [pinMax]byte
	n      int
}

func (b *pinBuffer) keep(d byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n < len(b.digits) {
		b.digits[b.n] = d
		b.n++
	}
}

func (b *pinBuffer) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n > 0 {
		b.n--
		b.digits[b.n] = 0
	}
}

func (b *pinBuffer) wipe() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.digits[:])
	b.n = 0
}

// take moves the digits out; the caller clears what it got.
func (b *pinBuffer) take() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	pin := make([]byte, b.n)
	copy(pin, b.digits[:])
	clear(b.digits[:])
	b.n = 0
	return pin
}
