package kiosk

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"pue/devices/smartcard/trust"
	"pue/kiosk/config"
)

// ErrNoAnchors: no card could be believed, so that the terminal would turn
// everybody away.
var ErrNoAnchors = errors.New("no certificate of an authority is in the folder, and without one no card is believed")

// anchorNotice is how long before the end of an authority a technician hears of
// it: new anchors take a visit, or a bundle.
const anchorNotice = 90 * 24 * time.Hour

// openAnchors reads whom the terminal believes. Without the issuers of document
// signers it believes no CIE, and a terminal for CNS alone is a good terminal.
func openAnchors(c config.Cards, log *slog.Logger, now time.Time) (*trust.Anchors, error) {
	anchors, err := trust.ReadAnchors(c.Anchors)
	if err != nil {
		return nil, fmt.Errorf("cards.anchors: %w", err)
	}
	if c.DocumentAnchors != "" {
		if err := anchors.ReadDocumentAnchors(c.DocumentAnchors); err != nil {
			return nil, fmt.Errorf("cards.document_anchors: %w", err)
		}
	}
	forCards, forDocuments := anchors.Len()
	if forCards == 0 {
		return nil, fmt.Errorf("cards.anchors: %s: %w", c.Anchors, ErrNoAnchors)
	}
	if forDocuments == 0 {
		log.Warn("no CIE is believed: there are no document anchors")
	}
	warnOfEnds(anchors, log, now)
	return anchors, nil
}

// warnOfEnds says which authorities end soon, or have ended. Nothing is said
// while no clock can be trusted.
func warnOfEnds(anchors *trust.Anchors, log *slog.Logger, now time.Time) {
	if now.IsZero() {
		return
	}
	for _, a := range anchors.All() {
		if end := a.Certificate.NotAfter; end.Before(now.Add(anchorNotice)) {
			log.Warn("a trust anchor ends soon or has ended", "subject", a.Certificate.Subject.String(), "role", string(a.Role), "until", end)
		}
	}
}

// openRevocations prepares to ask whether cards were taken back. A citizen's
// card is asked about at once; the lists that everybody needs wait until the
// line may carry what can wait.
func (k *Kiosk) openRevocations() (*trust.Revocations, error) {
	c := k.o.Config
	r, err := trust.OpenRevocations(trust.RevocationOptions{
		Anchors: k.anchors, Folder: filepath.Join(c.Data.Directory, "revocation"), Mode: trust.Mode(c.Cards.Revocation),
		Client: trust.Client(k.dial, trust.Public), Now: clock, Wait: k.budget.Wait, Log: k.o.Log.With("device", "line"),
	})
	if err != nil {
		return nil, fmt.Errorf("cards.revocation: %w", err)
	}
	return r, nil
}
