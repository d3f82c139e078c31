//go:build !linux

package cardsim

import "net"

// acknowledgeAtOnce needs Linux; the virtual reader does too, in practice.
func acknowledgeAtOnce(net.Conn) {}
