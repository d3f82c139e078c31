package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pue/devices/printer/printersim"
)

func TestFileOfBytesIsPrintedAndJudged(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "bytes"), filepath.Join(dir, "out")
	for _, tt := range []struct{ bytes, shows, complains string }{
		{"\x1bt\x06\xd5 5\n\x1dVB\x00", "--- receipt 1\n€ 5\n", ""},
		{"\x1bt\x13x\n", "fault: code page 19 is unknown to th230", "not what a th230 understands"},
	} {
		if err := os.WriteFile(file, []byte(tt.bytes), 0o600); err != nil {
			t.Fatal(err)
		}
		var shown strings.Builder
		err := decode(printerFlags{profile: "th230", decode: file, out: out}, &shown)
		if (err != nil) != (tt.complains != "") || err != nil && !strings.Contains(err.Error(), tt.complains) {
			t.Errorf("% X: %v, want %q", tt.bytes, err, tt.complains)
		}
		if !strings.Contains(shown.String(), tt.shows) {
			t.Errorf("% X shows %q, want %q", tt.bytes, shown.String(), tt.shows)
		}
	}
	for _, ending := range []string{"txt", "json", "png", "bin"} {
		if info, err := os.Stat(filepath.Join(out, "0001."+ending)); err != nil || info.Size() == 0 {
			t.Errorf("no .%s of the receipt: %v", ending, err)
		}
	}
	err := runPrinter(t.Context(), []string{"--decode", file, "--profile", "th231"}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "th230") {
		t.Errorf("%v, want the names of the printers", err)
	}
}

func TestEveryKnobOfThePrinterTurns(t *testing.T) {
	sim := printersim.New("custom-vkp80")
	knobs := printerKnobs(sim)
	post := func(path string) int {
		w := httptest.NewRecorder()
		knobs.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		return w.Code
	}
	for _, path := range []string{
		"/paper?on=0", "/low?on=1", "/cover?open=1", "/cutter?stuck=1", "/jam?on=1", "/hot?on=1", "/broken?on=1", "/mute?on=1",
		"/stall?on=1", "/speed?mm=100", "/flood?bytes=0", "/take", "/tear", "/power", "/cable?on=0",
	} {
		if code := post(path); code != http.StatusNoContent {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code := post("/left?mm=long"); code != http.StatusBadRequest {
		t.Errorf("a length in words: %d", code)
	}
	w := httptest.NewRecorder()
	knobs.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/state", nil))
	var s printersim.State
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if !s.PaperOut || !s.PaperLow || !s.CoverOpen || !s.Error || !s.Offline || s.Plugged {
		t.Errorf("state %+v, want all of that", s)
	}
}
