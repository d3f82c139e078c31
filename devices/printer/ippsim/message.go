package ippsim

import (
	"bytes"
	"encoding/binary"
)

// request is what a client asked (RFC 8010 §3.1), as far as this printer listens.
type request struct {
	version, operation uint16
	id                 uint32
	user, format       string
	job                int32
	mine               bool
	document           []byte
}

// readRequest takes a request apart: attributes up to the tag that ends them (03h), and
// the document behind it.
func readRequest(b []byte) (q request, ok bool) {
	if len(b) < 9 {
		return q, false
	}
	q.version, q.operation = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	q.id = binary.BigEndian.Uint32(b[4:])
	in := bytes.NewReader(b[8:])
	for {
		tag, err := in.ReadByte()
		switch {
		case err != nil:
			return q, false
		case tag == 0x03:
			q.document = bytes.Clone(b[len(b)-in.Len():])
			return q, true
		case tag < 0x10:
			continue
		}
		name, okName := counted(in)
		value, okValue := counted(in)
		if !okName || !okValue {
			return q, false
		}
		q.hear(string(name), value)
	}
}

func (q *request) hear(name string, value []byte) {
	switch name {
	case "requesting-user-name":
		q.user = string(value)
	case "document-format":
		q.format = string(value)
	case "job-id":
		if len(value) == 4 {
			q.job = int32(binary.BigEndian.Uint32(value))
		}
	case "my-jobs":
		q.mine = bytes.Equal(value, []byte{1})
	}
}

// counted reads a length of two bytes, and what it counts.
func counted(in *bytes.Reader) ([]byte, bool) {
	hi, err := in.ReadByte()
	lo, err2 := in.ReadByte()
	n := int(hi)<<8 | int(lo)
	if err != nil || err2 != nil || n > in.Len() {
		return nil, false
	}
	field := make([]byte, n)
	_, _ = in.Read(field) // all of it is there
	return field, true
}

// reply is an answer while it is written.
type reply struct{ b bytes.Buffer }

func (q request) reply(status uint16) *reply {
	a := &reply{}
	_ = binary.Write(&a.b, binary.BigEndian, []uint16{q.version, status})
	_ = binary.Write(&a.b, binary.BigEndian, q.id)
	a.group(0x01)
	a.value(0x47, "attributes-charset", []byte("utf-8"))
	a.value(0x48, "attributes-natural-language", []byte("en"))
	return a
}

func (a *reply) group(tag byte) { a.b.WriteByte(tag) }

func (a *reply) value(tag byte, name string, v []byte) {
	a.b.WriteByte(tag)
	for _, field := range [][]byte{[]byte(name), v} {
		_ = binary.Write(&a.b, binary.BigEndian, uint16(len(field)))
		a.b.Write(field)
	}
}

func (a *reply) job(id int32, j *job) *reply {
	a.group(0x02)
	a.value(0x21, "job-id", binary.BigEndian.AppendUint32(nil, uint32(id)))
	a.value(0x23, "job-state", binary.BigEndian.AppendUint32(nil, uint32(j.state)))
	a.value(0x42, "job-originating-user-name", []byte(j.owner))
	return a
}

func (a *reply) bytes() []byte { return append(a.b.Bytes(), 0x03) }
