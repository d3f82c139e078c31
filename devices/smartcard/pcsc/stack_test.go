package pcsc_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/pcsc"
	"pue/devices/smartcard/trust"
)

const (
	first  = "Virtual PCD 00 00"
	second = "Virtual PCD 00 01"
	pin    = "12345678"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// eyes watch the readers and remember what they saw.
type eyes struct {
	t       testing.TB
	changes chan smartcard.Change
	ended   chan error
	close   context.CancelFunc
}

func watch(t testing.TB, readers *pcsc.Readers) *eyes {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	e := &eyes{t: t, changes: make(chan smartcard.Change, 100), ended: make(chan error, 1), close: cancel}
	go func() {
		err := readers.Watch(ctx, func(c smartcard.Change) { e.changes <- c })
		close(e.changes)
		e.ended <- err
	}()
	t.Cleanup(cancel)
	return e
}

// see waits for exactly this change, the next one of its reader.
func (e *eyes) see(reader string, slot smartcard.Slot) {
	e.t.Helper()
	var others []smartcard.Change
	timeout := time.After(patience)
	for {
		select {
		case c, open := <-e.changes:
			switch {
			case !open:
				e.t.Fatalf("watch ended before %q was %d", reader, slot)
			case c.Reader != reader:
				others = append(others, c)
				continue
			case c.Slot != slot:
				e.t.Fatalf("%q is %d, want %d", reader, c.Slot, slot)
			}
			for _, o := range others {
				e.changes <- o
			}
			return
		case <-timeout:
			e.t.Fatalf("%q did not become %d in %v", reader, slot, patience)
		}
	}
}

// end waits for the watch to end and returns its error.
func (e *eyes) end() error {
	e.t.Helper()
	select {
	case err := <-e.ended:
		return err
	case <-time.After(patience):
		e.t.Fatal("watch does not end")
		return nil
	}
}

func connect(t testing.TB, readers *pcsc.Readers, reader string) smartcard.Transport {
	t.Helper()
	transport, err := readers.Connect(context.Background(), reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { transport.Close() })
	return transport
}

func open(t testing.TB, transport smartcard.Transport) smartcard.Card {
	t.Helper()
	card, err := smartcard.Open(transport, anchors(t))
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// withAnna is a bench with anna's card in the first reader, put there by the order,
// and open.
func withAnna(t *testing.T, order string) (*bench, *pcsc.Readers, *eyes, smartcard.Card) {
	t.Helper()
	b, readers := newBench(t), pcsc.New(slog.New(slog.DiscardHandler))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)
	b.order("%s 0 anna", order)
	e.see(first, smartcard.CardIn)
	return b, readers, e, open(t, connect(t, readers, first))
}

func anchors(t testing.TB) smartcard.Judge {
	t.Helper()
	folder, _, err := cardsim.Provision(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := trust.ReadAnchors(folder)
	if err != nil {
		t.Fatal(err)
	}
	return anchors
}

func TestTheWholeStack(t *testing.T) {
	b, outer := newBench(t), t
	var said bytes.Buffer
	readers := pcsc.New(slog.New(slog.NewTextHandler(&said, nil)))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)
	e.see(second, smartcard.EmptySlot)

	t.Run("a citizen is identified, proves the PIN and signs", func(t *testing.T) {
		b.order("insert 0 anna")
		e.see(first, smartcard.CardIn)
		transport := connect(t, readers, first)
		card := open(t, transport)
		id, err := card.Identity(now)
		if err != nil {
			t.Fatal(err)
		}
		if id.Surname.Reveal() != "ESEMPIO" || id.Chain != smartcard.ChainOK {
			t.Errorf("read %q, chain %s", id.Surname.Reveal(), id.Chain)
		}
		var refused *smartcard.PINError
		if err := card.VerifyPIN([]byte("00000000")); !errors.As(err, &refused) || refused.Left != 2 || b.triesLeft(0) != 2 {
			t.Errorf("wrong PIN: %v, the card has %d left", err, b.triesLeft(0))
		}
		if err := card.VerifyPIN([]byte(pin)); err != nil || b.triesLeft(0) != 3 {
			t.Errorf("right PIN: %v, the card has %d left", err, b.triesLeft(0))
		}
		digest := sha256.Sum256([]byte("a receipt"))
		if _, err := card.Sign(digest[:]); err != nil {
			t.Error(err)
		}
		if err := card.Forget(); err != nil {
			t.Fatal(err)
		}
		if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
			t.Errorf("signing after Forget: %v", err)
		}
		// The reset kept the transaction, and the card works on.
		if _, err := card.Identity(now); err != nil {
			t.Error(err)
		}
		if err := card.VerifyPIN([]byte(pin)); err != nil {
			t.Error(err)
		}
		if err := card.Close(); err != nil {
			t.Error(err)
		}
		if err := card.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
		again := open(t, connect(t, readers, first))
		if _, err := again.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
			t.Errorf("the PIN outlived Close: %v", err)
		}
	})

	t.Run("a card that is pulled is removed, in the hand and on the line", func(t *testing.T) {
		transport := connect(t, readers, first)
		card := open(t, transport)
		b.order("remove 0")
		if _, err := card.Identity(now); !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("reading a pulled card: %v", err)
		}
		e.see(first, smartcard.EmptySlot)
		if _, err := card.Identity(now); !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("reading it again: %v", err)
		}
		if err := card.Forget(); !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("resetting it: %v", err)
		}
		if err := transport.Close(); err != nil {
			t.Errorf("letting it go: %v", err)
		}
		if _, err := readers.Connect(t.Context(), first); !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("connecting to an empty reader: %v", err)
		}
		if _, err := readers.Connect(t.Context(), "no such reader"); !errors.Is(err, devices.ErrAbsent) {
			t.Errorf("connecting to no reader: %v", err)
		}
	})

	t.Run("a citizen and an officer use two readers at once", func(t *testing.T) {
		b.order("insert 0 bruno")
		b.order("insert 1 olga")
		e.see(first, smartcard.CardIn)
		e.see(second, smartcard.CardIn)
		citizen, officer := open(t, connect(t, readers, first)), open(t, connect(t, readers, second))
		one, err := citizen.Identity(now)
		if err != nil {
			t.Fatal(err)
		}
		other, err := officer.Identity(now)
		if err != nil {
			t.Fatal(err)
		}
		if one.TaxCode == other.TaxCode || other.Surname.Reveal() != "FINZIONE" {
			t.Error("the two cards are mixed up")
		}
		b.order("remove 0")
		b.order("remove 1")
		e.see(first, smartcard.EmptySlot)
		e.see(second, smartcard.EmptySlot)
	})

	t.Run("a bank card is unsupported", func(t *testing.T) {
		b.order("insert 0 banco")
		e.see(first, smartcard.CardIn)
		if _, err := smartcard.Open(connect(t, readers, first), nil); !errors.Is(err, smartcard.ErrUnsupported) {
			t.Errorf("error is %v", err)
		}
		b.order("remove 0")
		e.see(first, smartcard.EmptySlot)
	})

	t.Run("a card that does not answer is mute", func(t *testing.T) {
		b.order("insert 0 muta")
		e.see(first, smartcard.MuteCard)
		if _, err := readers.Connect(t.Context(), first); !errors.Is(err, smartcard.ErrUnreadable) {
			t.Errorf("connecting gives %v", err)
		}
		b.order("remove 0")
		e.see(first, smartcard.EmptySlot)
	})

	t.Run("a card that speaks T=0 is understood", func(t *testing.T) {
		b.order("insert 0 %s", overT0(t))
		e.see(first, smartcard.CardIn)
		card := open(t, connect(t, readers, first))
		if err := card.VerifyPIN([]byte(pin)); err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256(nil)
		if _, err := card.Sign(digest[:]); err != nil {
			t.Error(err)
		}
		b.order("remove 0")
		e.see(first, smartcard.EmptySlot)
	})

	t.Run("a card that was pulled and put back unseen is reported out and in", func(t *testing.T) {
		e.close()
		_ = e.end()
		looking, blink := make(chan smartcard.Change), make(chan struct{})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- readers.Watch(ctx, func(c smartcard.Change) {
				if c.Reader == first {
					looking <- c
					<-blink
				}
			})
		}()
		want := func(slot smartcard.Slot) {
			t.Helper()
			if c := <-looking; c.Slot != slot {
				t.Fatalf("%q is %d, want %d", first, c.Slot, slot)
			}
		}
		want(smartcard.EmptySlot)
		b.order("insert 0 anna")
		blink <- struct{}{}
		want(smartcard.CardIn)
		// The eyes are shut now: report has not returned.
		card := open(t, connect(t, readers, first))
		b.order("remove 0")
		if _, err := card.Identity(now); !errors.Is(err, smartcard.ErrRemoved) {
			t.Fatal(err)
		}
		_ = card.Close()
		b.order("insert 0 anna")
		if err := await(func() error {
			transport, err := readers.Connect(t.Context(), first)
			if err == nil {
				err = transport.Close()
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		close(blink)
		want(smartcard.EmptySlot)
		want(smartcard.CardIn)
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		e = watch(outer, readers)
		e.see(first, smartcard.CardIn)
		b.order("remove 0")
		e.see(first, smartcard.EmptySlot)
		e.see(second, smartcard.EmptySlot)
	})

	t.Run("only one watch runs in a process", func(t *testing.T) {
		if err := readers.Watch(t.Context(), func(smartcard.Change) {}); err == nil {
			t.Error("a second watch began")
		}
	})

	t.Run("a service that dies takes its readers along, and comes back", func(t *testing.T) {
		b.order("insert 0 anna")
		e.see(first, smartcard.CardIn)
		transport := connect(t, readers, first)
		b.order("kill")
		e.see(first, smartcard.NoReader)
		e.see(second, smartcard.NoReader)
		if err := e.end(); !errors.Is(err, devices.ErrAbsent) {
			t.Errorf("the watch ends in %v", err)
		}
		if _, err := transport.Transmit([]byte{0x00, 0xA4, 0x00, 0x00}); !errors.Is(err, devices.ErrAbsent) {
			t.Errorf("transmitting gives %v", err)
		}
		if _, err := readers.Connect(t.Context(), first); !errors.Is(err, devices.ErrAbsent) {
			t.Errorf("connecting gives %v", err)
		}
		if err := readers.Watch(t.Context(), func(smartcard.Change) {}); !errors.Is(err, devices.ErrAbsent) {
			t.Errorf("watching gives %v", err)
		}
		b.order("start")
		again := watch(t, readers)
		again.see(first, smartcard.EmptySlot)
		again.see(second, smartcard.EmptySlot)
		b.order("insert 1 dario")
		again.see(second, smartcard.CardIn)
		again.close()
		if err := again.end(); !errors.Is(err, context.Canceled) {
			t.Errorf("a watch that is called off ends in %v", err)
		}
	})
}

// overT0 describes anna's card with an ATR without interface bytes: T=0.
func overT0(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../cardsim/people/anna.json")
	if err != nil {
		t.Fatal(err)
	}
	var description map[string]any
	if err := json.Unmarshal(data, &description); err != nil {
		t.Fatal(err)
	}
	description["atr"] = fmt.Sprintf("3B0F006B050510170121 01%X103180", "CNS")
	if data, err = json.Marshal(description); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t0.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
