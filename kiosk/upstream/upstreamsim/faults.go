package upstreamsim

import (
	"net"
	"time"
)

// SetLine cuts or restores the line. While it is down, connections end before
// TLS begins, and those there are end at once.
func (s *Server) SetLine(up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = !up
	if s.down {
		s.cut()
	}
}

func (s *Server) cut() {
	for c := range s.conns {
		c.Close()
	}
	clear(s.conns)
}

// SetBusy answers every request with 503 and this Retry-After; zero ends it.
func (s *Server) SetBusy(retryAfter time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = retryAfter
}

// SetQuota answers every request with 429 until the given time has passed, and
// says so as an HTTP date, the other form of Retry-After; zero ends it.
func (s *Server) SetQuota(exhaustedFor time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quota = time.Time{}
	if exhaustedFor > 0 {
		s.quota = time.Now().Add(exhaustedFor)
	}
}

// LoseAnswers lets the next n submissions be received and filed, and cuts the
// connection in place of the answer.
func (s *Server) LoseAnswers(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose = n
}

// SetFilingDelay is how long submissions received from now on stay "processing".
func (s *Server) SetFilingDelay(d time.Duration) { s.filing.setDelay(d) }

func (s *Server) quotaEnds() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.quota
}

func (s *Server) busyFor() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy
}

func (s *Server) answerIsLost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lose == 0 {
		return false
	}
	s.lose--
	return true
}

// admit notes a new connection, unless the line is down.
func (s *Server) admit(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down {
		s.conns[c] = struct{}{}
	}
	return !s.down
}

func (s *Server) forget(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// cuttable is a listener whose connections the server can cut.
type cuttable struct {
	net.Listener
	server *Server
}

func (l *cuttable) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.server.admit(raw) {
			return &tracked{raw, l.server}, nil
		}
		raw.Close()
	}
}

type tracked struct {
	net.Conn
	server *Server
}

func (c *tracked) Close() error {
	c.server.forget(c.Conn)
	return c.Conn.Close()
}
