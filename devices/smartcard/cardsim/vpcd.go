package cardsim

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
)

// Control messages of the virtual reader, one byte each. Anything longer is a
// command APDU.
const (
	vpcdPowerOff = 0x00
	vpcdPowerOn  = 0x01
	vpcdReset    = 0x02
	vpcdATR      = 0x04
)

// muteATR is longer than the 33 bytes an ATR may have. The virtual reader asks
// for the ATR to learn whether a card is there, so a card without any would be
// absent; one that is too long is there and cannot be powered, and that is
// what pcscd calls mute.
var muteATR = slices.Repeat([]byte{0x3B}, 64)

// ServeVPCD puts c into the virtual reader that listens at addr, and takes it
// out when ctx ends; that is no error. It answers as the protocol of vpcd
// wants: each message is two bytes of length, big-endian, and the payload.
func ServeVPCD(ctx context.Context, addr string, c *Card) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("inserting the card into the virtual reader: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c.Reset()
	err = c.serve(impatient{conn})
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("serving the virtual reader: %w", err)
}

func (c *Card) serve(conn io.ReadWriter) error {
	for {
		message, err := receive(conn)
		if err != nil {
			return err
		}
		answer, answers := c.obey(message)
		if !answers {
			continue
		}
		packet := binary.BigEndian.AppendUint16(nil, uint16(len(answer)))
		if _, err := conn.Write(append(packet, answer...)); err != nil {
			return err
		}
	}
}

func receive(conn io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(conn, message)
	return message, err
}

// obey carries out one message. Power and reset are not answered.
func (c *Card) obey(message []byte) (answer []byte, answers bool) {
	if len(message) != 1 {
		return c.Transmit(message), true
	}
	switch message[0] {
	case vpcdATR:
		if c.mute {
			return muteATR, true
		}
		return c.atr, true
	case vpcdPowerOff, vpcdPowerOn, vpcdReset:
		c.Reset()
	}
	return nil, false
}

// impatient acknowledges at once. The virtual reader writes length and payload
// apart, and a delayed acknowledgement between the two costs 40 ms per APDU.
type impatient struct{ net.Conn }

func (c impatient) Read(b []byte) (int, error) {
	acknowledgeAtOnce(c.Conn)
	return c.Conn.Read(b)
}
