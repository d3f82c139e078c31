package cardsim_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
)

func TestEveryChangeIsReportedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		readers := cardsim.NewReaders("a", "b")
		card, mute := parse(t, small), parse(t, `{"mute": true}`)
		ctx, cancel := context.WithCancel(t.Context())
		var seen []smartcard.Change
		ended := make(chan error, 1)
		if err := readers.Insert("b", card); err != nil {
			t.Fatal(err)
		}
		go func() {
			ended <- readers.Watch(ctx, func(c smartcard.Change) { seen = append(seen, c) })
		}()
		synctest.Wait()
		for _, err := range []error{
			readers.Insert("a", card), readers.Remove("a"), readers.Remove("a"), readers.Insert("a", card),
			readers.Insert("a", mute), readers.Unplug("b"), readers.Plug("b"),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		want := []smartcard.Change{
			{Reader: "a", Slot: smartcard.EmptySlot},
			{Reader: "b", Slot: smartcard.CardIn},
			{Reader: "a", Slot: smartcard.CardIn},
			{Reader: "a", Slot: smartcard.EmptySlot},
			{Reader: "a", Slot: smartcard.CardIn},
			{Reader: "a", Slot: smartcard.EmptySlot},
			{Reader: "a", Slot: smartcard.MuteCard},
			{Reader: "b", Slot: smartcard.NoReader},
			{Reader: "b", Slot: smartcard.EmptySlot},
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the watch ends in %v", err)
		}
	})
}

func TestAReaderWithoutAUsableCardDoesNotConnect(t *testing.T) {
	readers := cardsim.NewReaders("a")
	connect := func(name string) error {
		_, err := readers.Connect(t.Context(), name)
		return err
	}
	if err := connect("b"); !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("no reader: %v", err)
	}
	if err := connect("a"); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("empty: %v", err)
	}
	_ = readers.Insert("a", parse(t, `{"mute": true}`))
	if err := connect("a"); !errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("mute: %v", err)
	}
	_ = readers.Unplug("a")
	if err := connect("a"); !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("unplugged: %v", err)
	}
	if err := readers.Insert("b", parse(t, small)); !errors.Is(err, devices.ErrAbsent) {
		t.Errorf("inserting into no reader: %v", err)
	}
}

func TestATransportIsGoodForOneInsertion(t *testing.T) {
	readers, card := cardsim.NewReaders("a"), parse(t, small)
	_ = readers.Insert("a", card)
	transport, err := readers.Connect(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	_ = readers.Remove("a")
	_ = readers.Insert("a", card) // the same card again is another insertion
	if _, err := transport.Transmit([]byte{0, 0xA4, 0, 0}); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("transmitting: %v", err)
	}
	if err := transport.Reset(); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("resetting: %v", err)
	}
	for range 2 {
		if err := transport.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	if _, err := readers.Connect(t.Context(), "a"); err != nil {
		t.Errorf("connecting anew: %v", err)
	}
}

func TestTransactionsTakeTurnsAndAResetIsToldToTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		readers := cardsim.NewReaders("a")
		_ = readers.Insert("a", parse(t, small))
		ours, theirs := connect(t, readers), connect(t, readers)
		if err := theirs.Begin(); err != nil {
			t.Fatal(err)
		}
		begun := make(chan error, 1)
		go func() { begun <- ours.Begin() }()
		synctest.Wait()
		select {
		case err := <-begun:
			t.Fatalf("begun beside another: %v", err)
		default:
		}
		_, _ = theirs.Reset(), theirs.End()
		if err := <-begun; !errors.Is(err, smartcard.ErrReset) {
			t.Errorf("after a foreign reset: %v", err)
		}
		_ = ours.End()
		if err := ours.Begin(); err != nil {
			t.Errorf("with nothing new: %v", err)
		}
		_ = ours.Close()
	})
}

func TestACardThatSlipsIsGoneAndBack(t *testing.T) {
	readers := cardsim.NewReaders("a")
	if err := readers.Slip("a"); err != nil { // nothing lies there
		t.Fatal(err)
	}
	if err := readers.Insert("a", person(t, "carla")); err != nil {
		t.Fatal(err)
	}
	var heard []smartcard.Slot
	ctx, stop := context.WithCancel(t.Context())
	before := connect(t, readers)
	err := readers.Watch(ctx, func(c smartcard.Change) {
		if heard = append(heard, c.Slot); len(heard) == 1 {
			if err := readers.Slip("a"); err != nil {
				t.Error(err)
			}
		}
		if len(heard) == 3 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]smartcard.Slot{smartcard.CardIn, smartcard.EmptySlot, smartcard.CardIn}, heard); diff != "" {
		t.Error(diff)
	}
	if _, err := before.Transmit([]byte{0x00, 0xA4, 0x00, 0x00}); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("the transport from before: %v", err)
	}
	if _, err := connect(t, readers).Transmit([]byte{0x00, 0xA4, 0x00, 0x00}); err != nil {
		t.Errorf("the transport from after: %v", err)
	}
}

func TestAResetByAnotherIsToldUntilItIsHeard(t *testing.T) {
	readers := cardsim.NewReaders("a")
	if err := readers.Insert("a", person(t, "anna")); err != nil {
		t.Fatal(err)
	}
	transport := connect(t, readers)
	if err := transport.Begin(); err != nil {
		t.Fatal(err)
	}
	selectMF := []byte{0x00, 0xA4, 0x00, 0x00}
	if err := readers.ResetByOtherAfter("a", 2); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := transport.Transmit(selectMF); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := transport.Transmit(selectMF); !errors.Is(err, smartcard.ErrReset) {
			t.Fatalf("after the reset: %v", err)
		}
	}
	transport.End()
	if err := transport.Begin(); !errors.Is(err, smartcard.ErrReset) {
		t.Errorf("beginning again: %v", err)
	}
	if _, err := transport.Transmit(selectMF); err != nil {
		t.Errorf("once it is heard: %v", err)
	}
	if err := readers.ResetByOther("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := transport.Transmit(selectMF); !errors.Is(err, smartcard.ErrReset) {
		t.Errorf("after another reset: %v", err)
	}
}

func TestASlowCardTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		readers := cardsim.NewReaders("a")
		if err := readers.Insert("a", person(t, "anna")); err != nil {
			t.Fatal(err)
		}
		if err := readers.Slow("a", 3*time.Second); err != nil {
			t.Fatal(err)
		}
		transport, start := connect(t, readers), time.Now()
		time.AfterFunc(4*time.Second, func() { readers.Remove("a") })
		if _, err := transport.Transmit([]byte{0x00, 0xA4, 0x00, 0x00}); err != nil {
			t.Error(err)
		}
		if _, err := transport.Transmit([]byte{0x00, 0xA4, 0x00, 0x00}); !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("pulled while it thinks: %v", err)
		}
		if took := time.Since(start); took != 6*time.Second {
			t.Errorf("two commands took %v", took)
		}
	})
}

func connect(t *testing.T, readers *cardsim.Readers) smartcard.Transport {
	t.Helper()
	transport, err := readers.Connect(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

// virtualReader speaks vpcd's side of the wire.
type virtualReader struct {
	t *testing.T
	net.Conn
}

func (v virtualReader) send(message ...byte) {
	v.t.Helper()
	packet := binary.BigEndian.AppendUint16(nil, uint16(len(message)))
	if _, err := v.Write(append(packet, message...)); err != nil {
		v.t.Fatal(err)
	}
}

func (v virtualReader) receive() []byte {
	v.t.Helper()
	var length [2]byte
	if _, err := io.ReadFull(v, length[:]); err != nil {
		v.t.Fatal(err)
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(v, message); err != nil {
		v.t.Fatal(err)
	}
	return message
}

func serve(t *testing.T, ctx context.Context, c *cardsim.Card) (virtualReader, chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ended := make(chan error, 1)
	go func() { ended <- cardsim.ServeVPCD(ctx, listener.Addr().String(), c) }()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return virtualReader{t, conn}, ended
}

func TestOnTheWireOnlyTheATRAndCommandsAreAnswered(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	v, ended := serve(t, ctx, parse(t, small))
	v.send(0x01) // power on
	v.send(0x04) // ATR
	if diff := cmp.Diff([]byte{0x3B, 0x80, 0x80, 0x01, 0x01}, v.receive()); diff != "" {
		t.Error(diff)
	}
	v.send(0x00, 0x20, 0x00, 0x10, 0x08, '1', '2', '3', '4', '5', '6', '7', '8')
	if diff := cmp.Diff([]byte{0x90, 0x00}, v.receive()); diff != "" {
		t.Error(diff)
	}
	v.send(0x02) // reset
	v.send(0x00, 0x20, 0x00, 0x10)
	if diff := cmp.Diff([]byte{0x63, 0xC3}, v.receive()); diff != "" {
		t.Errorf("after a reset the PIN is still verified: %s", diff)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("taking the card out: %v", err)
	}
	if _, err := v.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the reader does not see the card go: %v", err)
	}
}

func TestOnTheWirePowerAndResetEndTheChannel(t *testing.T) {
	for name, control := range map[string]byte{"power off": 0x00, "power on": 0x01, "reset": 0x02} {
		c, steps := atThePIN(t)
		c.Transmit(unhex(t, steps[0].Command))
		v, _ := serve(t, t.Context(), c)
		v.send(control)
		v.send(unhex(t, steps[1].Command)...)
		if got := v.receive(); string(got) != dead {
			t.Errorf("after %s: %X", name, got)
		}
	}
}

func TestAMuteCardIsThereAndGivesNoATRThatFits(t *testing.T) {
	v, _ := serve(t, t.Context(), parse(t, `{"mute": true}`))
	v.send(0x04)
	if atr := v.receive(); len(atr) <= 33 {
		t.Errorf("gives %d bytes, which a reader would take for an ATR or for no card", len(atr))
	}
}

func TestAReaderThatGoesAwayIsAnError(t *testing.T) {
	v, ended := serve(t, t.Context(), parse(t, small))
	v.Close()
	if err := <-ended; err == nil {
		t.Error("no error")
	}
	if err := cardsim.ServeVPCD(t.Context(), "127.0.0.1:1", parse(t, small)); err == nil {
		t.Error("inserted into no reader")
	}
}
