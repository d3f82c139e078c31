package upstream

import (
	"bytes"
	"compress/flate"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"io"
	"sync"
	"testing"
	"time"
)

func unframe(t *testing.T, plain []byte) []byte {
	t.Helper()
	n := binary.BigEndian.Uint32(plain)
	jws, err := io.ReadAll(flate.NewReader(bytes.NewReader(plain[frameHeader : frameHeader+n])))
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

func TestAFrameHoldsWhatWasPutIntoItWhateverItsLength(t *testing.T) {
	random := make([]byte, 300<<10) // three stored blocks and more
	rand.Read(random)
	for _, n := range []int{0, 1, 2000, 4091, 4092, 4093, 5115, 5116, 65534, 65535, 65536, 131070, len(random)} {
		for _, data := range [][]byte{random[:n], bytes.Repeat([]byte("a"), n)} {
			plain, err := frame(data)
			if err != nil {
				t.Fatal(err)
			}
			if len(plain) < plainLeast || len(plain)%plainStep != 0 || !bytes.Equal(unframe(t, plain), data) {
				t.Errorf("%d bytes became %d", n, len(plain))
			}
		}
	}
}

// Two citizens at two terminals of one process do not exist, but two tests do,
// and a window that kept the last record would end up in the next one.
func TestFramesMadeAtTheSameTimeDoNotMix(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			data := bytes.Repeat([]byte{byte(i)}, 3000+i)
			for range 50 {
				plain, err := frame(data)
				if err != nil || !bytes.Equal(unframe(t, plain), data) {
					t.Errorf("frame %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkSeal is all that is done to a signed record of 2 KiB.
func BenchmarkSeal(b *testing.B) {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(private.PublicKey())
	if err != nil {
		b.Fatal(err)
	}
	key, err := SealingKey{
		PEM: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), Until: time.Now(),
	}.read()
	if err != nil {
		b.Fatal(err)
	}
	letters := []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
	jws := make([]byte, 2<<10)
	rand.Read(jws)
	for i, c := range jws {
		jws[i] = letters[c%64]
	}
	info := sealInfo("0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5e", "PUE-0421")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.seal(jws, info); err != nil {
			b.Fatal(err)
		}
	}
}
