package printersim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// ServePTY makes the printer a serial device: a pseudo-terminal under the
// symbolic link. Programs may open and close it as often as they like; unplugging
// hangs it up and removes the link, plugging makes a new one. It returns nil when
// ctx ends, and leaves no link behind.
func ServePTY(ctx context.Context, s *Sim, link string) error {
	for s.waitPlugged(ctx) == nil {
		if err := servePTYOnce(ctx, s, link); err != nil {
			return err
		}
	}
	return nil
}

// servePTYOnce serves from plugging to unplugging.
func servePTYOnce(ctx context.Context, s *Sim, link string) error {
	master, slave, err := pty.Open()
	if err != nil {
		return fmt.Errorf("opening a pseudo-terminal: %w", err)
	}
	// The slave stays open here, so that the master outlives the programs.
	hangUp := sync.OnceFunc(func() {
		_ = os.Remove(link)
		_ = slave.Close()
		_ = master.Close()
	})
	defer hangUp()
	line, err := s.connect(func() Host { return hostOf(slave) }, true)
	if errors.Is(err, errUnplugged) {
		return nil // pulled out again already
	}
	defer line.Close()
	if err := makeRaw(slave); err != nil {
		return err
	}
	if err := pointTo(link, slave.Name()); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	var copying sync.WaitGroup
	said := make(chan struct{})
	copying.Go(func() {
		_, _ = io.Copy(master, line) // ends when the line is closed or unplugged
		close(said)
		hangUp()
	})
	copying.Go(func() {
		<-line.ended
		unblock(slave, said)
	})
	copying.Go(func() {
		pump(line, master, slave)
		_ = line.Close()
	})
	copying.Wait()
	return nil
}

// unblock throws away what nobody reads, so that a write that waits for room ends.
func unblock(slave *os.File, said <-chan struct{}) {
	for {
		select {
		case <-said:
			return
		case <-time.After(grain):
			_ = control(slave, func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH) })
		}
	}
}

// pump is the host's UART: it takes from the kernel's queue no more than the line
// carries, so that what must wait does so in the queue. A program that is killed
// leaves its claim (TIOCEXCL) on a pseudo-terminal, unlike on a real line; each
// byte wears it off.
func pump(line io.Writer, master io.Reader, slave *os.File) {
	fifo := make([]byte, 64)
	for {
		n, err := master.Read(fifo)
		if err != nil {
			return
		}
		_ = control(slave, func(fd int) error { return unix.IoctlSetInt(fd, unix.TIOCNXCL, 0) })
		if _, err := line.Write(fifo[:n]); err != nil {
			return
		}
	}
}

// hostOf reads how the program has set its end up. Nobody moves the modem lines
// of a pseudo-terminal, so CRTSCTS is heeded here and not by the kernel.
func hostOf(slave *os.File) (h Host) {
	_ = control(slave, func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return err
		}
		h = Host{Baud: speeds[t.Cflag&unix.CBAUD], RTS: t.Cflag&unix.CRTSCTS != 0, XON: t.Iflag&unix.IXON != 0}
		return nil
	})
	return h
}

// speeds of termios, as far as printers have them.
var speeds = map[uint32]int{
	unix.B1200: 1200, unix.B2400: 2400, unix.B4800: 4800, unix.B9600: 9600, unix.B19200: 19200, unix.B38400: 38400,
	unix.B57600: 57600, unix.B115200: 115200, unix.B230400: 230400, unix.B460800: 460800, unix.B921600: 921600,
}

// control runs f on the descriptor of a file that may be closed meanwhile.
func control(file *os.File, f func(fd int) error) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return fmt.Errorf("reaching the pseudo-terminal: %w", err)
	}
	var failed error
	err = conn.Control(func(fd uintptr) { failed = f(int(fd)) })
	return errors.Join(err, failed)
}

// makeRaw lets every byte through as it is, and none come back as an echo.
func makeRaw(slave *os.File) error {
	err := control(slave, func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return err
		}
		t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
		t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		return unix.IoctlSetTermios(fd, unix.TCSETS, t)
	})
	if err != nil {
		return fmt.Errorf("making the pseudo-terminal raw: %w", err)
	}
	return nil
}

// pointTo puts the link in place in one step, over an older link but over
// nothing else.
func pointTo(link, target string) error {
	if info, err := os.Lstat(link); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("linking the printer: %s exists and is no link", link)
	}
	fresh := link + ".new"
	_ = os.Remove(fresh)
	if err := os.Symlink(target, fresh); err != nil {
		return fmt.Errorf("linking the printer: %w", err)
	}
	if err := os.Rename(fresh, link); err != nil {
		return fmt.Errorf("linking the printer: %w", err)
	}
	return nil
}
