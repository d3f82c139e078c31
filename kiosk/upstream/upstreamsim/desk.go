package upstreamsim

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	nonceLife = 120 * time.Second
	tokenLife = 15 * time.Minute
)

// grant is what a token stands for. The token itself is opaque: nothing of the
// citizen is in it, and what RFC 8705 §3.1 writes into cnf is kept here.
type grant struct {
	subject string
	actor   string
	device  [sha256.Size]byte
	until   time.Time
}

// desk remembers what was handed out and what was used up, in memory: log-ins
// do not outlive a restart of INPS.
type desk struct {
	mu     sync.Mutex
	nonces map[string]issued
	used   map[string]time.Time // jti, until when it must be remembered
	grants map[string]grant
}

type issued struct {
	device [sha256.Size]byte
	until  time.Time
}

func newDesk() *desk {
	return &desk{nonces: map[string]issued{}, used: map[string]time.Time{}, grants: map[string]grant{}}
}

func (d *desk) newNonce(device [sha256.Size]byte, now time.Time) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	nonce := rand.Text()
	d.nonces[nonce] = issued{device, now.Add(nonceLife)}
	return nonce
}

// useNonce takes a nonce out, and reports whether it was this device's and
// still good. Every nonce is good for one answer, right or wrong.
func (d *desk) useNonce(nonce string, device [sha256.Size]byte, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, ok := d.nonces[nonce]
	delete(d.nonces, nonce)
	return ok && n.device == device && now.Before(n.until)
}

// useJTI reports whether the id of an assertion is new (RFC 7523 §3, item 7).
func (d *desk) useJTI(jti string, until time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, seen := d.used[jti]
	d.used[jti] = until
	return !seen
}

func (d *desk) newToken(g grant) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	token := rand.Text() + rand.Text()
	d.grants[token] = g
	return token
}

// holder returns the grant of a token that this device may use now.
func (d *desk) holder(token string, device [sha256.Size]byte, now time.Time) (grant, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, ok := d.grants[token]
	return g, ok && g.device == device && now.Before(g.until)
}

// revoke forgets a token, if the device that asks is the one it is bound to.
func (d *desk) revoke(token string, device [sha256.Size]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.grants[token].device == device {
		delete(d.grants, token)
	}
}

func (d *desk) sweep(now time.Time) {
	for k, n := range d.nonces {
		if now.After(n.until) {
			delete(d.nonces, k)
		}
	}
	for k, until := range d.used {
		if now.After(until) {
			delete(d.used, k)
		}
	}
	for k, g := range d.grants {
		if now.After(g.until) {
			delete(d.grants, k)
		}
	}
}
