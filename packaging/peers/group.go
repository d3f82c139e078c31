package peers

// group lets one goroutine do the work of all who wait, in one go and without a
// timer: whoever comes while it is at work goes into the next turn. It is the
// simplest group commit there is.
type group[T any] struct {
	calls chan groupCall[T]
	ended chan struct{}
}

type groupCall[T any] struct {
	item T
	done chan error
}

func newGroup[T any](work func([]T) error) *group[T] {
	g := &group[T]{make(chan groupCall[T]), make(chan struct{})}
	go func() {
		defer close(g.ended)
		for c := range g.calls {
			calls, items := []groupCall[T]{c}, []T{c.item}
			for more := true; more; {
				select {
				case c, more = <-g.calls:
					if more {
						calls, items = append(calls, c), append(items, c.item)
					}
				default:
					more = false
				}
			}
			err := work(items)
			for _, c := range calls {
				c.done <- err
			}
		}
	}()
	return g
}

func (g *group[T]) do(item T) error {
	c := groupCall[T]{item, make(chan error, 1)}
	g.calls <- c
	return <-c.done
}

func (g *group[T]) close() {
	close(g.calls)
	<-g.ended
}
