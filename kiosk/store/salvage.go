package store

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// deepest is more levels than a tree of this size has.
const deepest = 16

// salvage is what can still be read of a damaged file. Where the tree of the
// newest meta page holds, it alone counts: what was deleted stays deleted. Where
// it does not hold there is a gap, and what belongs into a gap is looked for
// everywhere, on pages that are free or of older transactions as well. Each
// record must pass its own checksum, and the newest version of it wins.
type salvage struct {
	f      *image
	tables map[Table]*rescued
	base   uint64 // transactions up to here are told by the trees
	limit  uint64 // and beyond here none was ever acknowledged
	newest uint64 // the highest transaction that was found
	// unlisted: there may be tables that the tree does not lead to.
	unlisted bool
}

// rescued is one table of it.
type rescued struct {
	sequence uint64
	records  map[string]find
	gaps     []keyRange
	spoilt   map[string]bool
}

// find is where the frame and value of a record lie in the file.
type find struct {
	at   int64
	size int
	txid uint64
}

// keyRange is the keys from lo up to and without hi; nil is no end.
type keyRange struct{ lo, hi []byte }

func (r keyRange) has(key []byte) bool {
	return bytes.Compare(key, r.lo) >= 0 && (r.hi == nil || bytes.Compare(key, r.hi) < 0)
}

// salvageFrom reads what the file still has.
func salvageFrom(f *image) *salvage {
	s := &salvage{f: f, tables: map[Table]*rescued{}}
	for _, t := range []Table{metaTable, secretTable} {
		s.table(t)
	}
	switch len(f.metas) {
	case 2:
		s.base = f.metas[0].txid
		s.limit = s.base
	case 1: // the lost meta page may have been the newer one
		s.base = f.metas[0].txid
		s.limit = s.base + 1
	default:
		s.limit = math.MaxUint64
	}
	if len(f.metas) > 0 {
		s.climbDown(f.metas[0])
	} else {
		s.unlisted = true
	}
	s.expect()
	if s.complete() && len(f.metas) == 2 {
		return s
	}
	s.search()
	s.expect() // what the search found of the directory
	return s
}

// table is the table of that name, everything of it missing when it is new.
func (s *salvage) table(name Table) *rescued {
	t, ok := s.tables[name]
	if !ok {
		t = &rescued{records: map[string]find{}, spoilt: map[string]bool{}, gaps: []keyRange{{}}}
		s.tables[name] = t
	}
	return t
}

// climbDown takes what the tree of m has.
func (s *salvage) climbDown(m meta) {
	d := &descent{s: s, seen: map[uint64]bool{}}
	d.leaf = func(e element, _ keyRange) bool {
		b, ok := bucketOf(e)
		if !e.bucket {
			return false
		}
		name := Table(e.key)
		t := s.table(name)
		t.gaps = nil
		if !ok {
			t.gaps = []keyRange{{}}
			return true
		}
		t.sequence = b.sequence
		in := &descent{s: s, seen: d.seen}
		in.gap = func(r keyRange) { t.gaps = append(t.gaps, r) }
		in.leaf = func(e element, between keyRange) bool {
			if e.bucket || !s.take(name, e) {
				t.spoilt[string(e.key)] = true
				in.gap(between)
			}
			return true
		}
		if b.inline != nil {
			in.on(*b.inline, keyRange{}, 0)
		} else {
			in.tree(b.root, keyRange{}, 0)
		}
		t.gaps = joined(t.gaps)
		return true
	}
	d.gap = func(keyRange) { s.unlisted = true }
	d.tree(m.root, keyRange{}, 0)
}

// joined are the same gaps in key order, those that touch as one.
func joined(gaps []keyRange) (all []keyRange) {
	slices.SortFunc(gaps, func(a, b keyRange) int { return bytes.Compare(a.lo, b.lo) })
	for _, r := range gaps {
		if n := len(all); n > 0 && (all[n-1].hi == nil || bytes.Compare(r.lo, all[n-1].hi) <= 0) {
			if last := &all[n-1]; last.hi != nil && (r.hi == nil || bytes.Compare(r.hi, last.hi) > 0) {
				last.hi = r.hi
			}
			continue
		}
		all = append(all, r)
	}
	return all
}

// missing reports whether key lies in a gap.
func (t *rescued) missing(key []byte) bool {
	_, found := slices.BinarySearchFunc(t.gaps, key, func(r keyRange, key []byte) int {
		switch {
		case r.has(key):
			return 0
		case bytes.Compare(key, r.lo) < 0:
			return 1
		}
		return -1
	})
	return found
}

// take keeps the record on e as one of table name, unless a newer version of it
// is there, and reports whether it passes its checksum.
func (s *salvage) take(name Table, e element) bool {
	_, txid, err := name.unframe(e.key, e.value)
	if err != nil {
		return false
	}
	if txid > s.limit {
		return true // written by a commit that failed
	}
	t := s.table(name)
	if old, ok := t.records[string(e.key)]; !ok || txid > old.txid {
		t.records[string(e.key)] = find{e.at, len(e.value), txid}
		s.newest = max(s.newest, txid)
	}
	return true
}

// expect adds the tables of which the directory tells and the tree does not.
func (s *salvage) expect() {
	for key := range s.tables[metaTable].records {
		if name, ok := listedBy([]byte(key)); ok {
			s.table(name)
		}
	}
}

// complete reports whether the trees tell everything.
func (s *salvage) complete() bool {
	for _, t := range s.tables {
		if len(t.gaps) > 0 {
			return false
		}
	}
	return !s.unlisted
}

// search looks at everything that may be a record, puts into the gaps what
// belongs there, and what is newer than the trees into its place.
func (s *salvage) search() {
	counts := map[Table]uint64{}
	s.eachLeaf(func(e element) {
		if b, ok := bucketOf(e); e.bucket && ok {
			counts[Table(e.key)] = max(counts[Table(e.key)], b.sequence)
			return
		}
		name, txid, _, err := unframe(e.key, e.value)
		if e.bucket || err != nil {
			return
		}
		t, known := s.tables[name]
		switch {
		case !known && !s.unlisted: // of a table that the tree knows nothing of
		case !known, txid > s.base, t.missing(e.key):
			s.take(name, e)
		}
	})
	for name, t := range s.tables {
		if len(t.gaps) > 0 {
			t.sequence = max(t.sequence, counts[name])
		}
	}
}

// eachLeaf visits what is on each page that looks like a leaf, and on those that
// lie inside it.
func (s *salvage) eachLeaf(visit func(element)) {
	for id := uint64(firstDataPge); id < uint64(s.f.size/s.f.pageSize); id++ {
		p, err := s.f.page(id)
		if err != nil || p.flags != leafPage {
			continue
		}
		all, _ := p.elements()
		for _, e := range all {
			visit(e)
			if b, ok := bucketOf(e); e.bucket && ok && b.inline != nil {
				inner, _ := b.inline.elements()
				for _, e := range inner {
					visit(e)
				}
			}
		}
	}
}

// lost is how many records were seen that no copy could replace.
func (s *salvage) lost() int {
	n := 0
	for _, t := range s.tables {
		for key := range t.spoilt {
			if _, ok := t.records[key]; !ok {
				n++
			}
		}
	}
	return n
}

// found is how many records there are, those of the store itself apart.
func (s *salvage) found() int {
	n := 0
	for name, t := range s.tables {
		if name != metaTable {
			n += len(t.records)
		}
	}
	return n
}

// names are the tables that are worth making anew: a name that a flipped bit
// made has no record that fits it.
func (s *salvage) names() []Table {
	var names []Table
	for name, t := range s.tables {
		_, listed := s.tables[metaTable].records[string(directoryKey(name))]
		if listed || len(t.records) > 0 || name == metaTable || name == secretTable {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[Table])
	return names
}

// descent goes down one tree as far as it holds.
type descent struct {
	s    *salvage
	seen map[uint64]bool
	// leaf takes an element; between is the room up to its neighbours. It reports
	// whether the element is of the right kind.
	leaf func(e element, between keyRange) bool
	// gap is told of keys that cannot be reached.
	gap func(keyRange)
}

func (d *descent) tree(id uint64, within keyRange, depth int) {
	p, err := d.s.f.page(id)
	if err != nil || d.seen[id] || depth > deepest {
		d.gap(within)
		return
	}
	d.seen[id] = true
	d.on(p, within, depth)
}

func (d *descent) on(p page, within keyRange, depth int) {
	if p.flags != leafPage && p.flags != branchPage {
		d.gap(within)
		return
	}
	all, whole := p.elements()
	if !whole || p.flags == branchPage && len(all) == 0 {
		// Something is missing here and nobody can say what: all may be filled in.
		d.gap(within)
	}
	for i, e := range all {
		between := within
		if i > 0 {
			between.lo = all[i-1].key
		}
		if i+1 < len(all) {
			between.hi = all[i+1].key
		}
		if p.flags == leafPage {
			switch {
			case !within.has(e.key): // the way here is wrong, or the key is
				d.gap(within)
				d.gap(keyRange{e.key, append(bytes.Clone(e.key), 0)})
			case !d.leaf(e, between):
				d.gap(between)
			}
			continue
		}
		if i > 0 {
			between.lo = e.key
		}
		d.tree(e.child, between, depth+1)
	}
}
