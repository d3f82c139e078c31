package store

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// Alive reads once, and fails when the store can no longer read or write.
func (s *Store) Alive(ctx context.Context) error {
	select {
	case <-s.failed:
		return s.failure
	default:
	}
	return s.View(ctx, func(*bolt.Tx) error { return nil })
}
