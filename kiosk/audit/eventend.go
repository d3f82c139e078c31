package audit

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Ends is how each submission ended of which the record tells an end: filed,
// withdrawn or closed, by whichever event of the kind came last. What of the
// record cannot be read is passed over: after damage any witness is welcome.
func (a *Audit) Ends(ctx context.Context) (map[string]Name, error) {
	var ends map[string]Name
	err := a.st.View(ctx, func(tx *bolt.Tx) error {
		ends = map[string]Name{}
		for found := range table.All(tx) {
			if len(found.Value) < sha256.Size || found.Err != nil {
				continue
			}
			var e entry
			if json.Unmarshal(found.Value[sha256.Size:], &e) != nil {
				continue
			}
			switch e.Name {
			case SubmissionFiled, ConfirmationImported:
				ends[e.Submission] = SubmissionFiled
			case SubmissionWithdrawn, SubmissionClosed:
				ends[e.Submission] = e.Name
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("reading how submissions ended: %w", err)
	}
	return ends, nil
}
