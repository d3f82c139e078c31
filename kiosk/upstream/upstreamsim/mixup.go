package upstreamsim

import (
	"strings"
	"time"
)

// Faults of INPS's own, which it signs for like for everything.

// MixUpCitizens lets every personal answer be about somebody else.
func (s *Server) MixUpCitizens(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mixedUp = on
}

// someoneElse is whom an answer is about: the one who was asked about, or while
// citizens are mixed up another one.
func (s *Server) someoneElse(about string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mixedUp {
		return represented[0].code
	}
	return about
}

// The ways in which a confirmation can be wrong.
const (
	OtherID     = "id"     // of another submission
	OtherDigest = "digest" // of another body
	OtherForm   = "form"   // without a protocol number
)

// SpoilConfirmations lets every confirmation be wrong in that way, signed as the
// right one would be; empty ends it.
func (s *Server) SpoilConfirmations(how string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoiled = how
}

// confirmationOf is the confirmation of a submission, as it was made or spoiled.
func (s *Server) confirmationOf(e entry) (string, error) {
	s.mu.Lock()
	how := s.spoiled
	s.mu.Unlock()
	if how == "" {
		return e.Confirmation, nil
	}
	claims := map[string]any{"id": e.ID, "protocol": e.Protocol, "filed_at": e.FiledAt.Format(time.RFC3339), "digest": e.Digest}
	switch how {
	case OtherID:
		claims["id"] = "00000000-0000-4000-8000-000000000000"
	case OtherDigest:
		claims["digest"] = strings.Repeat("0", len(e.Digest))
	case OtherForm:
		delete(claims, "protocol")
	}
	return sealJWS("pue-confirmation+jws", claims, s.keys.confirmation)
}
