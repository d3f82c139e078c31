package peers

import (
	"errors"
	"sync"
)

// share has so many workers do n pieces of work, and ends with the first error
// of each.
func share(n, workers int, do func(i int) error) error {
	workers = max(1, min(n, workers))
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < n && errs[w] == nil; i += workers {
				errs[w] = do(i)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
