package kiosk

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pue/kiosk/config"
)

func TestALogoThatCannotBeUsedIsReplacedAndSaidSo(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 40, 20))
	img.Set(0, 0, color.White) // the rest is black
	var good bytes.Buffer
	if err := png.Encode(&good, img); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"good.png": good.Bytes(), "bad.png": []byte("GIF89a")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]struct {
		wide int // 0: not that of the file
		said string
	}{
		"":                               {0, ""},
		filepath.Join(dir, "good.png"):   {40, ""},
		filepath.Join(dir, "bad.png"):    {0, "logo not usable"},
		filepath.Join(dir, "absent.png"): {0, "reading the logo"},
	} {
		var said bytes.Buffer
		c := &config.Config{Printer: config.Printer{Logo: file}}
		k := &Kiosk{o: Options{Config: c, Log: slog.New(slog.NewTextHandler(&said, nil))}}
		wide, _ := k.logo().Size()
		if (wide == 40) != (want.wide == 40) || !strings.Contains(said.String(), want.said) || want.said == "" && said.Len() > 0 {
			t.Errorf("%q: %d dots wide, log %q", file, wide, &said)
		}
	}
}
