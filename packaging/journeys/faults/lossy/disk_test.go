package lossy

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func left(t *testing.T, d *Disk, w Weather, name, want string) {
	t.Helper()
	got, ok := d.Survivors(w, rand.New(rand.NewPCG(1, 1)))[name]
	switch {
	case want == "" && ok:
		t.Errorf("%s survived with %q", name, got)
	case want != "" && (!ok || string(got) != want):
		t.Errorf("of %s %q is left, want %q", name, got, want)
	}
}

func created(t *testing.T, d *Disk, name, content string) *file {
	t.Helper()
	f, errno := d.create(name)
	if errno != 0 {
		t.Fatal(errno)
	}
	if errno := d.write(f, []byte(content), 0); errno != 0 {
		t.Fatal(errno)
	}
	return f
}

func TestAFileNeedsTwoBarriersItsOwnAndThatOfItsName(t *testing.T) {
	d := New(nil)
	f := created(t, d, "a", "one")
	left(t, d, Nothing, "a", "")
	d.sync(f)
	left(t, d, Nothing, "a", "")
	d.sync(nil)
	left(t, d, Nothing, "a", "one")
	d.write(f, []byte("two"), 0)
	left(t, d, Nothing, "a", "one")
	d.sync(f)
	left(t, d, Nothing, "a", "two")
}

func TestARenameIsForgottenWithoutTheBarrierOfTheFolder(t *testing.T) {
	d := New(map[string][]byte{"a": []byte("old")})
	d.sync(created(t, d, "a.new", "new"))
	d.move("a.new", "a")
	left(t, d, Nothing, "a", "old")
	d.sync(nil)
	left(t, d, Nothing, "a", "new")
	left(t, d, Nothing, "a.new", "")
}

func TestWhatWasRemovedComesBackWithoutTheBarrierOfTheFolder(t *testing.T) {
	d := New(map[string][]byte{"a": []byte("old")})
	d.remove("a")
	left(t, d, Nothing, "a", "old")
	d.sync(nil)
	left(t, d, Nothing, "a", "")
}

func TestAFailedBarrierForgetsWhatItWasFor(t *testing.T) {
	d := New(map[string][]byte{"a": []byte("old")})
	d.Plan(Fault{At: 1, Kind: Barrier, Error: syscall.EIO, Forget: true}, nil)
	f, _ := d.open("a")
	d.write(f, []byte("new"), 0)
	if errno := d.sync(f); errno != syscall.EIO {
		t.Fatalf("got %v", errno)
	}
	if errno := d.sync(f); errno != 0 {
		t.Fatalf("the second one: %v", errno)
	}
	left(t, d, Nothing, "a", "old")
}

func TestALyingDiskKeepsNothing(t *testing.T) {
	d := New(nil)
	d.IgnoreBarriers()
	d.sync(created(t, d, "a", "one"))
	d.sync(nil)
	left(t, d, Nothing, "a", "")
}

func TestAfterTheCutNothingIsDoneAnyMore(t *testing.T) {
	d := New(map[string][]byte{"a": []byte("old")})
	cut := false
	d.Plan(Fault{At: 2, AnyKind: true}, func() { cut = true })
	f, _ := d.open("a")
	if errno := d.write(f, []byte("new"), 0); errno != 0 || cut {
		t.Fatalf("the first operation: %v", errno)
	}
	if errno := d.sync(f); errno != syscall.EIO || !cut || !d.Dead() {
		t.Fatalf("the second operation: %v", errno)
	}
	d.sync(f)
	left(t, d, Nothing, "a", "old")
}

// TestSectorsSurviveWholeOrNotAtAll also shows that a write can be torn.
func TestSectorsSurviveWholeOrNotAtAll(t *testing.T) {
	torn := false
	for seed := range uint64(50) {
		d := New(map[string][]byte{"a": []byte(strings.Repeat("o", 4*sector))})
		f, _ := d.open("a")
		d.write(f, []byte(strings.Repeat("n", 4*sector)), 0)
		got := d.Survivors(Sectors, rand.New(rand.NewPCG(seed, 0)))["a"]
		kinds := map[byte]bool{}
		for part := range slices.Chunk(got, sector) {
			if strings.Trim(string(part), "o") != "" && strings.Trim(string(part), "n") != "" {
				t.Fatalf("seed %d: a sector is half new", seed)
			}
			kinds[part[0]] = true
		}
		torn = torn || len(kinds) == 2
	}
	if !torn {
		t.Error("no write was ever torn")
	}
}

func TestAProgramSeesAnOrdinaryFolder(t *testing.T) {
	if os.Getenv("LOSSY_MOUNTED") == "" {
		mountedAgain(t)
		return
	}
	d, dir := New(map[string][]byte{"old": []byte("1234")}), t.TempDir()
	unmount, err := Mount(d, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unmount()
	draft := filepath.Join(dir, "draft")
	if err := os.WriteFile(draft, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(draft, filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "old"), 2); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	for name, want := range map[string]string{"new": "hello", "old": "12"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	left(t, d, Nothing, "new", "")
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Survivors(Nothing, nil)["new"]; !ok {
		t.Error("the barrier of the folder did not arrive")
	}
}
