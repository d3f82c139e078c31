package outbox

import (
	"slices"
	"time"
)

// index is what is kept of all submissions in memory: enough to count them and
// to find one; the rest is read when somebody asks for it.
type index struct {
	items []item // by number
	byID  map[uuid]uint64
}

// item is one submission in the index. There may be a hundred thousand.
type item struct {
	seq      uint64
	id       uuid
	owner    Owner
	captured int64 // µs since 1970
	settled  int64 // the same
	by       int32 // days since 1970
	size     uint32
	attempts uint16
	state    uint8 // of states
	class    uint8 // of classes
	reason   uint8 // of reasons
	flags    uint8
	way      uint8 // of ways
}

func (r record) item() item {
	return item{
		seq: r.Seq, id: r.id, owner: r.Owner,
		captured: toMicro(r.CapturedAt), settled: toMicro(r.settled), by: toDays(r.By),
		size: uint32(r.Size), attempts: counter(r.Attempts),
		state: uint8(slices.Index(states, r.State)), class: uint8(slices.Index(classes, r.Class)),
		reason: reasonNumber(r.Reason), flags: r.flags(), way: r.way,
	}
}

func (it item) is(s State) bool { return states[it.state] == s }

func (it item) damaged() bool {
	return reasonOfNumber(it.reason) == ReasonDamaged
}

func (it item) alarm(now time.Time) Alarm {
	return alarm(states[it.state], it.damaged(), fromDays(it.by), now)
}

// entry is what the index knows of an entry: all but claim, next try, and what
// stands on the docket.
func (it item) entry() Entry {
	return Entry{
		Seq: it.seq, ID: it.id.String(), Class: classes[it.class], State: states[it.state],
		CapturedAt: fromMicro(it.captured), By: fromDays(it.by),
		Attempts: int(it.attempts), Size: int(it.size), Owner: it.owner,
		Delivered: it.flags&flagDelivered != 0, Phone: it.flags&flagPhone != 0,
		HandedOut: it.flags&flagHanded != 0, ClockTrusted: it.flags&flagOwnTime == 0, Reason: reasonOfNumber(it.reason),
	}
}

// get is the item of submission seq, nil when there is none.
func (x *index) get(seq uint64) *item {
	at, found := x.find(seq)
	if !found {
		return nil
	}
	return &x.items[at]
}

func (x *index) find(seq uint64) (at int, found bool) {
	if n := len(x.items); n == 0 || x.items[n-1].seq < seq { // what comes is mostly new
		return n, false
	}
	return slices.BinarySearchFunc(x.items, seq, func(it item, seq uint64) int {
		switch {
		case it.seq < seq:
			return -1
		case it.seq > seq:
			return 1
		}
		return 0
	})
}

// put takes an item in, or in place of the one with its number.
func (x *index) put(it item) {
	at, found := x.find(it.seq)
	if found {
		x.items[at] = it
		return
	}
	x.items = slices.Insert(x.items, at, it)
	x.byID[it.id] = it.seq
}

// drop forgets those with the given numbers, which are sorted.
func (x *index) drop(numbers []uint64) {
	x.items = slices.DeleteFunc(x.items, func(it item) bool {
		_, gone := slices.BinarySearch(numbers, it.seq)
		if gone {
			delete(x.byID, it.id)
		}
		return gone
	})
}
