package outbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"pue/kiosk/store"
)

// Copies of this test binary keep documents in a place of their own.
const (
	childAttaching = "PUE_OUTBOX_CHILD_ATTACHING" // the data directory, the child is killed in the middle
	childFullDisk  = "PUE_OUTBOX_CHILD_FULL_DISK" // the data directory, the child mounts a small disk for documents
)

func childOf(t *testing.T, variable, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+dir)
	return cmd
}

// attachingIn is a terminal whose files are in dir.
func attachingIn(t *testing.T, dir string) *terminal {
	t.Helper()
	k := newTerminal(t)
	k.st.Close()
	k.st, k.path, k.options.Attachments = nil, filepath.Join(dir, "pue.db"), filepath.Join(dir, "attachments")
	k.reopen()
	return k
}

func TestATerminalKilledWhileItTakesADocumentLeavesNothingOfIt(t *testing.T) {
	if dir := os.Getenv(childAttaching); dir != "" {
		k := attachingIn(t, dir)
		k.put(k.with(1, 1))
		k.attach(2, 1000)
		k.Attach(context.Background(), func(w io.Writer) (Attachment, error) {
			w.Write(document(3, 1<<20))
			fmt.Println("\nhalf")
			select {}
		})
		return
	}
	dir := filepath.Join(t.TempDir(), "state")
	cmd := childOf(t, childAttaching, dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	half := false
	for lines := bufio.NewScanner(out); !half && lines.Scan(); {
		half = lines.Text() == "half"
	}
	cmd.Process.Kill()
	cmd.Wait()
	if !half {
		t.Fatal("the child never got half-way")
	}
	left := &terminal{t: t, options: Options{Attachments: filepath.Join(dir, "attachments")}}
	left.wantFiles(fileOf(1, 1), partSuffix, partSuffix)
	k := attachingIn(t, dir)
	k.wantFiles(fileOf(1, 1))
	k.wantDocuments(k.entry(parcel(1).ID), 1)
}

func TestADocumentThatFindsNoRoomOnTheDiskLeavesRoomForOthers(t *testing.T) {
	if dir := os.Getenv(childFullDisk); dir != "" {
		fillSmallDisk(t, dir)
		return
	}
	cmd := childOf(t, childFullDisk, filepath.Join(t.TempDir(), "state"))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// fillSmallDisk keeps documents on a disk of 3 MiB, in a mount namespace of its
// own.
func fillSmallDisk(t *testing.T, dir string) {
	place := filepath.Join(dir, "attachments")
	if err := os.MkdirAll(place, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("small", place, "tmpfs", 0, "size=3m,mode=700"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(place, syscall.MNT_DETACH) })
	k := attachingIn(t, dir)
	e := k.put(k.with(1, 1))
	for range 3 { // as often as somebody likes
		if _, err := k.Attach(t.Context(), sealed(2, 8<<20)); !errors.Is(err, store.ErrFull) || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v, want ErrFull", err)
		}
		k.wantFiles(fileOf(1, 1))
	}
	two := k.put(k.with(2, 3))
	k.wantDocuments(e, 1)
	k.wantDocuments(two, 3)
}
