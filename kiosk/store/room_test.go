package store

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// childFullDisk tells a copy of this test binary where to fill a disk of its own.
const childFullDisk = "PUE_STORE_CHILD_FULL_DISK"

func TestADamagedFileIsRecoveredOnAFullDisk(t *testing.T) {
	if dir := os.Getenv(childFullDisk); dir != "" {
		recoverOnFullDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), childFullDisk+"="+t.TempDir(), "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// recoverOnFullDisk lives on a disk of 16 MiB, in a mount namespace of its own.
func recoverOnFullDisk(t *testing.T, dir string) {
	if err := syscall.Mount("small", dir, "tmpfs", 0, "size=16m,mode=700"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "state", "pue.db")
	s := open(t, path)
	fill(t, s, 200)
	s.Close()
	takeAllRoom(t, filepath.Join(dir, "others"))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{0xff}, headerLen+4); err != nil { // the first meta page
		t.Fatal(err)
	}
	f.Close()
	for range 2 { // with the reserve given up as well
		s = open(t, path)
		if r, ok := s.Recovery(); !ok || r.Lost != 0 {
			t.Errorf("recovery %+v, %v", r, ok)
		}
		if all, err := contents(s); err != nil || len(all) != 200 {
			t.Errorf("%d records, %v", len(all), err)
		}
		if err := s.Room(); !errors.Is(err, ErrFull) {
			t.Errorf("room for a citizen: %v, want ErrFull", err)
		}
		s.Close()
	}
	if _, err := os.Stat(s.reservePath()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the reserve: %v", err)
	}
}

// takeAllRoom takes all the room that is left on the disk.
func takeAllRoom(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
