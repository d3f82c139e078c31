package upstreamsim

import (
	"context"
	"crypto/x509"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// route is one operation of the contract. Its pattern is written as in
// openapi.yaml.
type route struct {
	method, path string
	serve        func(*Server, http.ResponseWriter, *http.Request)
}

// routes is the whole contract.
var routes = []route{
	{"GET", "/status", (*Server).status},
	{"POST", "/auth/challenge", (*Server).challenge},
	{"POST", "/auth/token", (*Server).token},
	{"POST", "/auth/revoke", (*Server).revoke},
	{"POST", "/statement", (*Server).statement},
	{"POST", "/services/{service}/query", (*Server).query},
	{"GET", "/documents/{document}", (*Server).document},
	{"GET", "/delegations", (*Server).delegations},
	{"GET", "/catalogue", (*Server).catalogue},
	{"GET", "/slots", (*Server).slots},
	{"POST", "/consultations", (*Server).queueUp},
	{"GET", "/consultations/{ticket}", (*Server).ticket},
	{"DELETE", "/consultations/{ticket}", (*Server).leaveQueue},
	{"POST", "/applications", (*Server).submit},
	{"GET", "/applications/{id}", (*Server).inquire},
	{"GET", "/applications/{id}/confirmation", (*Server).confirmation},
	{"GET", "/applications/{id}/attachments/{aid}", (*Server).chunksThere},
	{"PUT", "/applications/{id}/attachments/{aid}/chunks/{n}", (*Server).takeChunk},
}

// ofNobody are the operations that concern no citizen: they need no evidence of
// who used the terminal.
var ofNobody = map[string]bool{"/status": true, "/auth/challenge": true, "/catalogue": true, "/slots": true}

// ofAnyAuthority are the operations of every side that submissions go to.
func ofAnyAuthority(path string) bool {
	return path == "/status" || strings.HasPrefix(path, "/applications")
}

func (s *Server) router() http.Handler {
	mux := http.NewServeMux()
	allowed := map[string][]string{}
	for _, r := range routes {
		if s.side == comune && !ofAnyAuthority(r.path) {
			continue
		}
		name := r.method + " " + r.path
		mux.HandleFunc(name, func(w http.ResponseWriter, req *http.Request) {
			s.count(name)
			if !ofNobody[r.path] {
				if no := s.tracked(req, s.now()); no != nil {
					refuse(w, http.StatusUnauthorized, no.key, no.detail)
					return
				}
			}
			r.serve(s, w, req)
		})
		allowed[r.path] = append(allowed[r.path], r.method)
	}
	for path, methods := range allowed {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			refuse(w, http.StatusMethodNotAllowed, "method", "the operation has another method")
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "no-such-path", "there is no such operation")
	})
	return mux
}

func (s *Server) count(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[name]++
}

// gate is what every request passes: no caching (nothing here is public), a
// device certificate, an INPS that has time for this terminal, and signatures of
// the terminal for who asks and for what. Every answer that gets out is signed.
func (s *Server) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &signedReply{ResponseWriter: w}
		out.Header().Set("Cache-Control", "no-store")
		if who, ok := s.letIn(out, r); ok {
			next.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), askerKey{}, who)))
		}
		s.send(out, r, s.now())
	})
}

// letIn says who asks if the request may go on, or answers it.
func (s *Server) letIn(w http.ResponseWriter, r *http.Request) (asker, bool) {
	known := r.TLS != nil && len(r.TLS.VerifiedChains) > 0
	terminal := ""
	if known {
		terminal = terminalOf(r)
	}
	s.tellQuota(w, terminal, time.Now())
	if !known {
		refuse(w, http.StatusUnauthorized, "terminal-certificate", "a device certificate is required")
		return asker{}, false
	}
	if after := s.busyFor(); after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(after.Seconds()))))
		refuse(w, http.StatusServiceUnavailable, "busy", "come back later")
		return asker{}, false
	}
	if wait := time.Until(s.quotaEnds()); wait > 0 {
		w.Header().Set("Retry-After", s.quotaEnds().Add(time.Second).UTC().Format(http.TimeFormat)) // rounded up
		w.Header().Set("X-RateLimit-Limit", "60")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", strconv.Itoa(int(wait.Seconds())+1))
		refuse(w, http.StatusTooManyRequests, "quota", "the quota of this terminal is used up")
		return asker{}, false
	}
	now := s.now()
	status := http.StatusUnauthorized
	who, no := s.identified(r, now)
	if no == nil {
		status, no = s.intact(who, r, now)
	}
	if no != nil {
		s.log.Info("request refused", "terminal", terminalOf(r), "path", r.URL.Path, "reason", no.key, "detail", no.detail)
		refuse(w, status, no.key, no.detail)
		return asker{}, false
	}
	return who, true
}

// device is the certificate the terminal showed; its common name is the
// terminal's id.
func device(r *http.Request) *x509.Certificate { return r.TLS.PeerCertificates[0] }

func terminalOf(r *http.Request) string { return device(r).Subject.CommonName }

func (s *Server) status(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]string{"status": "up"})
}
