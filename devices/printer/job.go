package printer

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"
)

// job is one document on its way.
type job struct {
	ctx     context.Context
	blocks  [][]byte // still to be sent, each ending where a question may stand
	size    int      // bytes of all of them
	witness Witness
	result  chan Result // one result, buffered

	stage      stage
	sent       int
	id         string // the process id that confirms it, for ByProcessID
	claimed    int    // the round of questions that has to vouch for an answer of GS r, 0 for none
	confirmed  bool   // the printer has said so
	garbled    bool   // the printer has missed bytes meanwhile
	doubted    bool   // it may have been switched off and on, and have forgotten but a part
	loose      bool   // and the cut
	milestones milestones
	deadline   time.Time // of confirming
	noise      int       // bytes heard meanwhile that mean nothing

	moved bool // the motor was seen running, for ByPolling
	shown bool // the paper was seen in the mouth
	calm  int  // polls in a row that found the printer at rest
}

type stage uint8

const (
	asking     stage = iota // is the printer there, has it paper?
	sending                 // bytes leave
	confirming              // all bytes left, the answer is awaited
)

func newJob(ctx context.Context, blocks [][]byte, w Witness) *job {
	j := &job{ctx: ctx, witness: w, result: make(chan Result, 1)}
	for _, b := range blocks {
		j.add(b)
	}
	return j
}

// add puts a block behind the others.
func (j *job) add(block []byte) {
	if len(block) > 0 {
		j.blocks = append(j.blocks, block)
		j.size += len(block)
	}
}

// blocksOf cuts a document where questions may stand.
func blocksOf(e Encoding) [][]byte {
	var blocks [][]byte
	from := 0
	for _, to := range append(e.borders, len(e.Data)) {
		blocks = append(blocks, e.Data[from:to:to])
		from = to
	}
	return blocks
}

func (j *job) finish(o Outcome, reason string) {
	j.result <- Result{Outcome: o, Reason: reason, Bytes: j.sent}
}

// processIDs numbers the documents. It starts at random, so that an answer that
// a printer still owes to an earlier run of the program confirms nothing.
type processIDs uint32

func newProcessIDs() processIDs {
	var seed [4]byte
	_, _ = rand.Read(seed[:]) // never fails (crypto/rand)
	return processIDs(binary.BigEndian.Uint32(seed[:]))
}

// next returns four printable characters (20h–7Eh, as GS ( H fn 48 asks),
// different for 81 million documents.
func (ids *processIDs) next() string {
	const letters = 0x7E - 0x20 + 1
	*ids++
	n := uint32(*ids)
	var id [4]byte
	for i := range id {
		id[i] = 0x20 + byte(n%letters)
		n /= letters
	}
	return string(id[:])
}
