package outbox

import "time"

// Counts is how many submissions stand where.
type Counts struct {
	Waiting   int       `json:"waiting"`
	Unknown   int       `json:"unknown"`
	Filed     int       `json:"filed"`
	Refused   int       `json:"refused"`
	Stuck     int       `json:"stuck"`
	ToDeliver int       `json:"to_deliver"`      // filed, the final receipt not handed out
	Alarms    int       `json:"alarms"`          // a person must look at them
	Oldest    time.Time `json:"oldest,omitzero"` // when the oldest was captured that is open
}

// Counts counts without touching the disk.
func (b *Outbox) Counts() Counts {
	var c Counts
	now := b.now()
	b.loadForAnswer()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.index.items {
		c.add(&b.index.items[i], now)
	}
	return c
}

func (c *Counts) add(it *item, now time.Time) {
	switch states[it.state] {
	case Waiting:
		c.Waiting++
	case Unknown:
		c.Unknown++
	case Filed:
		c.Filed++
		if it.flags&flagDelivered == 0 {
			c.ToDeliver++
		}
	case Refused:
		c.Refused++
	case Stuck:
		c.Stuck++
	}
	if it.alarm(now) != "" {
		c.Alarms++
	}
	if captured := fromMicro(it.captured); states[it.state].open() && (c.Oldest.IsZero() || captured.Before(c.Oldest)) {
		c.Oldest = captured
	}
}
