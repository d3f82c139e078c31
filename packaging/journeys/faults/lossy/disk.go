// Package lossy is a disk that forgets: a folder in which nothing survives a
// power cut but what was written before a barrier. A write needs the fsync of
// its file, and a name (made, changed or removed) that of the folder, for POSIX
// promises no more than that (IEEE Std 1003.1-2017, fsync).
//
// [Disk] is the model, and [Mount] serves it through FUSE to a program that
// knows nothing of it. The power can be cut at any operation, and any barrier or
// write can be made to fail. It keeps all files in memory, has no subfolders, and
// is for tests only.
package lossy

import (
	"maps"
	"slices"
	"sync"
	"syscall"
)

// Kind is what a program asks of the disk.
type Kind int

// Reading is not among them: it changes nothing.
const (
	Write   Kind = iota // also a change of size
	Barrier             // fsync or fdatasync, of a file or of the folder
	Name                // a name is made, changed or removed
	kinds
)

// Fault is what happens at the operation At, counted from 1 over the life of the
// disk: among those of one Kind, or among all with AnyKind.
type Fault struct {
	At      int
	Kind    Kind
	AnyKind bool
	Error   syscall.Errno // that operation fails so; 0: the power is cut in place of it
	Lasting int           // and so do this many after it
	// Forget makes a failing barrier lose the writes it was for, as Linux does: its
	// cache still shows them, marked clean, and nobody writes them any more.
	Forget bool
}

// Disk is the folder. All methods may be called concurrently.
type Disk struct {
	mu       sync.Mutex
	names    map[string]*file
	stable   map[string]*file // the names that survive
	journal  []change         // what is not behind a barrier yet, in order
	counts   [kinds]int
	all      int
	inodes   uint64
	fault    Fault
	dead     bool
	onCut    func()
	careless bool
}

// file is an inode: it may have no name any more, or not yet a lasting one.
type file struct {
	ino    uint64
	data   []byte
	stable []byte
}

// change is one operation that a cut may forget: bytes of a file or, where file
// is nil, a step of the names.
type change struct {
	file *file
	at   int64
	data []byte
	size int64 // the new size, where data is nil

	name func(map[string]*file)
}

// New is a disk on which the files lie for good.
func New(files map[string][]byte) *Disk {
	d := &Disk{names: map[string]*file{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		d.names[name] = d.newFile(slices.Clone(files[name]))
	}
	d.stable = maps.Clone(d.names)
	return d
}

func (d *Disk) newFile(data []byte) *file {
	d.inodes++
	return &file{ino: d.inodes + 1, data: data, stable: slices.Clone(data)} // 1 is the folder
}

// Plan sets the fault that will happen. onCut runs at the moment of a power cut,
// before the program that asked hears anything.
func (d *Disk) Plan(f Fault, onCut func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.onCut = f, onCut
}

// IgnoreBarriers makes every barrier a lie, as a disk with a write cache and
// without a battery does: the control that shows what a trial can see.
func (d *Disk) IgnoreBarriers() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.careless = true
}

// Count is how many operations of a kind there were; Operations, of all kinds.
func (d *Disk) Count(k Kind) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts[k]
}

// Operations is how many operations of all kinds there were.
func (d *Disk) Operations() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all
}

// Dead reports whether the power was cut.
func (d *Disk) Dead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

// do counts an operation and carries it out, unless its fault is due.
func (d *Disk) do(k Kind, operate func() syscall.Errno) syscall.Errno {
	return d.doOr(k, func() {}, operate)
}

// doOr also does what belongs to an operation that fails.
func (d *Disk) doOr(k Kind, failed func(), operate func() syscall.Errno) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return syscall.EIO
	}
	d.all++
	d.counts[k]++
	switch err, due := d.due(k); {
	case due && err == 0:
		d.dead = true
		if d.onCut != nil {
			d.onCut()
		}
		return syscall.EIO
	case due:
		failed()
		return err
	}
	return operate()
}

func (d *Disk) due(k Kind) (syscall.Errno, bool) {
	f := d.fault
	n := d.all
	if !f.AnyKind {
		if k != f.Kind {
			return 0, false
		}
		n = d.counts[k]
	}
	return f.Error, f.At > 0 && n >= f.At && n <= f.At+f.Lasting
}

func (d *Disk) open(name string) (*file, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, ok := d.names[name]
	return f, ok
}

func (d *Disk) list() map[string]*file {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.names)
}

func (d *Disk) create(name string) (f *file, errno syscall.Errno) {
	errno = d.do(Name, func() syscall.Errno {
		f = d.newFile(nil)
		d.rename(func(names map[string]*file) { names[name] = f })
		return 0
	})
	return f, errno
}

func (d *Disk) move(from, to string) syscall.Errno {
	return d.do(Name, func() syscall.Errno {
		f, ok := d.names[from]
		if !ok {
			return syscall.ENOENT
		}
		d.rename(func(names map[string]*file) { delete(names, from); names[to] = f })
		return 0
	})
}

// link gives a file a second name.
func (d *Disk) link(f *file, to string) syscall.Errno {
	return d.do(Name, func() syscall.Errno {
		if _, taken := d.names[to]; taken {
			return syscall.EEXIST
		}
		d.rename(func(names map[string]*file) { names[to] = f })
		return 0
	})
}

func (d *Disk) remove(name string) syscall.Errno {
	return d.do(Name, func() syscall.Errno {
		if _, ok := d.names[name]; !ok {
			return syscall.ENOENT
		}
		d.rename(func(names map[string]*file) { delete(names, name) })
		return 0
	})
}

// rename makes a change of the names that no barrier covers yet; d.mu is held.
func (d *Disk) rename(step func(map[string]*file)) {
	step(d.names)
	d.journal = append(d.journal, change{name: step})
}

func (d *Disk) read(f *file, to []byte, at int64) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at >= int64(len(f.data)) {
		return 0
	}
	return copy(to, f.data[at:])
}

func (d *Disk) size(f *file) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(len(f.data))
}

func (d *Disk) write(f *file, data []byte, at int64) syscall.Errno {
	return d.do(Write, func() syscall.Errno {
		d.alter(change{file: f, at: at, data: slices.Clone(data)})
		return 0
	})
}

func (d *Disk) resize(f *file, size int64) syscall.Errno {
	return d.do(Write, func() syscall.Errno {
		d.alter(change{file: f, size: size})
		return 0
	})
}

// alter changes the content of a file; d.mu is held.
func (d *Disk) alter(c change) {
	c.file.data = c.apply(c.file.data)
	d.journal = append(d.journal, c)
}

// apply is the content after the change.
func (c change) apply(content []byte) []byte {
	if c.data == nil {
		return sized(content, c.size)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(content)) {
		content = sized(content, end)
	}
	copy(content[c.at:], c.data)
	return content
}

func sized(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}

// sync is the barrier of a file, or of the names with nil.
func (d *Disk) sync(f *file) syscall.Errno {
	return d.doOr(Barrier, func() { d.forget(f) }, func() syscall.Errno {
		if d.careless {
			return 0
		}
		for _, c := range d.take(f) {
			c.settle(d)
		}
		return 0
	})
}

// forget drops what a failed barrier was for; d.mu is held.
func (d *Disk) forget(f *file) {
	if !d.fault.Forget || f == nil {
		return
	}
	d.take(f)
	f.data = slices.Clone(f.stable)
}

// take removes the changes of one file, or of the names with nil, from the
// journal; d.mu is held.
func (d *Disk) take(f *file) (taken []change) {
	d.journal = slices.DeleteFunc(d.journal, func(c change) bool {
		if c.file == f {
			taken = append(taken, c)
		}
		return c.file == f
	})
	return taken
}

// settle makes a change last; d.mu is held.
func (c change) settle(d *Disk) {
	if c.file == nil {
		c.name(d.stable)
		return
	}
	c.file.stable = c.apply(c.file.stable)
}
