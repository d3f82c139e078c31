package control

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
)

// FirstCard waits until a reader holds a card, and names the reader.
func FirstCard(ctx context.Context, readers smartcard.Readers, patience time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, seen := "", false
	err := readers.Watch(ctx, func(c smartcard.Change) {
		seen = seen || c.Slot != smartcard.NoReader
		if c.Slot == smartcard.CardIn && found == "" {
			found = c.Reader
			cancel()
		}
	})
	switch {
	case found != "":
		return found, nil
	case err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		return "", fmt.Errorf("looking for a card: %w", err)
	case !seen:
		return "", fmt.Errorf("no card reader: plug one in, and see that pcscd is running: %w", devices.ErrAbsent)
	}
	return "", fmt.Errorf("no card in any reader: put one in, chip first: %w", devices.ErrAbsent)
}
