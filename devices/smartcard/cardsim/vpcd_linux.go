package cardsim

import (
	"net"
	"syscall"
)

// acknowledgeAtOnce sets TCP_QUICKACK, which holds for one read only (tcp(7)).
// A system that refuses it is slower, not wrong.
func acknowledgeAtOnce(c net.Conn) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
