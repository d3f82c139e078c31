package outbox

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"pue/kiosk/store"
)

// docket is the slip on a body or a proof: enough to know the submission by,
// even when its record in the table sub is lost, and what the record is too
// small for.
type docket struct {
	id         uuid
	owner      Owner
	class      byte
	state      byte
	size       int
	by         time.Time
	capturedAt time.Time
	settled    time.Time
	filedAt    time.Time // by INPS's clock
	digest     [32]byte
	keyID      string
	protocol   string
	label      []byte
	// attachments as far as they are needed to send them; on a body only.
	attachments []Attachment
	ownTime     bool // captured by a clock that nobody vouched for
}

// docketLen is the length of the fixed part: version, state, class, length of
// key id and of protocol (one byte each), length of the label, of the whole
// docket (two each), size, by in days (four each), captured, settled and filed in
// µs (eight each), id, owner, digest. Key id, protocol and label follow, then
// how many attachments there are (one byte) with id, length and digest of each,
// then one byte that is 1 when nobody vouched for the clock, then what a later
// version may add.
const docketLen = 5 + 2*2 + 2*4 + 3*8 + 2*16 + 32

// The longest that may stand on a docket, in bytes.
const (
	longestKeyID    = 64
	longestProtocol = 255
	longestLabel    = 1 << 10
)

// attachmentLen is what one attachment takes on a docket.
const attachmentLen = 16 + 4 + 32

// with is the docket on its payload, as it is stored.
func (d docket) with(payload []byte) []byte {
	length := docketLen + len(d.keyID) + len(d.protocol) + len(d.label) + 1 + attachmentLen*len(d.attachments) + 1
	value := make([]byte, 0, length+len(payload))
	value = append(value, recordVersion, d.state, d.class, byte(len(d.keyID)), byte(len(d.protocol)))
	value = binary.BigEndian.AppendUint16(value, uint16(len(d.label)))
	value = binary.BigEndian.AppendUint16(value, uint16(length))
	value = binary.BigEndian.AppendUint32(value, uint32(d.size))
	value = binary.BigEndian.AppendUint32(value, uint32(toDays(d.by)))
	value = binary.BigEndian.AppendUint64(value, uint64(toMicro(d.capturedAt)))
	value = binary.BigEndian.AppendUint64(value, uint64(toMicro(d.settled)))
	value = binary.BigEndian.AppendUint64(value, uint64(toMicro(d.filedAt)))
	value = append(value, d.id[:]...)
	value = append(value, d.owner[:]...)
	value = append(value, d.digest[:]...)
	value = append(value, d.keyID...)
	value = append(value, d.protocol...)
	value = append(value, d.label...)
	value = append(value, byte(len(d.attachments)))
	for _, a := range d.attachments {
		id, _ := parseID(a.ID) // Put has refused any other
		value = append(value, id[:]...)
		value = binary.BigEndian.AppendUint32(value, uint32(a.Sealed))
		value = append(value, a.Digest[:]...)
	}
	value = append(value, 0)
	if d.ownTime {
		value[length-1] = 1
	}
	return append(value, payload...)
}

// readDocket takes what with made apart. The payload is a part of value.
func readDocket(value []byte) (d docket, payload []byte, err error) {
	if len(value) < docketLen {
		return d, nil, fmt.Errorf("docket of %d bytes: %w", len(value), store.ErrDamaged)
	}
	d.state, d.class = value[1], value[2]
	keyLen, protocolLen := int(value[3]), int(value[4])
	n := numbers{value[5:]}
	labelLen, length := int(n.uint16()), int(n.uint16())
	if length < docketLen+keyLen+protocolLen+labelLen+1 || length > len(value) ||
		int(d.class) >= len(classes) || int(d.state) >= len(states) {
		return d, nil, fmt.Errorf("docket that does not fit itself: %w", store.ErrDamaged)
	}
	d.size = int(n.uint32())
	d.by = fromDays(int32(n.uint32()))
	d.capturedAt, d.settled, d.filedAt = fromMicro(int64(n.uint64())), fromMicro(int64(n.uint64())), fromMicro(int64(n.uint64()))
	d.id, d.owner = uuid(n.bytes(16)), Owner(n.bytes(16))
	d.digest = [32]byte(n.bytes(32))
	d.keyID, d.protocol = string(n.bytes(keyLen)), string(n.bytes(protocolLen))
	d.label = append([]byte(nil), n.bytes(labelLen)...)
	attachments := int(n.bytes(1)[0])
	if length < docketLen+keyLen+protocolLen+labelLen+1+attachmentLen*attachments {
		return d, nil, fmt.Errorf("docket of %d attachments that does not fit itself: %w", attachments, store.ErrDamaged)
	}
	for range attachments {
		d.attachments = append(d.attachments, Attachment{
			ID: uuid(n.bytes(16)).String(), Sealed: int64(n.uint32()), Digest: [32]byte(n.bytes(32)),
		})
	}
	d.ownTime = length > len(value)-len(n.rest) && n.rest[0] == 1
	return d, value[length:], nil
}

// record rebuilds what the table sub has lost. Nobody knows any more whether an
// attempt began, so what has a body must be asked about before it is sent.
func (d docket) record(seq uint64) record {
	r := record{id: d.id, settled: d.settled, version: recordVersion}
	r.Seq, r.ID, r.Owner, r.Class, r.Size = seq, d.id.String(), d.owner, classes[d.class], d.size
	r.CapturedAt, r.ClockTrusted, r.By, r.State = d.capturedAt, !d.ownTime, d.by, states[d.state]
	if r.State.open() {
		r.State, r.Attempts = Unknown, 1
	}
	return r
}

// docket is the slip that the submission's body or proof gets now.
func (r record) docket() docket {
	return docket{
		id: r.id, owner: r.Owner, size: r.Size, ownTime: !r.ClockTrusted, by: r.By, capturedAt: r.CapturedAt, settled: r.settled,
		class: byte(slices.Index(classes, r.Class)), state: byte(slices.Index(states, r.State)),
	}
}
