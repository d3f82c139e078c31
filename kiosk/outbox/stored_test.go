package outbox

import (
	"crypto/sha256"
	"encoding/hex"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// What the disk says, read past the indexes.

func (k *terminal) stored(seq uint64) record {
	k.t.Helper()
	var r record
	err := k.st.View(k.t.Context(), func(tx *bolt.Tx) error {
		value, err := recordTable.Get(tx, store.Key(seq))
		if err == nil {
			r, err = decodeRecord(seq, value)
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return r
}

func (k *terminal) body(seq uint64) (body []byte) {
	k.t.Helper()
	err := k.st.View(k.t.Context(), func(tx *bolt.Tx) (err error) {
		body, err = bodyTable.Get(tx, store.Key(seq))
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return body
}

// wantFiled checks that the proof is there and the body is not.
func (k *terminal) wantFiled(e Entry) {
	k.t.Helper()
	if e.Protocol == "" || e.FiledAt.IsZero() {
		k.t.Errorf("filed without protocol or time: %+v", e)
	}
	if body := k.body(e.Seq); body != nil {
		k.t.Errorf("the body is still there")
	}
	proof, err := k.Proof(k.t.Context(), e.ID)
	if err != nil || string(proof) != "header.payload.signature of "+e.ID {
		k.t.Errorf("proof %q, %v", proof, err)
	}
}

// wantBody checks that the body is as it was put.
func (k *terminal) wantBody(e Entry) {
	k.t.Helper()
	_, p, err := k.parcel(k.t.Context(), e.Seq)
	digest := sha256.Sum256(p.Sealed)
	if err != nil || hex.EncodeToString(digest[:]) != e.Digest {
		k.t.Errorf("the body of %s is not whole: %v", e.ID, err)
	}
}
