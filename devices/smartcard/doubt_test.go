package smartcard

import (
	"crypto/x509"
	"testing"
	"time"
)

func TestWhatEndedBeforeTheTerminalWasMadeHasEndedByAnyClock(t *testing.T) {
	past := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	ends := func(at time.Time) *x509.Certificate { return &x509.Certificate{NotAfter: at} }
	for name, c := range map[string]struct {
		certificate *x509.Certificate
		chain, want Chain
	}{
		"ended before, by the clock too": {ends(past.Add(-time.Second)), ChainExpired, ChainExpired},
		"ended before, by no clock":      {ends(past.Add(-time.Second)), ChainUnchecked, ChainExpired},
		"ends that very moment":          {ends(past), ChainExpired, ChainUnchecked},
		"ends later":                     {ends(past.Add(time.Second)), ChainExpired, ChainUnchecked},
		"ends later, by no clock":        {ends(past.Add(time.Second)), ChainUnchecked, ChainUnchecked},
		"good":                           {ends(past.Add(time.Second)), ChainOK, ChainOK},
		"ended, and of nobody":           {ends(past.Add(-time.Second)), ChainUntrusted, ChainUntrusted},
		"ended, and taken back":          {ends(past.Add(-time.Second)), ChainRevoked, ChainRevoked},
		"not known before the PIN":       {nil, ChainUnchecked, ChainUnchecked},
		"its signer out of time":         {nil, ChainExpired, ChainUnchecked},
	} {
		id := Identity{Certificate: c.certificate, Chain: c.chain}
		if got := id.ChainInDoubt(past); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
