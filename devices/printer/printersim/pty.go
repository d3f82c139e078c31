package printersim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

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
	line, err := s.Line()
	if errors.Is(err, errUnplugged) {
		return nil // pulled out again already
	}
	defer line.Close()
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
	if err := makeRaw(slave); err != nil {
		return err
	}
	if err := pointTo(link, slave.Name()); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	var copying sync.WaitGroup
	copying.Go(func() {
		_, _ = io.Copy(master, line) // ends when the line is closed or unplugged
		hangUp()
	})
	copying.Go(func() {
		_, _ = io.Copy(&cable{line, slave}, master)
		_ = line.Close()
	})
	copying.Wait()
	return nil
}

// cable passes bytes to the printer. A program that is killed leaves its claim
// (TIOCEXCL) on a pseudo-terminal, unlike on a real line; each byte wears it off.
type cable struct {
	io.Writer
	slave *os.File
}

func (c *cable) Write(b []byte) (int, error) {
	if raw, err := c.slave.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TIOCNXCL, 0) })
	}
	return c.Writer.Write(b)
}

// makeRaw lets every byte through as it is, and none come back as an echo.
func makeRaw(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("reaching the pseudo-terminal: %w", err)
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			failed = err
			return
		}
		t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
		t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		failed = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	})
	if err := errors.Join(err, failed); err != nil {
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
