package upstreamsim

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"time"
)

// requestType is what a terminal signs for somebody who showed no card.
const requestType = "pue-request+jws"

// isRequest looks at the type only; nothing is believed yet.
func isRequest(compact []byte) bool {
	var header struct {
		Typ string `json:"typ"`
	}
	first, _, _ := bytes.Cut(compact, []byte("."))
	raw, err := b64.AppendDecode(nil, first)
	return err == nil && json.Unmarshal(raw, &header) == nil && header.Typ == requestType
}

// openRequest reads a booking that nobody showed a card for: the terminal vouches
// for where and when, nobody for who.
func (s *Server) openRequest(e envelope, jws []byte, now time.Time) (record, *refusal) {
	payload, chain, err := openDeviceJWS(jws, requestType)
	if err != nil {
		return record{}, &refusal{"signature", err.Error()}
	}
	if !s.isTerminal(chain, e.terminal, now) {
		return record{}, &refusal{"signature", "not signed by the terminal that sends it"}
	}
	rec, err := s.readRecord(payload)
	switch {
	case err != nil:
		return record{}, &refusal{"schema", err.Error()}
	case rec.Subject != "":
		return record{}, &refusal{"subject", "a subject whose card did not sign"}
	case rec.clockKept() && rec.CapturedAt.After(now.Add(clockSkew)):
		return record{}, &refusal{"schema", "captured in the future"}
	case !rec.belongsIn(e):
		return record{}, &refusal{"envelope", "inside and outside of the seal differ"}
	}
	return rec, nil
}

// isTerminal reports whether a chain is that of the named terminal.
func (s *Server) isTerminal(chain []*x509.Certificate, terminal string, now time.Time) bool {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: s.keys.terminals, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err == nil && chain[0].Subject.CommonName == terminal
}
