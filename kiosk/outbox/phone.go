package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// A citizen may leave a telephone number for the case that INPS does not take
// the submission by itself. It is sealed at once to each officer's own key (see
// officer.go), so that nothing on this disk opens it. One officer sees it, once,
// and only while the submission has an alarm; it goes when it was seen, when the
// citizen takes it back, and when INPS has the submission or nobody will send it
// any more.

// phoneTable holds what an officer's key opens, by the submission's number.
const phoneTable store.Table = "phone"

// phoneText is how many bytes a number may have: '+' and fifteen digits at most
// (ITU-T E.164 §6.1), with room for those who dial out through an exchange.
const phoneText = 24

var phoneNumber = regexp.MustCompile(`^\+?[0-9]{4,20}$`)

var (
	// ErrNotAPhone: that is no telephone number.
	ErrNotAPhone = errors.New("not a telephone number")
	// ErrNobodyToCall: no officer could ever read a number that is left now.
	ErrNobodyToCall = errors.New("no officer could read the telephone number")
	// ErrNoPhone: there is no number, or it was shown or taken back.
	ErrNoPhone = errors.New("no telephone number was left")
	// ErrNoAlarm: the submission gives no reason to call anybody.
	ErrNoAlarm = errors.New("the submission gives no reason to call")
	// ErrNotForYou: the number was left when this officer's key was not known here.
	ErrNotForYou = errors.New("telephone number is not sealed to this officer")
)

// sealedPhone is a number as one officer can open it.
type sealedPhone struct {
	Officer string `json:"officer"` // pseudonym
	Sealed  []byte `json:"sealed"`
}

// CanLeavePhone reports whether a number that is left now could ever be read.
func (b *Outbox) CanLeavePhone() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.officers) > 0
}

// LeavePhone keeps the owner's telephone number for this submission; a second one
// replaces the first. Once the submission is with INPS or done with, there is
// nothing left to call about, and the error is [ErrNoEntry], as it is for another
// owner's submission.
func (b *Outbox) LeavePhone(ctx context.Context, id string, o Owner, phone string) error {
	err := b.leavePhone(ctx, id, o, phone)
	if err != nil {
		return fmt.Errorf("leaving a telephone number: %w", err)
	}
	b.log.Info("telephone number left", "submission", id)
	return nil
}

func (b *Outbox) leavePhone(ctx context.Context, id string, o Owner, phone string) error {
	if !phoneNumber.MatchString(phone) {
		return ErrNotAPhone
	}
	sealed, err := b.sealPhone(id, phone)
	if err != nil {
		return err
	}
	_, err = b.changeByID(ctx, id, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		if r.Owner != o || !r.State.open() {
			return nil, ErrNoEntry
		}
		r.Phone = true
		return []audit.Event{{Name: audit.PhoneLeft, Submission: r.ID}}, phoneTable.Put(tx, store.Key(r.Seq), sealed)
	})
	return err
}

// sealPhone is the number as each officer can open it.
func (b *Outbox) sealPhone(id, phone string) ([]byte, error) {
	b.mu.Lock()
	officers := slices.Collect(b.officers.each())
	b.mu.Unlock()
	if len(officers) == 0 {
		return nil, ErrNobodyToCall
	}
	plain := make([]byte, 1+phoneText)
	defer clear(plain)
	plain[0] = byte(copy(plain[1:], phone))
	var all []sealedPhone
	for _, officer := range officers {
		sealed, err := officer.seal(b.phoneContext(id, officer.pseudonym), plain)
		if err != nil {
			return nil, fmt.Errorf("sealing it to officer %s: %w", officer.pseudonym, err)
		}
		all = append(all, sealedPhone{officer.pseudonym, sealed})
	}
	return json.Marshal(all)
}

// TakeBackPhone deletes the number that the owner left. To take it back twice is
// to take it back.
func (b *Outbox) TakeBackPhone(ctx context.Context, id string, o Owner) error {
	_, err := b.changeByID(ctx, id, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		switch {
		case r.Owner != o:
			return nil, ErrNoEntry
		case !r.Phone:
			return nil, nil
		}
		return []audit.Event{{Name: audit.PhoneTakenBack, Submission: r.ID}}, b.forgetPhone(tx, r)
	})
	if err != nil {
		return fmt.Errorf("taking the telephone number back: %w", err)
	}
	b.log.Info("telephone number taken back", "submission", id)
	return nil
}

// ShowPhone hands the number out to an officer, once: it is deleted, and its
// showing recorded, before it is returned. Should the power fail in between, it
// is gone and nobody has seen it; the other way round it could be seen twice, and
// the second time unrecorded. The submission can still be dealt with without it.
//
// The secret is the one the officer enrolled with. When the officer cannot open
// the number the error is [ErrNotForYou], and it stays for another.
func (b *Outbox) ShowPhone(ctx context.Context, id, officer string, secret []byte) (phone string, err error) {
	_, err = b.changeByID(ctx, id, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		if r.Alarm(b.now()) == "" {
			return nil, ErrNoAlarm
		}
		if phone, err = b.openPhone(tx, r.Entry, officer, secret); err != nil {
			return nil, err
		}
		return []audit.Event{{Name: audit.PhoneShown, Submission: r.ID, Officer: officer}}, b.forgetPhone(tx, r)
	})
	if err != nil {
		return "", fmt.Errorf("showing the telephone number: %w", err)
	}
	b.log.Info("telephone number shown", "submission", id, "officer", officer)
	return phone, nil
}

func (b *Outbox) openPhone(tx *bolt.Tx, e Entry, officer string, secret []byte) (string, error) {
	value, err := phoneTable.Get(tx, store.Key(e.Seq))
	switch {
	case err != nil:
		return "", err
	case value == nil:
		return "", ErrNoPhone
	}
	var all []sealedPhone
	if err := json.Unmarshal(value, &all); err != nil {
		return "", fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	at := slices.IndexFunc(all, func(s sealedPhone) bool { return s.Officer == officer })
	if at < 0 {
		return "", ErrNotForYou
	}
	key, err := b.officerKey(secret)
	if err != nil {
		return "", err
	}
	plain, err := unseal(key, b.phoneContext(e.ID, officer), all[at].Sealed)
	if err != nil || len(plain) != 1+phoneText || plain[0] > phoneText {
		return "", ErrNotForYou
	}
	defer clear(plain)
	return string(plain[1 : 1+plain[0]]), nil
}

// phoneLeft reports whether a number lies here for the submission.
func phoneLeft(tx *bolt.Tx, seq uint64) bool {
	value, err := phoneTable.Get(tx, store.Key(seq))
	return value != nil && err == nil
}

// forgetPhone deletes the number, if one was left. It asks the table, not the
// record, which may have been put together again after damage.
func (b *Outbox) forgetPhone(tx *bolt.Tx, r *record) error {
	r.Phone = false
	return phoneTable.Delete(tx, store.Key(r.Seq))
}

// phoneContext binds a sealed number to the submission, to the terminal and to
// the officer it is meant for.
func (b *Outbox) phoneContext(id, officer string) []byte {
	return []byte("pue-phone-1\x00" + id + "\x00" + b.claims.terminal + "\x00" + officer)
}
