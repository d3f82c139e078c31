package pcsc_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/ebfe/scard"

	"pue/devices/smartcard"
	"pue/devices/smartcard/pcsc"
)

// rival is another program that is connected to the card which we use.
type rival struct {
	service *scard.Context
	card    *scard.Card
}

func newRival(t testing.TB, reader string) *rival {
	t.Helper()
	service, err := scard.EstablishContext()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Release() })
	card, err := service.Connect(reader, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		t.Fatal(err)
	}
	return &rival{service, card}
}

// begin waits for the card, however often it was reset meanwhile.
func (r *rival) begin() error {
	return r.insist(r.card.BeginTransaction)
}

// insist repeats what was refused because the card was reset, as we do when we
// let it go.
func (r *rival) insist(do func() error) error {
	err := do()
	for errors.Is(err, scard.ErrResetCard) || errors.Is(err, scard.ErrProtoMismatch) {
		if err = r.card.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.LeaveCard); err == nil {
			err = do()
		}
	}
	return err
}

// uses selects another file than we do, in a transaction.
func (r *rival) uses() error {
	if err := r.begin(); err != nil {
		return err
	}
	for _, apdu := range []string{"\x00\xA4\x00\x00\x02\x3F\x00", "\x00\xA4\x00\x00\x02\x10\x00"} {
		if err := r.insist(func() error {
			_, err := r.card.Transmit([]byte(apdu))
			return err
		}); err != nil {
			return err
		}
	}
	return r.insist(func() error { return r.card.EndTransaction(scard.LeaveCard) })
}

// resets resets the card as soon as nobody holds it.
func (r *rival) resets() error {
	return r.card.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.ResetCard)
}

// interrupted is a transport beside which something happens, once, before one
// of its calls.
type interrupted struct {
	smartcard.Transport
	at, calls int
	holds     bool // a transaction
	happens   func(held bool)
}

func (i *interrupted) point() {
	if i.calls == i.at {
		i.happens(i.holds)
	}
	i.calls++
}

func (i *interrupted) Begin() error {
	i.point()
	err := i.Transport.Begin()
	i.holds = err == nil || errors.Is(err, smartcard.ErrReset)
	return err
}

func (i *interrupted) End() error {
	i.point()
	i.holds = false
	return i.Transport.End()
}

func (i *interrupted) Transmit(apdu []byte) ([]byte, error) {
	i.point()
	return i.Transport.Transmit(apdu)
}

func (i *interrupted) Reset() error {
	i.point()
	return i.Transport.Reset()
}

var digest = sha256.Sum256([]byte("what a citizen confirms"))

// visit does with a card what one citizen does, and checks it.
func visit(card smartcard.Card) error {
	id, err := card.Identity(now)
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		return fmt.Errorf("PIN: %w", err)
	}
	if !id.Complete() {
		if id, err = card.Identity(now); err != nil {
			return fmt.Errorf("second identity: %w", err)
		}
	}
	signature, err := card.Sign(digest[:])
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	if err := rsa.VerifyPKCS1v15(id.Certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature); err != nil {
		return fmt.Errorf("verifying: %w", err)
	}
	if err := card.Forget(); err != nil {
		return fmt.Errorf("forgetting: %w", err)
	}
	if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
		return fmt.Errorf("signing without a PIN: %v", err)
	}
	return nil
}

func TestOthersMayUseOrResetTheCardAtEveryPointOfAVisit(t *testing.T) {
	b, readers := newBench(t), pcsc.New(slog.New(slog.DiscardHandler))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)
	for person, step := range map[string]int{"anna": 1, "carla": 7} {
		b.order("insert 0 %s", person)
		e.see(first, smartcard.CardIn)
		other := newRival(t, first)
		for name, act := range map[string]func() error{"use": other.uses, "reset": other.resets} {
			t.Run(person+", "+name, func(t *testing.T) {
				d := disturbance{t: t, readers: readers, act: act}
				for at := 0; d.visit(at); at += step {
				}
				t.Logf("%d points, he waited at %d, we began again %d times", d.points, d.waited, d.again)
				if d.points < 8 || d.waited == 0 || d.waited == d.points {
					t.Errorf("%d points, he waited at %d", d.points, d.waited)
				}
			})
		}
		if left := b.triesLeft(0); left != 3 {
			t.Errorf("%s: %d attempts are left at the PIN, want 3", person, left)
		}
		b.order("remove 0")
		e.see(first, smartcard.EmptySlot)
	}
}

// disturbance is what another program does beside our visits.
type disturbance struct {
	t       *testing.T
	readers *pcsc.Readers
	act     func() error

	points, waited, again int
}

// visit makes a visit beside which the other program acts once, before the call
// with this number. It reports whether there was such a call.
func (d *disturbance) visit(at int) bool {
	d.t.Helper()
	done := make(chan error, 1)
	i := &interrupted{Transport: connect(d.t, d.readers, first), at: at}
	i.happens = func(held bool) {
		if held { // he has to wait until we let go
			d.waited++
			go func() { done <- d.act() }()
		} else {
			done <- d.act()
		}
	}
	err := visit(open(d.t, i))
	if errors.Is(err, smartcard.ErrReset) {
		d.again++ // he was resetting the card while pcscd gave it to us
		err = visit(open(d.t, i))
	}
	if err != nil {
		d.t.Fatalf("before call %d: %v", at, err)
	}
	if err := i.Close(); err != nil {
		d.t.Fatalf("before call %d: closing: %v", at, err)
	}
	if i.calls <= at {
		return false
	}
	if err := <-done; err != nil {
		d.t.Fatalf("before call %d: the other program: %v", at, err)
	}
	d.points++
	return true
}

func TestACardThatOthersResetAgainAndAgainIsReadAllTheSame(t *testing.T) {
	_, _, _, card := withAnna(t, "insert")
	other := newRival(t, first)

	told, broken := 0, 0
	for range 60 {
		reset := make(chan error, 1)
		go func() { reset <- other.resets() }() // before our Begin, beside it or after our End
		_, err := card.Identity(now)
		switch {
		case errors.Is(err, smartcard.ErrReset): // twice in one reading
			broken++
		case err != nil:
			t.Fatalf("after %d readings: %v", told, err)
		}
		if err := <-reset; err != nil {
			t.Fatal(err)
		}
		told++
	}
	t.Logf("%d readings beside %d resets, %d broken off", told, told, broken)
	if broken > 3 {
		t.Errorf("%d readings were broken off", broken)
	}
	// Whoever lost count of transactions would hold the card now.
	if err := other.uses(); err != nil {
		t.Fatal(err)
	}
	if err := visit(card); err != nil {
		t.Error(err)
	}
}

func TestACardThatOthersKeepAndOneThatIsSilentAreGivenUp(t *testing.T) {
	b, readers := newBench(t), pcsc.New(slog.New(slog.DiscardHandler))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)
	e.see(second, smartcard.EmptySlot)
	b.order("insert 0 anna")
	b.order("stretch 1 bruno")
	e.see(first, smartcard.CardIn)
	e.see(second, smartcard.CardIn)

	kept, silent := connect(t, readers, first), connect(t, readers, second)
	if _, err := open(t, kept).Identity(now); err != nil {
		t.Fatal(err)
	}
	other := newRival(t, first)
	if err := other.begin(); err != nil {
		t.Fatal(err)
	}
	b.order("mute 1 2") // in the middle of the reading
	type outcome struct {
		what string
		err  error
	}
	outcomes := make(chan outcome)
	go func() {
		_, err := open(t, kept).Identity(now)
		outcomes <- outcome{"kept", err}
	}()
	go func() {
		_, err := readers.Connect(t.Context(), first)
		outcomes <- outcome{"connect", err}
	}()
	go func() {
		_, err := open(t, silent).Identity(now)
		outcomes <- outcome{"silent", err}
	}()
	got := map[string]error{}
	for range 3 {
		o := <-outcomes
		got[o.what] = o.err
	}
	for _, what := range []string{"kept", "connect"} {
		if !errors.Is(got[what], smartcard.ErrBusy) {
			t.Errorf("%s: %v, want ErrBusy", what, got[what])
		}
	}
	if err := got["silent"]; !errors.Is(err, smartcard.ErrUnreadable) || errors.Is(err, smartcard.ErrBusy) {
		t.Errorf("a silent card: %v", err)
	}
	if err := silent.Begin(); !errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("a silent card, asked again: %v", err)
	}

	if err := kept.Close(); err != nil { // waits for nobody
		t.Errorf("letting go of a card that another keeps: %v", err)
	}
	b.order("remove 1")
	e.see(second, smartcard.EmptySlot)
	if err := silent.Close(); err != nil {
		t.Errorf("letting go of a silent card that was pulled: %v", err)
	}
	if err := other.card.EndTransaction(scard.LeaveCard); err != nil {
		t.Fatal(err)
	}
	if err := visit(open(t, connect(t, readers, first))); err != nil {
		t.Errorf("once it is free: %v", err)
	}
	b.order("insert 1 bruno")
	e.see(second, smartcard.CardIn)
	if err := visit(open(t, connect(t, readers, second))); err != nil {
		t.Errorf("another card in the reader of the silent one: %v", err)
	}
}
