package audit

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// AcknowledgeRecovery ends the note of what was done to a damaged store, in one
// transaction with the line that says which officer has read it.
func (a *Audit) AcknowledgeRecovery(ctx context.Context, officer string) error {
	return a.st.AcknowledgeRecovery(ctx, func(tx *bolt.Tx) error {
		return a.Append(tx, Event{Name: RecoveryAcknowledged, Officer: officer})
	})
}
