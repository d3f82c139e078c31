package window

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// withCameras is a library that gives WebKit its own invented cameras and
// microphones, at the moment at which the lock sets another of its settings.
const withCameras = `#define _GNU_SOURCE
#include <dlfcn.h>
void webkit_settings_set_javascript_can_access_clipboard(void *settings, int on) {
  void (*original)(void *, int) = dlsym(RTLD_NEXT, "webkit_settings_set_javascript_can_access_clipboard");
  void (*mock)(void *, int) = dlsym(RTLD_DEFAULT, "webkit_settings_set_enable_mock_capture_devices");
  original(settings, on);
  mock(settings, 1);
}
`

// cameras is the variable that loads withCameras into a window.
func cameras(t *testing.T) string {
	t.Helper()
	source, library := filepath.Join(t.TempDir(), "cameras.c"), filepath.Join(t.TempDir(), "cameras.so")
	if err := os.WriteFile(source, []byte(withCameras), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", library, source, "-ldl").CombinedOutput(); err != nil {
		t.Fatalf("building the cameras: %v\n%s", err, out)
	}
	return "LD_PRELOAD=" + library
}

func TestThePageSeesThroughTheCameraAndNeverHears(t *testing.T) {
	s := openScreen(t, cameras(t), "PUE_TEST_CAMERA=yes")
	for _, ask := range []struct {
		key, told string
		refused   bool
	}{
		{"V", "media video", false},
		{"W", "media NotAllowedError", true},
		{"X", "media NotAllowedError", true},
	} {
		s.x("key", ask.key)
		told := append(s.await(ask.told), s.restOfTheLog()...)
		if refused := strings.Contains(strings.Join(told, "\n"), "what=permission"); refused != ask.refused {
			t.Errorf("%s: refused %v", ask.key, refused)
		}
	}
}

func TestWithoutTheFlagThePageSeesNothing(t *testing.T) {
	s := openScreen(t, cameras(t))
	for _, key := range []string{"V", "W", "X"} {
		s.x("key", key)
		if before := s.await("page: media "); strings.Contains(strings.Join(before, ""), "media video") {
			t.Error("the camera is open")
		}
	}
	s.stillThere()
}
