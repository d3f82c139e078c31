package pcsc_test

import (
	"errors"
	"log/slog"
	"strconv"
	"testing"

	"pue/devices/smartcard"
	"pue/devices/smartcard/pcsc"
)

// The card is pulled at each command of a visit in turn: half the time the card
// has carried it out and only its answer is lost, which for a PIN is the worst.
func TestACardPulledAtAnyCommandIsRemoved(t *testing.T) {
	b, readers := newBench(t), pcsc.New(slog.New(slog.DiscardHandler))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)
	e.see(second, smartcard.EmptySlot)
	for person, step := range map[string]int{"anna": 1, "carla": 5} {
		t.Run(person, func(t *testing.T) {
			// Two readers at a time, because pcscd looks only every 400 ms.
			pulled := 0
			for n, more := 0, true; more; n += 2 * step {
				slots, names := []int{0, 1}, []string{first, second}
				var outcomes [2]chan error
				for i := range slots {
					b.order("stretch %d %s", i, person)
				}
				for i, name := range names {
					e.see(name, smartcard.CardIn)
					b.order("%s %d %d", []string{"pull", "lose"}[(n/2+i)%2], i, n+i*step)
					outcomes[i] = make(chan error, 1)
					card := open(t, connect(t, readers, name))
					go func() {
						err := visit(card)
						if again := card.Forget(); err != nil && !errors.Is(again, smartcard.ErrRemoved) {
							err = errors.Join(errors.New("used once more"), again)
						}
						outcomes[i] <- errors.Join(err, card.Close())
					}()
				}
				for i, name := range names {
					err := <-outcomes[i]
					more = err != nil
					switch {
					case err == nil:
					case !errors.Is(err, smartcard.ErrRemoved):
						t.Errorf("at command %d: %v, want ErrRemoved", n+i*step, err)
					default:
						pulled++
					}
					if left := b.triesLeft(i); left != 3 {
						t.Errorf("at command %d: %d attempts are left, want 3", n+i*step, left)
					}
					b.order("remove %d", i)
					e.see(name, smartcard.EmptySlot)
				}
			}
			t.Logf("pulled at %d commands", pulled)
			if pulled < 10 {
				t.Errorf("pulled at %d commands only", pulled)
			}
		})
	}
}

func TestAnotherCardNeverAnswersInTheFirstOnesPlace(t *testing.T) {
	b, readers := newBench(t), pcsc.New(slog.New(slog.DiscardHandler))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)
	b.order("stretch 0 anna")
	e.see(first, smartcard.CardIn)

	t.Run("when it is swapped while pcscd looks away", func(t *testing.T) {
		card := open(t, connect(t, readers, first))
		id, err := card.Identity(now)
		if err != nil {
			t.Fatal(err)
		}
		if err := card.VerifyPIN([]byte(pin)); err != nil {
			t.Fatal(err)
		}
		b.order("swap 0 bruno")
		_, err = card.Sign(digest[:])
		if !errors.Is(err, smartcard.ErrRemoved) && !errors.Is(err, smartcard.ErrUnreadable) {
			t.Errorf("signing: %v, want ErrRemoved or ErrUnreadable", err)
		}
		for range 3 { // while pcscd may take bruno's card for anna's
			if err := card.VerifyPIN([]byte(pin)); !errors.Is(err, smartcard.ErrRemoved) && !errors.Is(err, smartcard.ErrUnreadable) {
				t.Errorf("offering the PIN: %v, want ErrRemoved or ErrUnreadable", err)
			}
			if _, err := card.Sign(digest[:]); err == nil {
				t.Error("the other card signed")
			}
		}
		if n, err := strconv.Atoi(b.order("commands 0")); n != 0 || err != nil {
			t.Errorf("the other card got %d commands", n)
		}
		if err := card.Close(); err != nil {
			t.Error(err)
		}
		other, err := open(t, connect(t, readers, first)).Identity(now)
		if err != nil {
			t.Fatal(err)
		}
		if other.Fingerprint == id.Fingerprint {
			t.Error("it was not another card")
		}
	})

	t.Run("when pcscd sees it go and the next one come", func(t *testing.T) {
		b.order("remove 0")
		e.see(first, smartcard.EmptySlot)
		b.order("stretch 0 anna")
		e.see(first, smartcard.CardIn)
		card := open(t, connect(t, readers, first))
		if err := card.VerifyPIN([]byte(pin)); err != nil {
			t.Fatal(err)
		}
		b.order("swap 0 bruno")
		e.see(first, smartcard.EmptySlot)
		e.see(first, smartcard.CardIn)
		if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("signing: %v, want ErrRemoved", err)
		}
		if n, err := strconv.Atoi(b.order("commands 0")); n != 0 || err != nil {
			t.Errorf("the other card got %d commands", n)
		}
	})

	t.Run("when it slips off the plate and is put back at once", func(t *testing.T) {
		b.order("swap 0 bruno")
		e.see(first, smartcard.EmptySlot)
		e.see(first, smartcard.CardIn)
		if err := visit(open(t, connect(t, readers, first))); err != nil {
			t.Error(err)
		}
	})
}

func TestACardMayChangeItsATR(t *testing.T) {
	b, readers := newBench(t), pcsc.New(slog.New(slog.DiscardHandler))
	e := watch(t, readers)
	e.see(first, smartcard.EmptySlot)
	b.order("stretch 0 anna")
	e.see(first, smartcard.CardIn)
	transport := connect(t, readers, first)
	card, found := open(t, transport), string(transport.ATR())
	if _, err := card.Identity(now); err != nil {
		t.Fatal(err)
	}
	other := newRival(t, first)

	b.order("atr 0 3B0F006B05051017012101434E53103180") // of a card that speaks T=0
	if err := other.resets(); err != nil {
		t.Fatal(err)
	}
	if err := visit(card); err != nil {
		t.Errorf("with another ATR after a reset: %v", err)
	}
	if got := string(transport.ATR()); got != found {
		t.Errorf("ATR became %X", got)
	}

	b.order("atr 0 3B")
	if err := other.resets(); err != nil {
		t.Logf("one byte of ATR: the other program: %v", err)
	}
	err := visit(card)
	t.Logf("one byte of ATR: %v", err)
	if err != nil && !errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("with one byte of ATR: %v, want nothing or ErrUnreadable", err)
	}
	card.Close()
	b.order("remove 0")
	e.see(first, smartcard.EmptySlot)
}
