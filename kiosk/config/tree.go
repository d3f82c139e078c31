package config

import (
	"slices"
	"strings"
)

// branch is the table of keys as the tree that the file has to follow: a
// section with names below it, a list of sections, or a leaf with its key.
type branch struct {
	leaf  *key
	items bool     // a list, each item a section with the names below
	some  bool     // such a list that must not be empty
	whole bool     // a section that may be left out, but not in part
	names []string // in the order of the table
	below map[string]*branch
}

var root = grow(keys)

func grow(keys []key) *branch {
	root := &branch{}
	for i := range keys {
		at := root
		names := strings.Split(keys[i].path, ".")
		for n, name := range names {
			if n == len(names)-1 && keys[i].optional {
				at.whole = true
			}
			plain, items := strings.CutSuffix(name, "[]")
			at = at.child(plain)
			at.items, at.some = items, items && (at.some || keys[i].some)
		}
		at.leaf = &keys[i]
	}
	return root
}

func (b *branch) child(name string) *branch {
	if c, ok := b.below[name]; ok {
		return c
	}
	if b.below == nil {
		b.below = map[string]*branch{}
	}
	c := &branch{}
	b.below[name] = c
	b.names = append(b.names, name)
	return c
}

// required lists the paths below that must be present, seen from here, without
// those inside lists.
func (b *branch) required() []string {
	var paths []string
	for _, name := range b.names {
		switch c := b.below[name]; {
		case c.items && c.some:
			paths = append(paths, name)
		case c.items, c.whole:
		case c.leaf == nil:
			for _, p := range c.required() {
				paths = append(paths, name+"."+p)
			}
		case c.leaf.required:
			paths = append(paths, name)
		}
	}
	return paths
}

// knows reports whether a dotted path leads to a key, seen from here.
func (b *branch) knows(path string) bool {
	at := b
	for _, name := range strings.Split(path, ".") {
		if !slices.Contains(at.names, name) {
			return false
		}
		at = at.below[name]
	}
	return at.leaf != nil
}
