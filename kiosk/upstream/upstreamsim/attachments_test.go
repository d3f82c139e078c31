package upstreamsim

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sealedDocument is a document of so many bytes, sealed as the contract says.
type sealedDocument struct {
	Attachment
	plain  []byte
	head   []byte
	chunks [][]byte
}

// newDocument seals a document; n tells its id.
func (b *bench) newDocument(t testing.TB, n, size int) sealedDocument {
	t.Helper()
	plain := bytes.Repeat([]byte("documento di prova "), size/19+1)[:size]
	sum := sha256.Sum256(plain)
	d := sealedDocument{
		Attachment: Attachment{ID: testID(n), Name: "lettera", MediaType: "application/pdf", Size: int64(size), SHA256: hex.EncodeToString(sum[:])},
		plain:      plain,
	}
	d.seal(t, b, d.ID, testTerminal)
	return d
}

func (d *sealedDocument) seal(t testing.TB, b *bench, id, terminal string) {
	t.Helper()
	list, err := SealingKeys(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := readKey[*ecdh.PrivateKey](b.dir + "/" + list[0].secretFile())
	if err != nil {
		t.Fatal(err)
	}
	pub, err := hpke.NewDHKEMPublicKey(key.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	enc, sender, err := hpke.NewSender(pub, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte("pue-attachment/1\x00"+id+"\x00"+terminal))
	if err != nil {
		t.Fatal(err)
	}
	keyID, err := sealingID(key)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := hex.DecodeString(keyID)
	d.head, d.chunks = slices.Concat([]byte("pue-attachment/1"), raw, enc), nil
	padded := append(bytes.Clone(d.plain), make([]byte, (65536-len(d.plain)%65536)%65536)...)
	for i := 0; len(padded) > 0; i++ {
		aad := []byte{0, 0, byte(i >> 8), byte(i), 0}
		if len(padded) == 65536 {
			aad[4] = 1
		}
		chunk, err := sender.Seal(aad, padded[:65536])
		if err != nil {
			t.Fatal(err)
		}
		d.chunks, padded = append(d.chunks, chunk), padded[65536:]
	}
}

// body is what travels as chunk n.
func (d sealedDocument) body(n int) []byte {
	if n == 0 {
		return slices.Concat(d.head, d.chunks[0])
	}
	return d.chunks[n]
}

func (d sealedDocument) sealed() []byte { return slices.Concat(d.head, slices.Concat(d.chunks...)) }

func (b *bench) putChunk(submission, attachment string, n any, body []byte) *httptest.ResponseRecorder {
	sum := sha256.Sum256(body)
	return b.do("PUT", fmt.Sprintf("/applications/%s/attachments/%s/chunks/%v", submission, attachment, n), http.Header{
		"Content-Type": {"application/vnd.pue.sealed"}, "Digest": {"SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])},
	}, body)
}

func (b *bench) putDocument(t testing.TB, submission string, d sealedDocument) {
	t.Helper()
	for n := range d.chunks {
		if w := b.putChunk(submission, d.ID, n, d.body(n)); w.Code != http.StatusOK {
			t.Fatalf("chunk %d: %d %s", n, w.Code, w.Body)
		}
	}
}

func (b *bench) chunksOf(t testing.TB, submission, attachment string) int {
	t.Helper()
	return int(decode(t, b.do("GET", "/applications/"+submission+"/attachments/"+attachment, nil, nil))["chunks"].(float64))
}

// withDocuments is a submission that names documents; n tells its id.
func (b *bench) withDocuments(t testing.TB, n int, documents ...sealedDocument) envelope {
	t.Helper()
	rec, list := goodRecord(n), []any{}
	for _, d := range documents {
		list = append(list, d.Attachment)
	}
	rec["attachments"] = list
	return b.seal(t, rec, carla(t).sign("pue-submission+jws", rec))
}

// newFolderBench keeps its ledger and chunks in a folder of its own.
func newFolderBench(t testing.TB) (*bench, string) {
	t.Helper()
	dir, ledger := t.TempDir(), t.TempDir()
	if err := Provision(dir, testTerminal, "inps.example"); err != nil {
		t.Fatal(err)
	}
	b := openBench(t, dir, ledger)
	t.Cleanup(func() { b.Close() })
	return b, ledger
}

// walkAttachments gives every answer of the contract about chunks.
func walkAttachments(t *testing.T, b *bench) {
	d := b.newDocument(t, 900, 100_000)
	b.putDocument(t, testID(9), d)
	b.chunksOf(t, testID(9), d.ID)
	b.putChunk(testID(9), d.ID, 2, d.chunks[1])                                              // 200: one more than the document has
	b.putChunk(testID(9), d.ID, 9, d.chunks[1])                                              // 409
	b.putChunk(testID(9), d.ID, "x", d.chunks[1])                                            // 404
	b.putChunk(testID(9), d.ID, 1, d.chunks[1][:100])                                        // 400
	b.putChunk(testID(9), d.ID, 1, make([]byte, 1e6))                                        // 413
	b.do("GET", "/applications/x/attachments/y", nil, nil)                                   // 404
	b.do("PUT", "/applications/"+testID(9)+"/attachments/"+d.ID+"/chunks/0", nil, d.body(0)) // 415

	terminals := filepath.Join(b.chunks.folder, hex.EncodeToString([]byte(testTerminal)))
	if err := os.Rename(terminals, terminals+"-away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(terminals, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.do("GET", "/applications/"+testID(9)+"/attachments/"+d.ID, nil, nil) // 500
	b.putChunk(testID(9), d.ID, 0, d.body(0))                              // 500
	if err := os.Remove(terminals); err != nil {
		t.Fatal(err)
	}
}

func TestASubmissionIsFiledWithItsDocuments(t *testing.T) {
	b, _ := newFolderBench(t)
	for i, size := range []int{1, 65535, 65536, 65537, 300_000} {
		d := b.newDocument(t, 900+i, size)
		b.putDocument(t, testID(i), d)
		if w := b.submit(b.withDocuments(t, i, d)); w.Code != http.StatusAccepted {
			t.Errorf("%d bytes: %d %s", size, w.Code, w.Body)
		}
	}
	filed := b.Filed()
	if len(filed) != 5 {
		t.Fatalf("%d filed", len(filed))
	}
	for _, f := range filed {
		if len(f.Attachments) != 1 || f.Attachments[0].Name != "lettera" {
			t.Errorf("%+v", f.Attachments)
		}
	}
}

func TestADocumentThatIsNotTheOneThatWasSignedForIsRefused(t *testing.T) {
	const size = 200_000 // four chunks
	for name, c := range map[string]struct {
		change func(t *testing.T, b *bench, d *sealedDocument)
		want   string
	}{
		"nothing changed":    {func(*testing.T, *bench, *sealedDocument) {}, ""},
		"no document":        {func(_ *testing.T, _ *bench, d *sealedDocument) { d.chunks = nil }, "attachment-missing"},
		"cut short":          {func(_ *testing.T, _ *bench, d *sealedDocument) { d.chunks = d.chunks[:3] }, "attachment-missing"},
		"one chunk more":     {func(_ *testing.T, _ *bench, d *sealedDocument) { d.chunks = append(d.chunks, d.chunks[3]) }, "seal"},
		"chunks swapped":     {func(_ *testing.T, _ *bench, d *sealedDocument) { d.chunks[1], d.chunks[2] = d.chunks[2], d.chunks[1] }, "seal"},
		"one bit":            {func(_ *testing.T, _ *bench, d *sealedDocument) { d.chunks[2][7] ^= 1 }, "seal"},
		"key id":             {func(_ *testing.T, _ *bench, d *sealedDocument) { d.head[20] ^= 1 }, "seal"},
		"encapsulated key":   {func(_ *testing.T, _ *bench, d *sealedDocument) { d.head[30] ^= 1 }, "seal"},
		"schema":             {func(_ *testing.T, _ *bench, d *sealedDocument) { d.head[15] = '2' }, "seal"},
		"digest":             {func(_ *testing.T, _ *bench, d *sealedDocument) { d.SHA256 = strings.Repeat("0", 64) }, "seal"},
		"a byte less":        {func(_ *testing.T, _ *bench, d *sealedDocument) { d.Size-- }, "seal"},
		"a byte more":        {func(_ *testing.T, _ *bench, d *sealedDocument) { d.Size++ }, "seal"},
		"a chunk less named": {func(_ *testing.T, _ *bench, d *sealedDocument) { d.Size -= 65536 }, "seal"},
		"padding": {func(t *testing.T, b *bench, d *sealedDocument) {
			d.plain = append(d.plain, 1)
			d.seal(t, b, d.ID, testTerminal)
		}, "seal"},
		"another id":       {func(t *testing.T, b *bench, d *sealedDocument) { d.seal(t, b, testID(901), testTerminal) }, "seal"},
		"another terminal": {func(t *testing.T, b *bench, d *sealedDocument) { d.seal(t, b, d.ID, "PUE-0422") }, "seal"},
		"the end missing": {func(_ *testing.T, _ *bench, d *sealedDocument) {
			d.Size = 3 * 65536
			d.chunks = d.chunks[:3]
			sum := sha256.Sum256(d.plain[:d.Size])
			d.SHA256 = hex.EncodeToString(sum[:])
		}, "seal"},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := newFolderBench(t)
			d := b.newDocument(t, 900, size)
			c.change(t, b, &d)
			b.putDocument(t, testID(1), d)
			w := b.submit(b.withDocuments(t, 1, d))
			if c.want == "" {
				if w.Code != http.StatusAccepted {
					t.Errorf("control: %d %s", w.Code, w.Body)
				}
				return
			}
			if got := decode(t, w)["type"]; got != "urn:pue:problem:"+c.want {
				t.Errorf("%d %v, want %s", w.Code, got, c.want)
			}
			if len(b.Filed()) != 0 {
				t.Error("filed")
			}
		})
	}
}

func TestChunksComeInOrderAndStayAsTheyCame(t *testing.T) {
	b, _ := newFolderBench(t)
	d := b.newDocument(t, 900, 200_000)
	for _, step := range []struct {
		n    int
		body []byte
		want int
		has  int
	}{
		{1, d.body(1), http.StatusConflict, 0},
		{0, d.body(0), http.StatusOK, 1},
		{0, d.body(0), http.StatusOK, 1},
		{2, d.body(2), http.StatusConflict, 1},
		{1, d.body(1), http.StatusOK, 2},
		{1, d.body(2), http.StatusConflict, 2},
		{0, d.body(0), http.StatusOK, 2},
		{160, d.body(2), http.StatusNotFound, 2},
	} {
		if w := b.putChunk(testID(1), d.ID, step.n, step.body); w.Code != step.want {
			t.Errorf("chunk %d: %d %s", step.n, w.Code, w.Body)
		}
		if has := b.chunksOf(t, testID(1), d.ID); has != step.has {
			t.Errorf("after chunk %d there are %d, want %d", step.n, has, step.has)
		}
	}
	if n := b.chunksOf(t, testID(2), d.ID); n != 0 {
		t.Errorf("another submission has %d", n)
	}
}

func TestATornChunkWasNeverThere(t *testing.T) {
	b, _ := newFolderBench(t)
	d := b.newDocument(t, 900, 100_000)
	b.putChunk(testID(1), d.ID, 0, d.body(0))
	path := b.chunks.path(place{testTerminal, testID(1), d.ID})
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.Write(make([]byte, 5000)) // INPS lost power here
	f.Close()
	if n := b.chunksOf(t, testID(1), d.ID); n != 1 {
		t.Errorf("%d chunks", n)
	}
	b.putChunk(testID(1), d.ID, 1, d.body(1))
	if w := b.submit(b.withDocuments(t, 1, d)); w.Code != http.StatusAccepted {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestChunksWithoutASubmissionAreForgottenAfterADay(t *testing.T) {
	b, ledger := newFolderBench(t)
	filed, left, other := b.newDocument(t, 900, 100), b.newDocument(t, 901, 100), b.newDocument(t, 902, 100)
	b.putDocument(t, testID(1), filed)
	b.putDocument(t, testID(2), left)
	if w := b.submit(b.withDocuments(t, 1, filed)); w.Code != http.StatusAccepted {
		t.Fatal(w.Body)
	}
	after := func(d time.Duration) (int, int) {
		now := time.Now()
		for _, id := range []string{testID(1), testID(2)} {
			dir := filepath.Join(ledger, "attachments", hex.EncodeToString([]byte(testTerminal)), id)
			if err := os.Chtimes(dir, now.Add(-d), now.Add(-d)); err != nil {
				t.Fatal(err)
			}
		}
		b.putDocument(t, testID(3), other)
		return b.chunksOf(t, testID(1), filed.ID), b.chunksOf(t, testID(2), left.ID)
	}
	if x, y := after(23 * time.Hour); x != 1 || y != 1 {
		t.Errorf("after 23 hours %d and %d", x, y)
	}
	if x, y := after(25 * time.Hour); x != 1 || y != 0 {
		t.Errorf("after 25 hours %d and %d", x, y)
	}
}

func TestASubmissionHasTwentyAttachmentsAtMost(t *testing.T) {
	b, _ := newFolderBench(t)
	d := b.newDocument(t, 900, 100)
	for n := range 20 {
		b.putChunk(testID(1), testID(100+n), 0, d.body(0))
	}
	if w := b.putChunk(testID(1), testID(120), 0, d.body(0)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("the 21st: %d", w.Code)
	}
	if w := b.putChunk(testID(1), testID(119), 0, d.body(0)); w.Code != http.StatusOK {
		t.Errorf("the 20th again: %d", w.Code)
	}
}

func TestWithoutALedgerDocumentsGoWithTheServer(t *testing.T) {
	b := newBench(t)
	d := b.newDocument(t, 900, 100)
	b.putDocument(t, testID(1), d)
	made := b.chunks.made
	if _, err := os.Stat(made); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(made); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

func FuzzHeadersOfDocumentsAreReadOrRefused(f *testing.F) {
	b := newBench(f)
	d := b.newDocument(f, 900, 100)
	f.Add(d.head)
	f.Add([]byte("pue-attachment/1"))
	f.Add(d.sealed()[:headLength+1])
	f.Fuzz(func(t *testing.T, raw []byte) {
		head, err := readHead(raw)
		if err == nil && (!keyIDForm.MatchString(head.keyID) || len(head.enc) != encLength) {
			t.Errorf("%+v", head)
		}
		if err := b.openAttachment(bytes.NewReader(raw), testTerminal, d.Attachment, time.Now()); err == nil {
			t.Error("a header alone passed for a document")
		}
	})
}
