package store

import (
	"bytes"
	"errors"
	"fmt"
)

// census is what a walk through the whole of a file has counted.
type census struct {
	records int
	live    int64  // bytes of keys and framed values
	pages   uint64 // of the file, free ones included
}

// errInterrupted: somebody had something better to do.
var errInterrupted = errors.New("walk was interrupted")

// preflight looks at what bbolt is about to trust when it opens the file: the
// meta pages, the freelist and the length. Both must hold: bbolt would open with
// the older meta page alone, and so take back the last transaction in silence.
func (f *image) preflight() error {
	if len(f.metas) < 2 {
		return fmt.Errorf("%d of 2 meta pages hold: %w", len(f.metas), ErrDamaged)
	}
	m := f.metas[0]
	if m.pages > uint64(f.size/f.pageSize) {
		return fmt.Errorf("file of %d pages, want %d: %w", f.size/f.pageSize, m.pages, ErrDamaged)
	}
	_, _, err := f.freePages(m)
	return err
}

// freePages are the pages that nothing refers to, and how many the list itself
// takes.
func (f *image) freePages(m meta) (ids []uint64, own uint64, err error) {
	p, err := f.page(m.freelist)
	if err != nil {
		return nil, 0, fmt.Errorf("freelist: %w", err)
	}
	if ids, err = p.freeIDs(); err != nil {
		return nil, 0, err
	}
	var last uint64
	for _, id := range ids {
		if id < firstDataPge || id >= m.pages || id <= last {
			return nil, 0, fmt.Errorf("free page %d after %d: %w", id, last, ErrDamaged)
		}
		last = id
	}
	return ids, p.span(), nil
}

// walk goes through all that the newest meta page leads to. It checks the place
// and the checksum of each record, and that each page is either in use once or
// free. stop is asked before each page and ends the walk with errInterrupted.
func (f *image) walk(stop func() bool) (census, error) {
	if err := f.preflight(); err != nil {
		return census{}, err
	}
	m := f.metas[0]
	free, own, err := f.freePages(m)
	if err != nil {
		return census{}, err
	}
	w := &walker{f: f, stop: stop, seen: make([]bool, m.pages)}
	for _, id := range free {
		w.seen[id] = true
	}
	if err := w.take(m.freelist, own); err != nil {
		return census{}, err
	}
	if err := w.tree(m.root, keyRange{}, w.table); err != nil {
		return census{}, err
	}
	for id := uint64(firstDataPge); id < m.pages; id++ {
		if !w.seen[id] {
			return census{}, fmt.Errorf("page %d is neither free nor in use: %w", id, ErrDamaged)
		}
	}
	w.pages = m.pages
	return w.census, nil
}

type walker struct {
	f    *image
	stop func() bool
	seen []bool
	last []byte // key before, in the tree that is being walked
	census
}

// take notes that pages are in use.
func (w *walker) take(id, n uint64) error {
	for ; n > 0; id, n = id+1, n-1 {
		if id >= uint64(len(w.seen)) || w.seen[id] {
			return fmt.Errorf("page %d is in use twice or beyond the end: %w", id, ErrDamaged)
		}
		w.seen[id] = true
	}
	return nil
}

// tree has each element on the leaves below page id visited in key order. Their
// keys must lie where the branches lead to, or looking for them would fail.
func (w *walker) tree(id uint64, within keyRange, visit func(element) error) error {
	if w.stop() {
		return errInterrupted
	}
	p, err := w.f.page(id)
	if err != nil {
		return err
	}
	if err := w.take(id, p.span()); err != nil {
		return err
	}
	return w.on(p, within, visit)
}

func (w *walker) on(p page, within keyRange, visit func(element) error) error {
	all, whole := p.elements()
	if !whole || p.flags != leafPage && (p.flags != branchPage || len(all) == 0) {
		return fmt.Errorf("page %d: %w", p.id, ErrDamaged)
	}
	for i, e := range all {
		if p.flags == branchPage {
			below := keyRange{within.lo, within.hi}
			if i > 0 {
				below.lo = e.key
			}
			if i+1 < len(all) {
				below.hi = all[i+1].key
			}
			if err := w.tree(e.child, below, visit); err != nil {
				return err
			}
			continue
		}
		if bytes.Compare(w.last, e.key) >= 0 || !within.has(e.key) {
			return fmt.Errorf("page %d: keys out of order: %w", p.id, ErrDamaged)
		}
		if err := visit(e); err != nil {
			return err
		}
		w.last = append(w.last[:0], e.key...)
	}
	return nil
}

// table visits the records of the table that e is.
func (w *walker) table(e element) error {
	b, ok := bucketOf(e)
	if !e.bucket || !ok {
		return fmt.Errorf("table %q: %w", e.key, ErrDamaged)
	}
	name, outer := Table(e.key), w.last
	w.last = nil
	record := func(e element) error {
		if _, _, err := name.unframe(e.key, e.value); e.bucket || err != nil {
			return fmt.Errorf("table %s, record %x: %w", name, e.key, ErrDamaged)
		}
		w.records++
		w.live += int64(len(e.key) + len(e.value))
		return nil
	}
	var err error
	if b.inline != nil {
		err = w.on(*b.inline, keyRange{}, record)
	} else {
		err = w.tree(b.root, keyRange{}, record)
	}
	w.last = outer
	return err
}
