package lossy

import (
	"context"
	"fmt"
	"io"
	"log"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Mount serves d as the folder at path until unmount is called. The process that
// calls it must not map a file of it into its own memory: a page fault there
// would wait for the very process that waits. It needs the right to mount, which
// a user namespace gives.
func Mount(d *Disk, path string) (unmount func() error, err error) {
	server, err := fs.Mount(path, &folder{disk: d}, &fs.Options{
		MountOptions: fuse.MountOptions{
			DirectMountStrict: true, FsName: "lossy", Name: "lossy", Logger: log.New(io.Discard, "", 0),
			MaxWrite: 1 << 20,
		},
		UID: uint32(syscall.Getuid()), GID: uint32(syscall.Getgid()),
		Logger: log.New(io.Discard, "", 0),
	})
	if err != nil {
		return nil, fmt.Errorf("mounting a lossy disk: %w", err)
	}
	return func() error {
		// The program that used it may be dying still.
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			return fmt.Errorf("unmounting a lossy disk: %w", err)
		}
		server.Wait()
		return nil
	}, nil
}

// folder is the one folder of a disk.
type folder struct {
	fs.Inode
	disk *Disk
}

// node is a file of it.
type node struct {
	fs.Inode
	disk *Disk
	file *file
}

var (
	_ fs.NodeLookuper  = (*folder)(nil)
	_ fs.NodeCreater   = (*folder)(nil)
	_ fs.NodeRenamer   = (*folder)(nil)
	_ fs.NodeLinker    = (*folder)(nil)
	_ fs.NodeUnlinker  = (*folder)(nil)
	_ fs.NodeReaddirer = (*folder)(nil)
	_ fs.NodeFsyncer   = (*folder)(nil)
	_ fs.NodeGetattrer = (*folder)(nil)
	_ fs.NodeStatfser  = (*folder)(nil)

	_ fs.NodeOpener    = (*node)(nil)
	_ fs.NodeReader    = (*node)(nil)
	_ fs.NodeWriter    = (*node)(nil)
	_ fs.NodeFsyncer   = (*node)(nil)
	_ fs.NodeGetattrer = (*node)(nil)
	_ fs.NodeSetattrer = (*node)(nil)
	_ fs.NodeAllocater = (*node)(nil)
)

func (f *folder) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = syscall.S_IFDIR | 0o700
	return 0
}

// Statfs says that there is plenty of room.
func (f *folder) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Frsize, out.NameLen = 4096, 4096, 255
	out.Blocks, out.Bfree, out.Bavail = 4<<20, 2<<20, 2<<20
	return 0
}

func (f *folder) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	found, ok := f.disk.open(name)
	if !ok {
		return nil, syscall.ENOENT
	}
	return f.inode(ctx, found, &out.Attr), 0
}

func (f *folder) inode(ctx context.Context, found *file, out *fuse.Attr) *fs.Inode {
	n := &node{disk: f.disk, file: found}
	n.describe(out)
	return f.NewInode(ctx, n, fs.StableAttr{Mode: syscall.S_IFREG, Ino: found.ino})
}

func (f *folder) Create(ctx context.Context, name string, _, _ uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	made, errno := f.disk.create(name)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	return f.inode(ctx, made, &out.Attr), nil, 0, 0
}

func (f *folder) Rename(_ context.Context, from string, _ fs.InodeEmbedder, to string, flags uint32) syscall.Errno {
	if flags != 0 {
		return syscall.ENOTSUP
	}
	return f.disk.move(from, to)
}

func (f *folder) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n, ok := target.(*node)
	if !ok {
		return nil, syscall.EPERM
	}
	if errno := f.disk.link(n.file, name); errno != 0 {
		return nil, errno
	}
	return f.inode(ctx, n.file, &out.Attr), 0
}

func (f *folder) Unlink(_ context.Context, name string) syscall.Errno { return f.disk.remove(name) }

func (f *folder) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	var list []fuse.DirEntry
	for name, found := range f.disk.list() {
		list = append(list, fuse.DirEntry{Name: name, Mode: syscall.S_IFREG, Ino: found.ino})
	}
	return fs.NewListDirStream(list), 0
}

func (f *folder) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno { return f.disk.sync(nil) }

func (n *node) describe(out *fuse.Attr) {
	out.Mode = syscall.S_IFREG | 0o600
	out.Ino, out.Nlink = n.file.ino, 1
	out.Size = uint64(n.disk.size(n.file))
	out.Blocks = (out.Size + sector - 1) / sector
	out.Blksize = 4096
}

func (n *node) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) { return nil, 0, 0 }

func (n *node) Read(_ context.Context, _ fs.FileHandle, to []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	return fuse.ReadResultData(to[:n.disk.read(n.file, to, at)]), 0
}

func (n *node) Write(_ context.Context, _ fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	return uint32(len(data)), n.disk.write(n.file, data, at)
}

func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return n.disk.sync(n.file)
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.describe(&out.Attr)
	return 0
}

func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, changes := in.GetSize(); changes && int64(size) != n.disk.size(n.file) {
		if errno := n.disk.resize(n.file, int64(size)); errno != 0 {
			return errno
		}
	}
	n.describe(&out.Attr)
	return 0
}

// Allocate reserves room. Here there is always room, so that only a new size is
// a change.
func (n *node) Allocate(_ context.Context, _ fs.FileHandle, at, size uint64, mode uint32) syscall.Errno {
	const keepSize = 1 // FALLOC_FL_KEEP_SIZE
	if mode&^keepSize != 0 {
		return syscall.ENOTSUP
	}
	if end := int64(at + size); mode&keepSize == 0 && end > n.disk.size(n.file) {
		return n.disk.resize(n.file, end)
	}
	return 0
}
