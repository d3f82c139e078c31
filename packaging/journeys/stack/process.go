package stack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// goodbye is how long a process may take to end when it is asked to, on a machine that
// has much else to do.
const goodbye = 30 * time.Second

// Process is a program that the stack started and that it will end, by its pid.
type Process struct {
	Name string
	Log  string // file that receives both of its outputs, through all its lives

	cmd     *exec.Cmd
	goodbye time.Duration
	ended   chan struct{} // closed when it is over and waited for

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed and renewed when there is another line
}

// Launch starts a program in a process group of its own, so that a Ctrl-C meant
// for us does not reach it before we end it, in our order.
func Launch(name, log string, env []string, argv ...string) (*Process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		file.Close()
		return nil, err
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err = startForLife(cmd)
	w.Close()
	if err != nil {
		r.Close()
		file.Close()
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	p := &Process{Name: name, Log: log, cmd: cmd, goodbye: goodbye, ended: make(chan struct{}), more: make(chan struct{})}
	go p.listen(r, file)
	return p, nil
}

// births runs every start on one thread that never ends: Linux sends a child its
// parent-death signal when the thread that made it ends (prctl(2)).
var births = sync.OnceValue(func() chan<- func() {
	todo := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range todo {
			f()
		}
	}()
	return todo
})

func startForLife(cmd *exec.Cmd) error {
	done := make(chan error)
	births() <- func() { done <- cmd.Start() }
	return <-done
}

// listen keeps what the process says until it is over.
func (p *Process) listen(r io.ReadCloser, log io.WriteCloser) {
	defer close(p.ended)
	defer log.Close()
	defer r.Close()
	over := make(chan struct{})
	go func() {
		p.cmd.Wait()
		// Whatever it started and left behind may hold the pipe open.
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		close(over)
	}()
	for lines := bufio.NewScanner(io.TeeReader(r, log)); lines.Scan(); {
		p.mu.Lock()
		p.lines = append(p.lines, lines.Text())
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
	}
	<-over
}

// Says waits for a line that contains words and returns it.
func (p *Process) Says(ctx context.Context, words string) (string, error) {
	return p.says(ctx, words, func(line string) bool { return strings.Contains(line, words) })
}

func (p *Process) says(ctx context.Context, what string, match func(line string) bool) (string, error) {
	for read := 0; ; {
		p.mu.Lock()
		lines, more := p.lines[read:], p.more
		read = len(p.lines)
		p.mu.Unlock()
		for _, line := range lines {
			if match(line) {
				return line, nil
			}
		}
		select {
		case <-more:
		case <-p.ended:
			if p.saidMoreThan(read) {
				continue
			}
			return "", fmt.Errorf("waiting for %s to say %q: it ended; last words: %s", p.Name, what, p.lastWords())
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for %s to say %q: %w; last words: %s", p.Name, what, context.Cause(ctx), p.lastWords())
		}
	}
}

func (p *Process) saidMoreThan(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lines) > n
}

func (p *Process) lastWords() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines[max(0, len(p.lines)-5):], " | ")
}

// Ended is closed when the process is over.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Pid is the process's number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Kill is kill -9: the process gets no chance to do anything.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing %s: %w", p.Name, err)
	}
	<-p.ended
	return nil
}

// End asks the process to end and makes it end when it does not.
func (p *Process) End() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		<-p.ended
		return nil
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(p.goodbye):
		return errors.Join(fmt.Errorf("%s did not end within %s of being asked", p.Name, p.goodbye), p.Kill())
	}
}

// program is the path of a Debian program, or an error that names its package.
func program(name, debian string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} { // not in every user's PATH
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("%s is not installed (Debian package %s): run packaging/setup", name, debian)
}
