package traces

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const secret = "IT60X0542811101000000123456"

func TestAValueIsFoundInEveryDisguise(t *testing.T) {
	if err := Prove(Control(secret), secret); err != nil {
		t.Error(err)
	}
}

func TestBase64IsFoundWhateverStandsAround(t *testing.T) {
	for before := range 7 {
		for after := range 4 {
			text := strings.Repeat("x", before) + secret + strings.Repeat("y", after)
			for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
				if Find([]byte(alphabet.EncodeToString([]byte(text))), secret) == nil {
					t.Errorf("not found with %d before and %d after", before, after)
				}
			}
		}
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	for _, content := range []string{"", "IT60 X054", strings.ToUpper("borgo esempio"), "\x1f\x8b\x08 no gzip at all"} {
		if found := Find([]byte(content), secret); found != nil {
			t.Errorf("found %q in %q", found, content)
		}
	}
	if err := Prove([]byte("nothing"), secret); err == nil {
		t.Error("a search that finds nothing was believed")
	}
}

func TestABrokenArchiveIsReadAsFarAsItGoes(t *testing.T) {
	content := Control(strings.Repeat(secret, 50))
	at := bytes.Index(content, []byte{0x1f, 0x8b, 8})
	if Find(content[at:len(content)-9], secret) == nil {
		t.Error("the value before the damage was not found")
	}
}

func TestAStreamWithoutAMarkIsFoundAmongRandomBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	noise := make([]byte, 64<<10)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	if found := Find(noise, secret); found != nil {
		t.Errorf("found %q in noise", found)
	}
	var stream bytes.Buffer
	w, err := flate.NewWriter(&stream, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 100 { // long enough for codes of its own
		fmt.Fprintf(w, "%d: some words that come before %s; ", n*n, secret)
	}
	w.Close()
	content := slices.Concat(noise, stream.Bytes(), noise)
	if found := Find(content, secret); !slices.Contains(found, "in clear within deflate") {
		t.Errorf("found %q", found)
	}
}
