package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The layout of a bbolt file (format version 2). Numbers are in the byte order
// of the machine; a file never leaves its terminal.
const (
	boltMagic    = 0xED0CDAED
	boltVersion  = 2
	headerLen    = 16 // id, flags, count, overflow
	elementLen   = 16 // of leaf and branch alike
	bucketLen    = 16 // root page, sequence
	metaLen      = 64 // after the page header; its last eight bytes are the checksum
	metaSumAt    = metaLen - 8
	metaTxidAt   = 48
	firstDataPge = 2 // pages 0 and 1 are the meta pages

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
	bucketFlag   = 0x01
)

// longestPage is more than bbolt makes of values no longer than maxValue: it
// leaves up to four of them together on one page.
const longestPage = 4*maxValue + 1<<20

var native = binary.NativeEndian

// image is a bbolt file read without trusting one byte of it: each length and
// each number is checked before it is used. It reads with pread, so that a
// sector the disk cannot read is an error and no fault.
type image struct {
	r        io.ReaderAt
	size     int64
	pageSize int64
	metas    []meta // those that hold, the newest first
}

type meta struct {
	root, rootSequence uint64
	freelist           uint64
	pages              uint64 // how many the file needs: the high-water mark
	txid               uint64
}

// readImage reads the meta pages. Without any that holds, the page size is taken
// to be this machine's.
func readImage(r io.ReaderAt, size int64) *image {
	f := &image{r: r, size: size, pageSize: int64(os.Getpagesize())}
	first, pageSize, ok := f.meta(0)
	if ok {
		f.pageSize = pageSize
		f.metas = append(f.metas, first)
	}
	second, pageSize, ok := f.meta(f.pageSize)
	if ok && pageSize == f.pageSize {
		f.metas = append(f.metas, second)
	}
	if len(f.metas) == 2 && second.txid > first.txid {
		f.metas[0], f.metas[1] = second, first
	}
	return f
}

func (f *image) meta(at int64) (m meta, pageSize int64, ok bool) {
	b := make([]byte, headerLen+metaLen)
	if _, err := f.r.ReadAt(b, at); err != nil {
		return m, 0, false
	}
	b = b[headerLen:]
	if native.Uint32(b) != boltMagic || native.Uint32(b[4:]) != boltVersion || native.Uint64(b[metaSumAt:]) != metaSum(b) {
		return m, 0, false
	}
	pageSize = int64(native.Uint32(b[8:]))
	if pageSize < 1<<10 || pageSize > 1<<16 || pageSize&(pageSize-1) != 0 {
		return m, 0, false
	}
	return meta{
		root: native.Uint64(b[16:]), rootSequence: native.Uint64(b[24:]), freelist: native.Uint64(b[32:]),
		pages: native.Uint64(b[40:]), txid: native.Uint64(b[metaTxidAt:]),
	}, pageSize, true
}

func metaSum(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b[:metaSumAt])
	return h.Sum64()
}

// page is one page with those that continue it.
type page struct {
	id       uint64
	at       int64 // of its first byte in the file
	flags    uint16
	count    uint16
	overflow uint32
	data     []byte // header included
}

// span is how many pages of the file it takes.
func (p page) span() uint64 { return 1 + uint64(p.overflow) }

// page reads page id and what continues it.
func (f *image) page(id uint64) (page, error) {
	if id < firstDataPge || id >= uint64(f.size/f.pageSize) {
		return page{}, fmt.Errorf("page %d of %d: %w", id, f.size/f.pageSize, ErrDamaged)
	}
	at := int64(id) * f.pageSize
	b := make([]byte, f.pageSize)
	if _, err := f.r.ReadAt(b, at); err != nil {
		return page{}, fmt.Errorf("page %d: %w: %w", id, ErrDamaged, err)
	}
	p := headed(b, at)
	length := int64(p.span()) * f.pageSize
	if p.id != id || length > f.size-at || length > longestPage {
		return page{}, fmt.Errorf("page %d calls itself %d, of %d pages: %w", id, p.id, p.span(), ErrDamaged)
	}
	if p.overflow > 0 {
		p.data = append(p.data, make([]byte, length-f.pageSize)...)
		if _, err := f.r.ReadAt(p.data[f.pageSize:], at+f.pageSize); err != nil {
			return page{}, fmt.Errorf("page %d: %w: %w", id, ErrDamaged, err)
		}
	}
	return p, nil
}

func headed(b []byte, at int64) page {
	return page{
		id: native.Uint64(b), at: at, data: b,
		flags: native.Uint16(b[8:]), count: native.Uint16(b[10:]), overflow: native.Uint32(b[12:]),
	}
}

// element is one key on a page, with the child or the value it leads to.
type element struct {
	key    []byte
	child  uint64 // on a branch
	bucket bool   // on a leaf: the value is a bucket
	value  []byte // on a leaf
	at     int64  // of the value in the file
}

// elements are those that lie within the page. whole is false when any does not,
// or when they are not laid out as bbolt does it: one after the other behind
// their table, so that a wrong count or length shows.
func (p page) elements() (all []element, whole bool) {
	count, whole := p.elementCount()
	next := int64(headerLen + count*elementLen)
	for i := range count {
		start := int64(headerLen + i*elementLen)
		b := p.data[start:]
		var e element
		var pos, keyLen, valueLen int64
		if p.flags == branchPage {
			pos, keyLen = int64(native.Uint32(b)), int64(native.Uint32(b[4:]))
			e.child = native.Uint64(b[8:])
		} else {
			flags := native.Uint32(b)
			e.bucket = flags == bucketFlag
			whole = whole && flags&^bucketFlag == 0
			pos, keyLen, valueLen = int64(native.Uint32(b[4:])), int64(native.Uint32(b[8:])), int64(native.Uint32(b[12:]))
		}
		pos += start
		whole = whole && pos == next
		next = pos + keyLen + valueLen
		if keyLen == 0 || next > int64(len(p.data)) {
			whole = false
			continue
		}
		e.key = p.data[pos:][:keyLen]
		e.value, e.at = p.data[pos+keyLen:][:valueLen], p.at+pos+keyLen
		if n := len(all); n > 0 && bytes.Compare(all[n-1].key, e.key) >= 0 {
			whole = false
		}
		all = append(all, e)
	}
	return all, whole
}

// elementCount is how many elements the page has. Their table ends where the
// first key begins, which tells the number when the header has it wrong.
func (p page) elementCount() (n int, whole bool) {
	fits := (len(p.data) - headerLen) / elementLen
	n = int(p.count)
	if fits == 0 || n == 0 && native.Uint64(p.data[headerLen:]) == 0 {
		return min(n, fits), n <= fits
	}
	pos := native.Uint32(p.data[headerLen:])
	if p.flags == leafPage {
		pos = native.Uint32(p.data[headerLen+4:])
	}
	byTable := int(pos / elementLen)
	if pos%elementLen == 0 && byTable <= fits && byTable == n {
		return n, true
	}
	if pos%elementLen == 0 && byTable > 0 && byTable <= fits {
		return byTable, false
	}
	return min(n, fits), false
}

// inBucket is what a bucket's value says: where its tree begins, or the page
// itself when it is small enough to lie inside the value.
type inBucket struct {
	root, sequence uint64
	inline         *page
}

func bucketOf(e element) (b inBucket, ok bool) {
	if len(e.value) < bucketLen {
		return b, false
	}
	b.root, b.sequence = native.Uint64(e.value), native.Uint64(e.value[8:])
	if b.root != 0 {
		return b, len(e.value) == bucketLen
	}
	if len(e.value) < bucketLen+headerLen {
		return b, false
	}
	p := headed(e.value[bucketLen:], e.at+bucketLen)
	b.inline = &p
	return b, p.flags == leafPage && p.overflow == 0
}

// freeIDs are the page numbers in a freelist page.
func (p page) freeIDs() ([]uint64, error) {
	count, at := int64(p.count), int64(headerLen)
	if count == 0xFFFF { // too many for the header: the first number is the count
		count, at = int64(native.Uint64(p.data[at:])), at+8
	}
	if p.flags != freelistPage || count < 0 || count > (int64(len(p.data))-at)/8 {
		return nil, fmt.Errorf("freelist of %d: %w", count, ErrDamaged)
	}
	ids := make([]uint64, count)
	for i := range ids {
		ids[i] = native.Uint64(p.data[at+int64(i)*8:])
	}
	return ids, nil
}
