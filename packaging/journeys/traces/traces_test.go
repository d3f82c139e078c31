package traces

import (
	"bytes"
	"encoding/base64"
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
