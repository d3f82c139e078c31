package outbox

import (
	"encoding/json"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// told is every event in the audit record.
func (k *terminal) told() (events []audit.Event) {
	k.t.Helper()
	err := k.st.View(k.t.Context(), func(tx *bolt.Tx) error {
		for r := range store.Table("audit").All(tx) {
			var e audit.Event
			if err := json.Unmarshal(r.Value[32:], &e); err != nil { // behind the SHA-256
				return err
			}
			events = append(events, e)
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return events
}

// tells counts the events of each name.
func (k *terminal) tells() map[audit.Name]int {
	k.t.Helper()
	n := map[audit.Name]int{}
	for _, e := range k.told() {
		n[e.Name]++
	}
	return n
}
