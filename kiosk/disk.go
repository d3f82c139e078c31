package kiosk

import (
	"context"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// disk tells the session how the store is doing.
type disk struct {
	*store.Store
	audit *audit.Audit
}

// AcknowledgeRecovery implements session.Disk.
func (d disk) AcknowledgeRecovery(ctx context.Context, officer string) error {
	return d.audit.AcknowledgeRecovery(ctx, officer)
}
