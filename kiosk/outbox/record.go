package outbox

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"pue/kiosk/store"
)

// record is what the table sub says of a submission: what changes during its
// life, and what finding it needs. All else stands on its docket. Of the Entry
// it has what [docket] does not say, except Claim.
type record struct {
	Entry
	id      uuid
	spent   int       // sends and questions that ended without a word of INPS, since a person last looked
	doubt   bool      // of a stuck one: INPS may have it
	strayed bool      // its body came back from damage with nothing beside it: never sent
	settled time.Time // since when it is filed, withdrawn or closed, by the terminal's clock
	told    string    // the outcome of an attempt that the audit record tells of last
	wait    wait
	way     uint8 // of ways, in memory only; 0 also while it is not known
	mark    mark  // of the key it is sealed to

	version byte
	unread  []byte // what a later version has written behind what this one knows
}

// recordVersion is the layout below. A later one may only add behind it; what it
// added is kept by a program that does not know it.
const recordVersion = 1

// The layout, numbers big-endian: version, state, class, flags, reason, the
// outcome last told (one byte each); attempts, spent, mark (two bytes each); size,
// wait in ms, boot, due in s of that boot (four bytes each); by in days, captured
// and settled in µs, all since 1970; id; owner.
const recordLen = 6 + 3*2 + 4*4 + 4 + 2*8 + 2*16

// Flags of a record.
const (
	flagDelivered = 1 << iota
	flagPhone
	flagDoubt
	flagHanded
	flagStrayed
	flagOwnTime // captured by a clock that nobody vouched for
)

// The states by their number on disk, 0 is none.
var states = []State{"", Waiting, Unknown, Filed, Refused, Stuck, Withdrawn, Closed}

// The classes by their number on disk, 0 is none.
var classes = []Class{"", Application}

// The reasons by their number on disk; [ReasonNoKey] has one of its own.
var reasons = append([]string{
	"", ReasonNoLine, ReasonUnknown, ReasonBusy, ReasonPaused, ReasonProcessing, ReasonDamaged,
}, refusals...)

// noKey is the number of [ReasonNoKey], out of the way of refusals to come.
const noKey = 255

// reasonNumber is the number of a reason on disk.
func reasonNumber(reason string) byte {
	if reason == ReasonNoKey {
		return noKey
	}
	if n := slices.Index(reasons, reason); n >= 0 {
		return byte(n)
	}
	return byte(slices.Index(reasons, RefusedOther))
}

// reasonOfNumber is the reason of that number; one of a later version is another
// reason.
func reasonOfNumber(n byte) string {
	if n == noKey {
		return ReasonNoKey
	}
	if int(n) < len(reasons) {
		return reasons[n]
	}
	return RefusedOther
}

// encode is how r is stored.
func (r record) encode() []byte {
	value := make([]byte, 0, recordLen+len(r.unread))
	value = append(value, max(r.version, recordVersion), byte(slices.Index(states, r.State)), byte(slices.Index(classes, r.Class)),
		r.flags(), reasonNumber(r.Reason), reasonNumber(r.told))
	value = binary.BigEndian.AppendUint16(value, counter(r.Attempts))
	value = binary.BigEndian.AppendUint16(value, counter(r.spent))
	value = binary.BigEndian.AppendUint16(value, uint16(r.mark))
	value = binary.BigEndian.AppendUint32(value, uint32(r.Size))
	value = binary.BigEndian.AppendUint32(value, r.wait.ms)
	value = binary.BigEndian.AppendUint32(value, r.wait.boot)
	value = binary.BigEndian.AppendUint32(value, r.wait.due)
	value = binary.BigEndian.AppendUint32(value, uint32(toDays(r.By)))
	value = binary.BigEndian.AppendUint64(value, uint64(toMicro(r.CapturedAt)))
	value = binary.BigEndian.AppendUint64(value, uint64(toMicro(r.settled)))
	value = append(value, r.id[:]...)
	value = append(value, r.Owner[:]...)
	return append(value, r.unread...)
}

func (r record) flags() byte {
	var f byte
	for flag, on := range map[byte]bool{
		flagDelivered: r.Delivered, flagPhone: r.Phone, flagDoubt: r.doubt, flagHanded: r.HandedOut, flagStrayed: r.strayed, flagOwnTime: !r.ClockTrusted,
	} {
		if on {
			f |= flag
		}
	}
	return f
}

// decodeRecord reads what encode wrote, of submission seq.
func decodeRecord(seq uint64, value []byte) (record, error) {
	if len(value) < recordLen {
		return record{}, fmt.Errorf("record of %d bytes: %w", len(value), store.ErrDamaged)
	}
	r := record{version: value[0]}
	r.Seq = seq
	state, class, flags := value[1], value[2], value[3]
	r.Reason, r.told = reasonOfNumber(value[4]), reasonOfNumber(value[5])
	if int(state) >= len(states) || int(class) >= len(classes) {
		return record{}, fmt.Errorf("state %d, class %d: %w", state, class, store.ErrNewer)
	}
	r.State, r.Class = states[state], classes[class]
	r.Delivered, r.Phone, r.doubt = flags&flagDelivered != 0, flags&flagPhone != 0, flags&flagDoubt != 0
	r.HandedOut, r.strayed, r.ClockTrusted = flags&flagHanded != 0, flags&flagStrayed != 0, flags&flagOwnTime == 0
	n := numbers{value[6:]}
	r.Attempts, r.spent, r.mark = int(n.uint16()), int(n.uint16()), mark(n.uint16())
	r.Size = int(n.uint32())
	r.wait = wait{ms: n.uint32(), boot: n.uint32(), due: n.uint32()}
	r.By = fromDays(int32(n.uint32()))
	r.CapturedAt, r.settled = fromMicro(int64(n.uint64())), fromMicro(int64(n.uint64()))
	r.id, r.Owner = uuid(n.bytes(16)), Owner(n.bytes(16))
	r.unread = slices.Clone(n.rest)
	r.ID = r.id.String()
	return r, nil
}

// numbers reads big-endian numbers from rest, which must be long enough.
type numbers struct{ rest []byte }

func (n *numbers) bytes(k int) []byte {
	b := n.rest[:k]
	n.rest = n.rest[k:]
	return b
}

func (n *numbers) uint16() uint16 { return binary.BigEndian.Uint16(n.bytes(2)) }
func (n *numbers) uint32() uint32 { return binary.BigEndian.Uint32(n.bytes(4)) }
func (n *numbers) uint64() uint64 { return binary.BigEndian.Uint64(n.bytes(8)) }

// counter is n as far as two bytes can count.
func counter(n int) uint16 { return uint16(min(max(n, 0), 1<<16-1)) }

// Times on disk count from 1970 in UTC, and 0 is no time.

func toMicro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

const day = 24 * time.Hour

func toDays(t time.Time) int32 {
	if t.IsZero() {
		return 0
	}
	days := t.Unix() / int64(day/time.Second)
	return int32(min(max(days, -1<<31), 1<<31-1))
}

func fromDays(n int32) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n)*int64(day/time.Second), 0).UTC()
}

// lastDay is the day of t at its beginning, as a day is kept.
func lastDay(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
