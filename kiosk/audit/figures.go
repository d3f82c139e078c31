package audit

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Figures is how often each thing was done since a moment, by the terminal's clock.
// What of the record cannot be read is passed over: [Audit.Verify] is who tells.
func (a *Audit) Figures(ctx context.Context, since time.Time) (map[Name]int, error) {
	var figures map[Name]int
	err := a.st.View(ctx, func(tx *bolt.Tx) error {
		figures = map[Name]int{}
		for found := range table.All(tx) {
			var e entry
			if len(found.Value) < sha256.Size || found.Err != nil || json.Unmarshal(found.Value[sha256.Size:], &e) != nil {
				continue
			}
			if !e.At.Before(since) {
				figures[e.Name]++
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("counting what was done: %w", err)
	}
	return figures, nil
}
