package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestASizeIsTwoNumbersOrNothing(t *testing.T) {
	for size, want := range map[string][2]int{
		"":          {0, 0},
		"1280x1024": {1280, 1024},
		"800x600":   {800, 600},
	} {
		w, h, err := dimensions(size)
		if err != nil || w != want[0] || h != want[1] {
			t.Errorf("dimensions(%q) = %d, %d, %v; want %v", size, w, h, err, want)
		}
	}
	for _, size := range []string{"1280", "x", "1280x", "-5x5", "0x0", "1280x1024x2", "big"} {
		if _, _, err := dimensions(size); err == nil {
			t.Errorf("dimensions(%q) was accepted", size)
		}
	}
}

func TestWithoutADisplayThereIsAHintAndAnExitCode(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	var stderr bytes.Buffer
	if code := run([]string{"--socket", t.TempDir() + "/none.sock"}, &stderr); code != exitUnavailable {
		t.Errorf("exit code %d, want EX_UNAVAILABLE", code)
	}
	if !strings.Contains(stderr.String(), "hint: ") {
		t.Errorf("no hint in %q", stderr.String())
	}
}

func TestUnknownWordsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"--size", "large"}, {"--url", "http://example.it"}, {"now"}} {
		var stderr bytes.Buffer
		if code := run(args, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("run(%q) = %d with %q", args, code, stderr.String())
		}
	}
}
