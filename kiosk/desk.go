package kiosk

import (
	"context"
	"io"

	"pue/kiosk/config"
	"pue/kiosk/control"
	"pue/kiosk/outbox"
)

// desk is the queue in the hands of a technician: the outbox, and the words of
// terminal and INPS that carrying by hand needs.
type desk struct {
	*outbox.Outbox
	inps *line
}

// Queue implements control.Terminal.
func (k *Kiosk) Queue() control.Queue { return desk{k.outbox, k.inps} }

// Export writes a bundle that the terminal has signed.
func (d desk) Export(ctx context.Context, w io.Writer) (outbox.Exported, error) {
	return d.Outbox.Export(ctx, w, d.inps.SignManifest)
}

// ReadConfirmation believes what INPS has signed.
func (d desk) ReadConfirmation(compact []byte) (outbox.Confirmation, error) {
	return d.inps.ReadConfirmation(compact)
}

// pseudonyms are how officers are called wherever something is kept.
func pseudonyms(officers []config.Officer) []string {
	var names []string
	for _, o := range officers {
		names = append(names, o.Pseudonym)
	}
	return names
}
