package peers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// preparedBytes is the size of a prepared file: written with zeros and synced,
// so that a later write changes no metadata of the file system.
const preparedBytes = 64 << 20

// raw is the disk's limit: a file of bodies and a file of acknowledgements, both
// only appended to. When everything is acknowledged, it starts from the front.
type raw struct {
	bodies, acks *log

	mu      sync.Mutex
	next    uint64
	pending []stored
}

type stored struct {
	n    uint64
	body []byte
}

func rawOpener(grouped bool, prepared int64) func(string) (Queue, error) {
	return func(dir string) (Queue, error) {
		bodies, err := openLog(filepath.Join(dir, "bodies"), grouped, prepared)
		if err != nil {
			return nil, err
		}
		acks, err := openLog(filepath.Join(dir, "acks"), grouped, prepared)
		if err != nil {
			return nil, errors.Join(err, bodies.close())
		}
		r := &raw{bodies: bodies, acks: acks, next: 1}
		acked := map[uint64]bool{}
		for _, s := range acks.found {
			acked[s.n] = true
		}
		for _, s := range bodies.found {
			if r.next = max(r.next, s.n+1); !acked[s.n] {
				r.pending = append(r.pending, s)
			}
		}
		return r, nil
	}
}

func (r *raw) Put(body []byte) error {
	r.mu.Lock()
	n := r.next
	r.next++
	r.mu.Unlock()
	if err := r.bodies.append(stored{n, body}); err != nil {
		return err
	}
	r.mu.Lock()
	r.pending = append(r.pending, stored{n, body})
	r.mu.Unlock()
	return nil
}

func (r *raw) Drain(n, workers int, take func([]byte)) error {
	if n > len(r.pending) {
		return fmt.Errorf("only %d are there", len(r.pending))
	}
	err := share(n, workers, func(i int) error {
		take(r.pending[i].body)
		return r.acks.append(stored{n: r.pending[i].n})
	})
	if r.pending = r.pending[n:]; err != nil || len(r.pending) > 0 {
		return err
	}
	return errors.Join(r.bodies.rewind(), r.acks.rewind())
}

func (r *raw) Close() error { return errors.Join(r.bodies.close(), r.acks.close()) }

// log is a file of records: length, CRC32C, turn, number, body. One write and one
// fdatasync for each record, or for each group of them.
type log struct {
	f        *os.File
	prepared int64
	group    *group[stored]
	found    []stored

	mu   sync.Mutex
	turn uint64 // how often it has started from the front
	end  int64
	buf  []byte
}

const headBytes = 4 + 4 + 8 + 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func openLog(path string, grouped bool, prepared int64) (*log, error) {
	_, missing := os.Stat(path)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l := &log{f: f, prepared: prepared, turn: 1}
	if missing != nil {
		err = l.prepare()
	} else {
		err = l.read()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if grouped {
		l.group = newGroup(l.write)
	}
	return l, nil
}

func (l *log) prepare() error {
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < l.prepared; at += int64(len(zeros)) {
		if _, err := l.f.WriteAt(zeros, at); err != nil {
			return err
		}
	}
	return l.f.Sync()
}

// read finds the records of the last turn; behind them a prepared file may hold
// some of the turn before.
func (l *log) read() error {
	all, err := os.ReadFile(l.f.Name())
	if err != nil {
		return err
	}
	for at := int64(0); at+headBytes <= int64(len(all)); {
		end := at + headBytes + int64(binary.BigEndian.Uint32(all[at:]))
		if end > int64(len(all)) || crc32.Checksum(all[at+8:end], castagnoli) != binary.BigEndian.Uint32(all[at+4:]) {
			break
		}
		turn := binary.BigEndian.Uint64(all[at+8:])
		if at == 0 {
			l.turn = turn
		}
		if turn != l.turn {
			break
		}
		l.found = append(l.found, stored{binary.BigEndian.Uint64(all[at+16:]), all[at+headBytes : end]})
		l.end, at = end, end
	}
	return nil
}

func (l *log) append(s stored) error {
	if l.group != nil {
		return l.group.do(s)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write([]stored{s})
}

func (l *log) write(records []stored) error {
	buf := l.buf[:0]
	for _, s := range records {
		at := len(buf)
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(s.body)))
		buf = append(buf, 0, 0, 0, 0)
		buf = binary.BigEndian.AppendUint64(buf, l.turn)
		buf = binary.BigEndian.AppendUint64(buf, s.n)
		buf = append(buf, s.body...)
		binary.BigEndian.PutUint32(buf[at+4:], crc32.Checksum(buf[at+8:], castagnoli))
	}
	l.buf = buf
	if l.prepared > 0 && l.end+int64(len(buf)) > l.prepared {
		return errors.New("the prepared file is full")
	}
	if _, err := l.f.WriteAt(buf, l.end); err != nil {
		return err
	}
	l.end += int64(len(buf))
	return unix.Fdatasync(int(l.f.Fd()))
}

// rewind starts from the front: a growing file grows again, a prepared one is
// written over.
func (l *log) rewind() error {
	l.end = 0
	l.turn++
	if l.prepared > 0 {
		return nil
	}
	return l.f.Truncate(0)
}

func (l *log) close() error {
	if l.group != nil {
		l.group.close()
	}
	return l.f.Close()
}
