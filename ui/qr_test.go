package ui

import (
	"bytes"
	"regexp"
	"strconv"
	"testing"

	"rsc.io/qr"

	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

var module = regexp.MustCompile(`M(\d+) (\d+)h1v1h-1z`)

func TestAResultShowsTheCodeOfItsPaperAsAQRCode(t *testing.T) {
	const claim = "PUE-0421-7K3F-9M2X-4QPAT"
	u := drawn(t, &fake{})
	var b bytes.Buffer
	err := u.Render(&b, session.Snapshot{
		Screen: session.Result, Line: true, InSession: true, Place: here, View: session.View{Language: "it"},
		Result: &session.ResultView{Request: session.Request{Entry: outbox.Entry{Claim: claim, State: outbox.Waiting, CapturedAt: morning}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(claim, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	dark := map[[2]int]bool{}
	for _, m := range module.FindAllStringSubmatch(b.String(), -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		dark[[2]int{x - qrQuiet, y - qrQuiet}] = true
	}
	for y := -qrQuiet; y < want.Size+qrQuiet; y++ {
		for x := -qrQuiet; x < want.Size+qrQuiet; x++ {
			if dark[[2]int{x, y}] != want.Black(x, y) {
				t.Fatalf("module %d, %d is wrong", x, y)
			}
		}
	}
}
