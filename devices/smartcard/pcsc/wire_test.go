package pcsc_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"pue/devices/smartcard/cardsim"
)

// wire stands between a card and its virtual reader, and does to the card what
// hands and bad luck do. It understands no more of the two than where a message
// ends.
type wire struct {
	card, reader net.Conn
	gone         chan struct{} // closed when the card is out

	mu       sync.Mutex
	commands int    // that the reader sent so far
	pullAt   int    // the command whose answer never arrives; none when negative
	untold   bool   // that command does not reach the card either
	muteAt   int    // the command after which nothing comes for as long as the card is in
	atr      []byte // instead of the card's own
	perByte  time.Duration
	out      bool
}

// stretch puts a card into the virtual reader at addr, on a wire.
func stretch(ctx context.Context, addr string, c *cardsim.Card) (*wire, error) {
	near, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer near.Close()
	go cardsim.ServeVPCD(ctx, near.Addr().String(), c) // ends with the wire
	w := &wire{gone: make(chan struct{}), pullAt: -1, muteAt: -1}
	if w.card, err = near.Accept(); err != nil {
		return nil, err
	}
	if w.reader, err = new(net.Dialer).DialContext(ctx, "tcp", addr); err != nil {
		return nil, err
	}
	go w.run()
	return w, nil
}

// pull takes the card out.
func (w *wire) pull() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out {
		return
	}
	w.out = true
	close(w.gone)
	w.card.Close()
	w.reader.Close()
}

func (w *wire) run() {
	defer w.pull()
	for w.pass() == nil {
	}
}

// pass carries one message to the card and its answer, if there is one, back.
func (w *wire) pass() error {
	message, err := take(w.reader)
	if err != nil {
		return err
	}
	tell, bring := w.meddle(message)
	if tell {
		if err := give(w.card, message); err != nil {
			return err
		}
	}
	if !bring {
		return io.EOF
	}
	if len(message) == 1 && message[0] != askATR {
		return nil // power and reset have no answer
	}
	answer, err := take(w.card)
	if err != nil {
		return err
	}
	w.mu.Lock()
	if len(message) == 1 && w.atr != nil {
		answer = w.atr
	}
	travel := w.perByte * time.Duration(len(message)+len(answer))
	w.mu.Unlock()
	<-time.After(travel)
	return give(w.reader, answer)
}

// askATR is the virtual reader's question whether a card is there.
const askATR = 0x04

// meddle counts a command and does what was ordered for it.
func (w *wire) meddle(message []byte) (tell, bring bool) {
	if len(message) == 1 {
		return true, true
	}
	w.mu.Lock()
	number := w.commands
	w.commands++
	pull, untold, mute := number == w.pullAt, w.untold, number == w.muteAt
	w.mu.Unlock()
	if mute {
		<-w.gone
	}
	if pull {
		if !untold {
			_ = give(w.card, message)
			_, _ = take(w.card) // it has done what was asked, and nobody hears of it
		}
		return false, false
	}
	return true, true
}

// obey carries out an order for this wire.
func (w *wire) obey(order string, arg string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	if arg != "" && order != "atr" {
		if _, err := fmt.Sscan(arg, &n); err != nil {
			return "", err
		}
	}
	switch order {
	case "commands":
		return fmt.Sprint(w.commands), nil
	case "pull": // with the answer to the n-th command from now on
		w.pullAt, w.untold = w.commands+n, false
	case "lose": // with that command itself
		w.pullAt, w.untold = w.commands+n, true
	case "pace": // a byte takes so many microseconds
		w.perByte = time.Duration(n) * time.Microsecond
	case "mute":
		w.muteAt = w.commands + n
	case "atr":
		atr, err := hex.DecodeString(arg)
		w.atr = atr
		return "", err
	default:
		return "", fmt.Errorf("unknown order %q", order)
	}
	return "", nil
}

// had is an error until as many commands have passed.
func (w *wire) had(commands string) error {
	n, err := w.obey("commands", "")
	if err == nil && n != commands {
		err = fmt.Errorf("%s commands passed, not %s", n, commands)
	}
	return err
}

// take receives a message: two bytes of length, and the rest.
func take(conn net.Conn) ([]byte, error) {
	var length [2]byte
	if err := fill(conn, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	return message, fill(conn, message)
}

// fill acknowledges at once what it reads: the reader writes length and message
// apart, and waits for that in between.
func fill(conn net.Conn, b []byte) error {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	if err := raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	}); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, b)
	return err
}

func give(conn net.Conn, message []byte) error {
	packet := binary.BigEndian.AppendUint16(nil, uint16(len(message)))
	_, err := conn.Write(append(packet, message...))
	return err
}
