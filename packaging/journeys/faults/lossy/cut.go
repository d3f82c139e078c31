package lossy

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// sector is what a disk writes whole or not at all, bytes.
const sector = 512

// Weather is how much of what no barrier covered a power cut leaves behind.
type Weather string

// A disk may write early what it was not asked to write yet, in any order.
const (
	Nothing Weather = "nothing" // of it reached the disk
	Prefix  Weather = "prefix"  // the first so many operations did
	Sectors Weather = "sectors" // any sectors of any writes did; names in their order
)

// Weathers are all of them.
var Weathers = []Weather{Nothing, Prefix, Sectors}

// Survivors are the files that a power cut now would leave.
func (d *Disk) Survivors(w Weather, random *rand.Rand) map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := maps.Clone(d.stable)
	contents := map[*file][]byte{}
	at := func(f *file) []byte {
		if _, ok := contents[f]; !ok {
			contents[f] = slices.Clone(f.stable)
		}
		return contents[f]
	}
	for _, c := range d.lucky(w, random) {
		if c.file == nil {
			c.name(names)
			continue
		}
		contents[c.file] = c.apply(at(c.file))
	}
	files := map[string][]byte{}
	for name, f := range names {
		files[name] = at(f)
	}
	return files
}

// lucky are the changes that reached the disk without a barrier.
func (d *Disk) lucky(w Weather, random *rand.Rand) []change {
	if w == Nothing || len(d.journal) == 0 {
		return nil
	}
	until := random.IntN(len(d.journal) + 1)
	if w == Prefix {
		return d.journal[:until]
	}
	share := random.Float64()
	var all []change
	for i, c := range d.journal {
		switch {
		case c.file == nil: // file systems keep names in order: their journal
			if i < until {
				all = append(all, c)
			}
		case c.data == nil:
			if random.Float64() < share {
				all = append(all, c)
			}
		default:
			all = append(all, torn(c, func() bool { return random.Float64() < share })...)
		}
	}
	return all
}

// torn is a write in sectors, each of which arrived or did not.
func torn(c change, arrived func() bool) []change {
	var some []change
	for data, at := c.data, c.at; len(data) > 0; {
		n := min(int64(len(data)), sector-at%sector)
		if arrived() {
			some = append(some, change{file: c.file, at: at, data: data[:n]})
		}
		data, at = data[n:], at+n
	}
	return some
}
