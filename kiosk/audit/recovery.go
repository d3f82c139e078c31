package audit

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// NoteRecovery writes down what was done to a damaged store, once, even when the
// power fails in between.
func (a *Audit) NoteRecovery(ctx context.Context) error {
	return a.st.NoteRecovery(ctx, func(tx *bolt.Tx, r store.Recovery) error {
		if err := a.Append(tx, Event{Name: StoreRecovered, Code: string(r.How), Number: r.Records}); err != nil {
			return err
		}
		for _, secret := range r.Secrets {
			if err := a.Append(tx, Event{Name: SecretRenewed, Code: secret}); err != nil {
				return err
			}
		}
		return nil
	})
}

// AcknowledgeRecovery ends the note of what was done to a damaged store, in one
// transaction with the line that says which officer has read it.
func (a *Audit) AcknowledgeRecovery(ctx context.Context, officer string) error {
	return a.st.AcknowledgeRecovery(ctx, func(tx *bolt.Tx) error {
		return a.Append(tx, Event{Name: RecoveryAcknowledged, Officer: officer})
	})
}
