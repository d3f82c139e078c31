package window

import (
	"image"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stillThere proves that the page is shown, alone, and hears the keyboard. It
// returns what was told before, so that a test sees what else happened.
func (s *screen) stillThere() []string {
	s.t.Helper()
	s.x("key", "z")
	before := s.await("page: key z")
	if n := s.windows(); n != s.alone {
		s.t.Errorf("%d windows are visible, want the %d of the page alone", n, s.alone)
	}
	return before
}

// restOfTheLog returns what the window has logged up to now: the page's words come
// by another way than the log's and may overtake them, a refused key's line may not.
func (s *screen) restOfTheLog() []string {
	s.t.Helper()
	s.x("key", "F1")
	return s.await("what=key")
}

func TestThePageFillsTheScreen(t *testing.T) {
	s := openScreen(t)
	var bare [][2]int
	// A page has loaded before its first frame is on the glass.
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		if bare = cornersWithoutPage(s.photograph()); len(bare) == 0 {
			return
		}
	}
	t.Errorf("the screen at %v is not the page's colour", bare)
}

// cornersWithoutPage are the corners of the screen that the page does not cover.
func cornersWithoutPage(picture image.Image) (bare [][2]int) {
	bounds := picture.Bounds()
	for _, corner := range [][2]int{{bounds.Max.X - 5, 5}, {bounds.Max.X - 5, bounds.Max.Y - 5}, {5, bounds.Max.Y - 5}} {
		if r, _, _, _ := picture.At(corner[0], corner[1]).RGBA(); r>>8 != pageRed {
			bare = append(bare, corner)
		}
	}
	return bare
}

func TestThePageCannotLeaveOrOpenAnything(t *testing.T) {
	s := openScreen(t)
	for i, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			s := s.as(t)
			s.x("mousemove", strconv.Itoa(buttonX), strconv.Itoa(i*rowHeight+10), "click", "1")
			if a.refused != "" {
				s.await("what=" + a.refused)
			}
			s.x("mousemove", "450", "20", "click", "1")
			for _, line := range s.stillThere() {
				if strings.HasPrefix(line, "page: loaded") {
					t.Errorf("something was loaded: %q", line)
				}
			}
			s.x("key", "R")
			s.await("page: loaded /")
		})
	}
}

func TestThereIsNoWayBack(t *testing.T) {
	s := openScreen(t)
	s.x("mousemove", strconv.Itoa(wordsX), strconv.Itoa(linkY), "click", "1")
	s.await("page: loaded /second")
	for _, chord := range []string{"alt+Left", "XF86Back", "BackSpace"} {
		s.x("mousemove", "900", "500", "click", "1", "key", chord)
	}
	s.x("click", "8")
	for _, line := range s.stillThere() {
		if strings.HasPrefix(line, "page: loaded") {
			t.Errorf("went back: %q", line)
		}
	}
}

func TestOnlyTypingKeysReachThePage(t *testing.T) {
	s := openScreen(t)
	commands := []string{
		"F1", "F5", "F10", "F11", "F12", "shift+F10", "Menu", "ctrl+r", "ctrl+p", "ctrl+s", "ctrl+o", "ctrl+a", "ctrl+c",
		"ctrl+v", "ctrl+w", "ctrl+q", "ctrl+t", "ctrl+period", "ctrl+shift+u", "ctrl+shift+i", "alt+F4", "alt+Home",
		"super+d", "XF86Refresh", "XF86HomePage", "Print", "Insert", "Page_Down",
	}
	for _, chord := range commands {
		s.x("key", chord)
		refused := s.await("what=key")
		for _, line := range append(refused, s.stillThere()...) {
			if key, reached := strings.CutPrefix(line, "page: key "); reached && !slices.Contains([]string{"Shift", "AltGraph"}, key) {
				t.Errorf("%s reached the page as %q", chord, key)
			}
		}
	}
	for _, typed := range []struct{ press, arrives string }{
		{"a", "a"},
		{"shift+b", "B"},
		{"7", "7"},
		{"KP_7", "7"},
		{"at", "@"},
		{"egrave", "è"},
		{"Tab", "Tab"},
		{"BackSpace", "Backspace"},
		{"Delete", "Delete"},
		{"Left", "ArrowLeft"},
		{"Home", "Home"},
		{"Return", "Enter"},
		{"Escape", "Escape"},
	} {
		s.x("key", typed.press)
		s.await("page: key " + typed.arrives)
	}
}

func TestTheMouseOnlyPresses(t *testing.T) {
	s := openScreen(t)
	for _, button := range []string{"2", "3", "8", "9"} {
		s.x("mousemove", strconv.Itoa(wordsX), strconv.Itoa(wordsY), "click", button)
		for _, line := range append(s.await("what=button"), s.stillThere()...) {
			if strings.HasPrefix(line, "page: mousedown") || strings.HasPrefix(line, "page: paste") || strings.HasPrefix(line, "page: contextmenu") {
				t.Errorf("button %s reached the page: %q", button, line)
			}
		}
	}
	s.x("mousemove", strconv.Itoa(wordsX), strconv.Itoa(wordsY), "click", "1")
	s.await("page: mousedown 0")
}

func TestNothingIsSelectedOrDragged(t *testing.T) {
	s := openScreen(t)
	s.x("mousemove", strconv.Itoa(wordsX), strconv.Itoa(wordsY), "click", "--repeat", "3", "1")
	for _, line := range s.stillThere() {
		if line == "page: selection" {
			t.Error("words were selected")
		}
	}
	s.x("mousemove", strconv.Itoa(wordsX), strconv.Itoa(linkY), "mousedown", "1",
		"mousemove_relative", "--", "-60", "80", "mousemove_relative", "--", "-60", "80", "mouseup", "1")
	s.x("mousemove", "900", "500", "click", "1")
	s.await("page: mousedown 0")
	s.stillThere()
}

func TestTheWindowSurvivesARecoveredFault(t *testing.T) {
	s := openScreen(t)
	for range 3 {
		s.x("key", "J") // a message to this process starts JavaScriptCore in it, and its signal handlers
		s.await("page: key J")
		s.stillThere()
		io.WriteString(s.stdin, "fault\n")
		s.await("recovered: runtime error: invalid memory address")
		s.stillThere()
	}
}

func TestAPageWhoseProcessDiesComesBack(t *testing.T) {
	s := openScreen(t)
	for _, pid := range s.pageProcesses() {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	s.await("page process ended", "page: loaded /")
	s.stillThere()
}

// desktopCaches are what GTK and its libraries write for any program, whatever
// it shows.
var desktopCaches = []string{".cache/dconf/", ".cache/gstreamer-1.0/", ".cache/mesa_shader_cache/", ".cache/fontconfig/"}

func TestNothingOfAVisitIsKeptOnDisk(t *testing.T) {
	s := openScreen(t)
	s.stillThere()
	s.window.Process.Signal(syscall.SIGTERM)
	s.ended()

	home := os.DirFS(s.home)
	err := fs.WalkDir(home, ".", func(path string, d fs.DirEntry, err error) error {
		known := func(cache string) bool { return strings.HasPrefix(path, cache) }
		if err == nil && !d.IsDir() && !slices.ContainsFunc(desktopCaches, known) {
			t.Errorf("the window left %s behind", path)
		}
		return err
	})
	if err != nil {
		t.Fatalf("searching what the window left: %v", err)
	}
}

func TestWithoutADisplayThereIsAReason(t *testing.T) {
	for name, display := range map[string]string{"none is named": "", "none answers": ":4711"} {
		t.Run(name, func(t *testing.T) {
			window := exec.Command(os.Args[0])
			window.Env = append(os.Environ(), "PUE_TEST_SHOW=http://127.0.0.1:1/", "DISPLAY="+display, "WAYLAND_DISPLAY=")
			out, err := window.Output()
			if err == nil || !strings.Contains(string(out), ErrNoDisplay.Error()) {
				t.Errorf("the window ended with %v and said %q", err, out)
			}
		})
	}
}
