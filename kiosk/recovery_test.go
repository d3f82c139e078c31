package kiosk

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"pue/devices/smartcard/cardsim"
	"pue/kiosk/store"
)

// TestADamagedRecordSendsTheStoreBackToBeSaved has an owner find the damage: the
// store by itself does not read everything when it opens.
func TestADamagedRecordSendsTheStoreBackToBeSaved(t *testing.T) {
	c := provision(t, nowhere)
	path := filepath.Join(c.Data.Directory, "pue.db")
	job := []byte(`{"id":1,"kind":"statement","copy":0,"state":"printed","began":"2026-11-20T08:00:00Z"}`)
	st, err := store.Open(path, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	const jobs store.Table = "paper"
	err = st.Update(t.Context(), func(tx *bolt.Tx) error {
		if err := jobs.Make(tx); err != nil {
			return err
		}
		return jobs.Put(tx, store.Key(1), job)
	})
	if err != nil {
		t.Fatal(err)
	}
	st.Close()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.ReplaceAll(file, []byte("printed"), []byte("prinsed"))
	if bytes.Equal(file, damaged) {
		t.Fatal("nothing was damaged")
	}
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}

	k, err := New(Options{Config: c, Readers: cardsim.NewReaders(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	r, ok := k.store.Recovery()
	if !ok || r.How != store.Salvaged || r.Lost != 1 || !r.Noted {
		t.Errorf("recovery %+v, %v, want one record lost and a note of it", r, ok)
	}
	if report, err := k.audit.Verify(t.Context()); err != nil || !report.OK() || report.Events == 0 {
		t.Errorf("audit record: %+v, %v", report, err)
	}
}
