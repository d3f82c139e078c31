package kiosk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"pue/kiosk/config"
	"pue/kiosk/control"
	"pue/kiosk/outbox"
)

// desk is the queue in the hands of a technician: the outbox, and the words of
// terminal and INPS that carrying by hand needs.
type desk struct {
	*outbox.Outbox
	lines lines
}

// Queue implements control.Terminal.
func (k *Kiosk) Queue() control.Queue { return desk{k.outbox, k.lines} }

// Export writes a bundle for one destination, signed with the key by which that one
// knows this terminal.
func (d desk) Export(ctx context.Context, destination string, w io.Writer) (outbox.Exported, error) {
	l := d.lines.to(destination)
	if l == nil {
		return outbox.Exported{}, fmt.Errorf("%q: %w", destination, control.ErrNoDestination)
	}
	return d.Outbox.Export(ctx, destination, w, l.SignManifest)
}

// errNotItsWord: an authority has signed for what is sealed to another.
var errNotItsWord = errors.New("signed by another than the one it is sealed to")

// ReadConfirmation believes an authority for what is sealed to it.
func (d desk) ReadConfirmation(compact []byte) (outbox.Confirmation, error) {
	conf, signer, err := d.lines.readConfirmation(compact)
	if err != nil {
		return outbox.Confirmation{}, err
	}
	if e, ok := d.Find(conf.ID); ok && e.Destination != "" && e.Destination != signer.destination {
		return outbox.Confirmation{}, errNotItsWord
	}
	return conf, nil
}

// pseudonyms are how officers are called wherever something is kept.
func pseudonyms(officers []config.Officer) []string {
	var names []string
	for _, o := range officers {
		names = append(names, o.Pseudonym)
	}
	return names
}
