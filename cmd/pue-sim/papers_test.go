package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// shoot WORDS does what the page does when its camera is pressed: it sends the picture
// of a sheet that is full of these words, or of an empty one.
func shoot(ts *testscript.TestScript, _ bool, args []string) {
	t := of(ts)
	_, _, err := t.look()
	ts.Check(err)
	var picture bytes.Buffer
	ts.Check(jpeg.Encode(&picture, sheet(ts, strings.Join(args, " ")), &jpeg.Options{Quality: 92}))
	r, err := http.NewRequest(http.MethodPost, t.kiosk+"documents", &picture)
	ts.Check(err)
	r.Header.Set("Content-Type", "image/jpeg")
	r.Header.Set("Pue-Visit", t.visit)
	answer, err := t.browser.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	ts.Check(err)
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("the picture: %s", answer.Status)
	}
}

// sheet is A4 at 150 dots to the inch.
func sheet(ts *testscript.TestScript, words string) image.Image {
	typeface, err := opentype.Parse(goregular.TTF)
	ts.Check(err)
	face, err := opentype.NewFace(typeface, &opentype.FaceOptions{Size: 12, DPI: 150})
	ts.Check(err)
	page := image.NewRGBA(image.Rect(0, 0, 1240, 1754))
	draw.Draw(page, page.Rect, image.NewUniform(color.Gray{225}), image.Point{}, draw.Src)
	d := font.Drawer{Dst: page, Src: image.NewUniform(color.Gray{40}), Face: face}
	for y := 120; y < 1640; y += 28 {
		d.Dot = fixed.P(120, y)
		d.DrawString(words)
	}
	return page
}

// papers N NAME demands that the submission which was filed last came with N pages of
// that paper, and with no others.
func papers(ts *testscript.TestScript, _ bool, args []string) {
	body, err := of(ts).get(strings.TrimSuffix(of(ts).dock, "/") + "/inps/filed")
	ts.Check(err)
	var list []struct {
		Attachments []struct {
			Name, MediaType string
			Size            int64
		}
	}
	ts.Check(json.Unmarshal([]byte(body), &list))
	if len(list) == 0 {
		ts.Fatalf("nothing is filed")
	}
	last := list[len(list)-1].Attachments
	for _, a := range last {
		if a.Name != args[1] || a.Size == 0 {
			ts.Fatalf("INPS has %+v", last)
		}
	}
	if fmt.Sprint(len(last)) != args[0] {
		ts.Fatalf("INPS has %d pages, want %s", len(last), args[0])
	}
}
