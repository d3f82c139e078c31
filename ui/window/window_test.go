package window

import (
	"testing"
	"time"
)

func TestOnlyAPlainLocalAddressHasAnOrigin(t *testing.T) {
	for raw, want := range map[string]string{
		"http://127.0.0.1:4021/enter?t=abc": "http://127.0.0.1:4021/",
		"http://127.0.0.1:4021":             "http://127.0.0.1:4021/",
		"https://www.example.it/":           "",
		"http://someone@127.0.0.1:4021/":    "",
		"file:///etc/passwd":                "",
		"/relative":                         "",
		"http://%zz/":                       "",
	} {
		got, err := originOf(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("originOf(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestAPageThatDiesOftenIsNotReloadedForEver(t *testing.T) {
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var s shown
	for i := range deathsAllowed {
		if !s.mayReload(start.Add(time.Duration(i) * time.Second)) {
			t.Fatalf("death %d was not forgiven", i+1)
		}
	}
	if s.mayReload(start.Add(10 * time.Second)) {
		t.Error("one death more within a minute was forgiven")
	}
	if !s.mayReload(start.Add(10 * time.Minute)) {
		t.Error("a death long after the others was not forgiven")
	}
}
