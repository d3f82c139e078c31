package upstreamsim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"
)

// unhexed is a part of a vector.
type unhexed []byte

func (b *unhexed) UnmarshalText(text []byte) (err error) {
	*b, err = hex.AppendDecode(nil, text)
	return err
}

// The vectors of RFC 9180 A.1.1, sequence numbers 0 to 2.
func TestTheMessagesOfOneContextOpenInTheirOrder(t *testing.T) {
	var key, enc, first, second, third unhexed
	for text, to := range map[string]*unhexed{
		"4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8":                           &key,
		"37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431":                           &enc,
		"f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a": &first,
		"af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84": &second,
		"498dfcabd92e8acedc281e85af1cb4e3e31c7dc394a1ca20e173cb72516491588d96a19ad4a683518973dcc180": &third,
	} {
		if err := to.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	private, err := ecdh.X25519().NewPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newContext(private, []byte("Ode on a Grecian Urn"), enc)
	if err != nil {
		t.Fatal(err)
	}
	for i, message := range []unhexed{first, second, third} {
		if _, err := c.open([]byte("Count-7"), message); err == nil {
			t.Errorf("message %d opened with other associated data", i)
		}
		plain, err := c.open([]byte{'C', 'o', 'u', 'n', 't', '-', byte('0' + i)}, message)
		if err != nil || string(plain) != "Beauty is truth, truth beauty" {
			t.Errorf("message %d: %q, %v", i, plain, err)
		}
	}
	if _, err := c.open([]byte("Count-2"), third); err == nil {
		t.Error("the last message opened twice")
	}
}

// attachmentVector was made by testdata/attachment.py.
type attachmentVector struct {
	PrivateKey unhexed   `json:"private_key"`
	ID         string    `json:"id"`
	Terminal   string    `json:"terminal"`
	Size       int64     `json:"size"`
	SHA256     string    `json:"sha256"`
	Header     unhexed   `json:"header"`
	Key        unhexed   `json:"key"`
	BaseNonce  unhexed   `json:"base_nonce"`
	Tags       []unhexed `json:"tags"`
	SealedSize int       `json:"sealed_size"`
	SealedSum  unhexed   `json:"sealed_sha256"`
}

// sealed makes the sealed document again, and believes it if the digest is the
// vector's.
func (v attachmentVector) sealed(t *testing.T) []byte {
	t.Helper()
	block, err := aes.NewCipher(v.Key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain := make([]byte, len(v.Tags)*plainChunk)
	for i := range v.Size {
		plain[i] = byte(i * i % 251)
	}
	sealed := bytes.Clone(v.Header)
	for i, tag := range v.Tags {
		nonce, aad := bytes.Clone(v.BaseNonce), binary.BigEndian.AppendUint32(nil, uint32(i))
		nonce[len(nonce)-1] ^= byte(i)
		aad = append(aad, 0)
		if i == len(v.Tags)-1 {
			aad[4] = 1
		}
		sealed = gcm.Seal(sealed, nonce, plain[i*plainChunk:(i+1)*plainChunk], aad)
		if !bytes.HasSuffix(sealed, tag) {
			t.Fatalf("chunk %d is another", i)
		}
	}
	if sum := sha256.Sum256(sealed); len(sealed) != v.SealedSize || !bytes.Equal(sum[:], v.SealedSum) {
		t.Fatal("not the document of the vector")
	}
	return sealed
}

func TestADocumentThatWasSealedByOtherMeansIsRead(t *testing.T) {
	data, err := os.ReadFile("../testdata/attachment.json")
	if err != nil {
		t.Fatal(err)
	}
	var v attachmentVector
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	private, err := ecdh.X25519().NewPrivateKey(v.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	id, err := sealingID(private)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s := &Server{keys: keys{sealing: map[string]opener{id: {private, now.Add(time.Hour)}}}}
	a, sealed := Attachment{ID: v.ID, Size: v.Size, SHA256: v.SHA256}, v.sealed(t)
	if err := s.openAttachment(bytes.NewReader(sealed), v.Terminal, a, now); err != nil {
		t.Error(err)
	}
	if err := s.openAttachment(bytes.NewReader(sealed), v.Terminal, a, now.Add(2*time.Hour)); err == nil {
		t.Error("opened with a key that is no longer there")
	}
}
