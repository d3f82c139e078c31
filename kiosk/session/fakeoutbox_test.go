package session

import (
	"bytes"
	"context"
	"io"
	"time"

	"pue/kiosk/outbox"
	"pue/kiosk/store"
)

// testOutbox keeps parcels in memory; hold delays the disk.
type testOutbox struct {
	tooMany error // codes were typed
	hold    chan struct{}
	stored  []outbox.Parcel
	entries []outbox.Entry
	left    bool     // the first attempt of everything has begun
	begins  int      // attempts of which no byte leaves, just before a withdrawal
	done    []string // what was asked of it, in words
	secrets [][]byte // as they were handed in
	number  string
	changed chan struct{}
	until   time.Time         // INPS has asked for time
	parts   map[string][]byte // attachments of which no submission is stored
	roomFor int               // attachments that the disk takes; 0: all

	attaching chan struct{} // until the disk takes a page
}

func (o *testOutbox) Attach(_ context.Context, seal func(io.Writer) (outbox.Attachment, error)) (outbox.Attachment, error) {
	if o.attaching != nil {
		<-o.attaching
	}
	var b bytes.Buffer
	a, err := seal(&b)
	if err != nil {
		return a, err
	}
	if o.roomFor > 0 && len(o.parts) == o.roomFor {
		return a, store.ErrFull
	}
	if o.parts == nil {
		o.parts = map[string][]byte{}
	}
	o.parts[a.ID] = b.Bytes()
	return a, nil
}

func (o *testOutbox) Discard(id string) error {
	if _, ok := o.parts[id]; !ok {
		return outbox.ErrNoAttachment
	}
	delete(o.parts, id)
	return nil
}

func (o *testOutbox) Put(_ context.Context, p outbox.Parcel) (outbox.Entry, error) {
	if o.hold != nil {
		<-o.hold
	}
	if o.left && p.Replaces != "" {
		return outbox.Entry{}, outbox.ErrTooLate
	}
	o.stored = append(o.stored, p)
	return outbox.Entry{ID: p.ID, Claim: "PUE-0421-TEST", State: outbox.Waiting}, nil
}

func (o *testOutbox) Await(ctx context.Context, _ string) (outbox.Entry, error) {
	<-ctx.Done()
	return outbox.Entry{}, ctx.Err()
}

func (o *testOutbox) ByOwner(outbox.Owner) []outbox.Entry { return o.entries }

func (o *testOutbox) OwnerOf(string) outbox.Owner { return outbox.Owner{1} }

func (o *testOutbox) Counts() outbox.Counts { return outbox.Counts{Waiting: len(o.entries)} }

func (o *testOutbox) Open(int) []outbox.Entry { return o.entries }

func (o *testOutbox) ToDeliver(int) []outbox.Entry { return nil }

func (o *testOutbox) Hurry(string) { o.done = append(o.done, "kick") }

func (o *testOutbox) AskedToWait(string) time.Time { return o.until }

func (o *testOutbox) CanLeavePhone() bool { return len(o.secrets) > 0 }

func (o *testOutbox) Watch(context.Context) <-chan struct{} { return o.changed }

func (o *testOutbox) Find(what string) (outbox.Entry, bool) {
	for _, e := range o.entries {
		if e.ID == what || e.Claim == what {
			return e, true
		}
	}
	return outbox.Entry{}, false
}

func (o *testOutbox) Withdraw(_ context.Context, id string, _ outbox.Owner) error {
	if o.begins--; o.left || o.begins >= 0 {
		return outbox.ErrTooLate
	}
	o.done = append(o.done, "withdraw "+id)
	return nil
}

func (o *testOutbox) Close(_ context.Context, id, officer string) error {
	o.done = append(o.done, "close "+id+" "+officer)
	return nil
}

func (o *testOutbox) Retry(_ context.Context, id, officer string) error {
	o.done = append(o.done, "retry "+id+" "+officer)
	return nil
}

// A label opens with the card that it was sealed for.
func (o *testOutbox) StatusOf(_ context.Context, code string) (outbox.ClaimStatus, error) {
	if o.tooMany != nil {
		return outbox.ClaimStatus{}, o.tooMany
	}
	for _, e := range o.entries {
		if e.Claim == code {
			return outbox.ClaimStatus{State: e.State}, nil
		}
	}
	return outbox.ClaimStatus{}, outbox.ErrNoEntry
}

func (o *testOutbox) SealLabel(card [32]byte, id, text string) []byte {
	return append(card[:], text...)
}

func (o *testOutbox) OpenLabel(card [32]byte, e outbox.Entry) (string, bool) {
	text, ok := bytes.CutPrefix(e.Label, card[:])
	return string(text), ok && len(text) > 0
}

func (o *testOutbox) Enrol(_ context.Context, _ string, secret []byte) error {
	o.secrets = append(o.secrets, secret)
	return nil
}

func (o *testOutbox) LeavePhone(_ context.Context, _ string, _ outbox.Owner, phone string) error {
	o.number = phone
	return nil
}

func (o *testOutbox) TakeBackPhone(context.Context, string, outbox.Owner) error {
	o.number = ""
	return nil
}

func (o *testOutbox) ShowPhone(_ context.Context, _, _ string, secret []byte) (string, error) {
	if o.number == "" || !bytes.Equal(secret, o.secrets[0]) {
		return "", outbox.ErrNoEntry
	}
	return o.number, nil
}

// testDisk is a store to which something happened, until an officer has read it.
type testDisk struct {
	hold     chan struct{} // until it answers
	full     error
	recovery *store.Recovery
	by       string
}

func (d *testDisk) Room() error {
	if d.hold != nil {
		<-d.hold
	}
	return d.full
}

func (d *testDisk) Recovery() (store.Recovery, bool) {
	if d.recovery == nil {
		return store.Recovery{}, false
	}
	return *d.recovery, true
}

func (d *testDisk) AcknowledgeRecovery(_ context.Context, officer string) error {
	d.recovery, d.by = nil, officer
	return nil
}
