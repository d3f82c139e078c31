package upstreamsim

import (
	"errors"
	"slices"
	"time"
)

// cardReport is what the terminal found out about the card, which this side
// compares with what it sees itself.
type cardReport struct {
	Kind           string `json:"kind"`
	Chain          string `json:"chain"`
	DocumentSigner string `json:"document_signer"`
	Revocation     struct {
		State     string    `json:"state"`
		CheckedAt time.Time `json:"checked_at"`
		By        string    `json:"by"`
	} `json:"revocation"`
}

var verdicts = []string{"ok", "untrusted", "expired", "revoked", "unchecked"}

// checkIdentity wants the word and its reasons to agree: a terminal that says
// "verified" must have asked.
func (r record) checkIdentity() error {
	if r.Subject == "" || r.Card == nil {
		if r.Identity != "none" || r.Subject != "" || r.Card != nil {
			return errors.New("identity, subject and card do not fit together")
		}
		return nil
	}
	if err := r.Card.check(); err != nil {
		return err
	}
	want := "verified-locally"
	if r.Card.Chain == "ok" && r.Card.Revocation.State == "good" && r.clockKept() {
		want = "verified"
	}
	if r.Identity != want {
		return errors.New("identity is not what the report of the card amounts to")
	}
	return nil
}

func (c *cardReport) check() error {
	switch {
	case c.Kind != "cns" && c.Kind != "cie":
		return errors.New("card of no known kind")
	case !slices.Contains(verdicts, c.Chain):
		return errors.New("chain is no verdict")
	case (c.Kind == "cie") != (c.DocumentSigner != ""):
		return errors.New("document_signer belongs to a CIE, and to nothing else")
	case c.Kind == "cie" && !slices.Contains(verdicts, c.DocumentSigner):
		return errors.New("document_signer is no verdict")
	}
	known := !c.Revocation.CheckedAt.IsZero() && (c.Revocation.By == "ocsp" || c.Revocation.By == "crl")
	nothing := c.Revocation.CheckedAt.IsZero() && c.Revocation.By == ""
	switch c.Revocation.State {
	case "good":
		if known {
			return nil
		}
	case "unknown":
		if nothing {
			return nil
		}
	}
	return errors.New("revocation is not what a card can sign with")
}
