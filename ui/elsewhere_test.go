package ui

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// elsewhere is where packaging/journeys wants the stories, to look at them with
// the eyes of a browser.
var elsewhere = flag.String("elsewhere", "", "write every story as a page into this folder")

// TestStoriesCanBeTakenElsewhere writes SCREEN/LANGUAGE-SIZE-CONTRAST/STORY.html
// and the files beside the pages under static.
func TestStoriesCanBeTakenElsewhere(t *testing.T) {
	dir := *elsewhere
	if dir == "" {
		dir = t.TempDir()
	}
	for _, place := range []Options{
		{DiagonalInches: 17, Width: 1280, Height: 1024},
		{DiagonalInches: 21.5, Width: 1920, Height: 1080},
	} {
		u := drawn(t, &fake{}, func(o *Options) { *o = place })
		for address, a := range u.assets {
			write(t, filepath.Join(dir, address), a.bytes)
		}
		for _, s := range stories(t) {
			for _, v := range [][3]string{
				{"it", "m", "normal"},
				{"it", "l", "dark"},
				{"it", "xl", "normal"},
				{"de", "m", "dark"},
				{"de", "l", "normal"},
				{"de", "xl", "dark"},
				{"fr", "xl", "dark"},
				{"sl", "xl", "dark"},
				{"en", "xl", "dark"},
			} {
				var page bytes.Buffer
				if err := u.Render(&page, s.seen(v[0], v[1], v[2])); err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				screen := fmt.Sprintf("%dx%d", place.Width, place.Height)
				write(t, filepath.Join(dir, screen, v[0]+"-"+v[1]+"-"+v[2], s.name+".html"), page.Bytes())
			}
		}
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
