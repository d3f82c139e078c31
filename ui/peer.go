package ui

import (
	"fmt"
	"log/slog"
	"net"
	"slices"

	"golang.org/x/sys/unix"
)

// peerListener accepts only connections of processes whose user is allowed.
type peerListener struct {
	*net.UnixListener
	allowed []int
	log     *slog.Logger
}

// Accept waits for the next allowed peer; others are hung up on.
func (l *peerListener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		uid, err := peerUID(c)
		switch {
		case err != nil:
			l.log.Warn("a peer of the page socket could not be identified", "err", err)
		case !slices.Contains(l.allowed, uid):
			l.log.Warn("a peer of the page socket is not allowed", "uid", uid)
		default:
			return c, nil
		}
		_ = c.Close()
	}
}

// peerUID asks the kernel which user connected (SO_PEERCRED, unix(7)).
func peerUID(c *net.UnixConn) (int, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var inner error
	err = raw.Control(func(fd uintptr) {
		cred, inner = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err == nil {
		err = inner
	}
	if err != nil {
		return 0, fmt.Errorf("reading the peer's credentials: %w", err)
	}
	return int(cred.Uid), nil
}
