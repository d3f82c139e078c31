package control

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Listen opens a Unix socket at path that admits only the given users, besides
// root and the daemon's own. A socket left behind by a daemon that died is
// replaced; one that still answers is an error.
func Listen(path string, users []int, log *slog.Logger) (net.Listener, error) {
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("socket %s: another daemon answers on it", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing the old socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the socket: %w", err)
	}
	// The mode lets everybody connect; the credentials decide who stays. A
	// group would do the same with one more thing to set up.
	if err := os.Chmod(path, 0o666); err != nil {
		l.Close()
		return nil, fmt.Errorf("opening the socket: %w", err)
	}
	return admit(l, append([]int{0, os.Getuid()}, users...), log), nil
}

func admit(l net.Listener, users []int, log *slog.Logger) net.Listener {
	return &admitting{Listener: l, allowed: users, log: log}
}

// Users resolves user names to numbers.
func Users(names []string) ([]int, error) {
	var ids []int
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			return nil, fmt.Errorf("user %q: %w", name, err)
		}
		id, err := strconv.Atoi(u.Uid)
		if err != nil {
			return nil, fmt.Errorf("user %q: %w", name, err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// admitting closes connections of users who are not on the list before a byte
// is read from them.
type admitting struct {
	net.Listener
	allowed []int
	log     *slog.Logger
}

func (l *admitting) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		uid, err := peer(c)
		if err == nil && slices.Contains(l.allowed, uid) {
			return c, nil
		}
		l.log.Warn("local user refused", "socket", l.Addr().String(), "uid", uid, "err", err)
		c.Close()
	}
}

// peer is the user at the other end (unix(7), SO_PEERCRED).
func peer(c net.Conn) (int, error) {
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("asking who connects: %w", err)
	}
	var cred *unix.Ucred
	var inner error
	if err := raw.Control(func(fd uintptr) {
		cred, inner = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return -1, fmt.Errorf("asking who connects: %w", err)
	}
	if inner != nil {
		return -1, fmt.Errorf("asking who connects: %w", inner)
	}
	return int(cred.Uid), nil
}
