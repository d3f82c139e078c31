package pages

import (
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pue/packaging/journeys/browser"
	"pue/packaging/journeys/stack"
)

// simulated is the whole terminal on simulators, in one process.
type simulated struct{ kiosk, dock string }

func simulate(t *testing.T, more ...string) simulated {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "pue-sim")
	if out, err := exec.Command("go", "build", "-C", tree, "-o", bin, "./cmd/pue-sim").CombinedOutput(); err != nil {
		t.Fatalf("building pue-sim: %v\n%s", err, out)
	}
	argv := append([]string{bin, "--speed", "0", "--quiet"}, more...)
	process, err := stack.Launch("pue-sim", filepath.Join(t.TempDir(), "log"), nil, argv...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.End(); err != nil {
			t.Error(err)
		}
	})
	var s simulated
	for begins, where := range map[string]*string{"kiosk  ": &s.kiosk, "dock   ": &s.dock} {
		line, err := process.Says(t.Context(), begins+"http://")
		if err != nil {
			t.Fatal(err)
		}
		*where = strings.TrimPrefix(line, begins)
	}
	return s
}

func (s simulated) turn(t *testing.T, knob string) {
	t.Helper()
	r, err := http.Post(strings.TrimSuffix(s.dock, "/")+knob, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusNoContent {
		t.Fatalf("%s: %s", knob, r.Status)
	}
}

// hands press keys and nothing else.
type hands struct {
	t *testing.T
	p *browser.Page
}

// focus is where the keyboard is, and whether a person can see that.
type focus struct {
	Name, Value, Type string
	Ring              bool
}

const focused = `(() => {
	const e = document.activeElement, s = getComputedStyle(e.type === "radio" || e.type === "checkbox" ? e.parentElement.querySelector("span") : e);
	return {name: e.name || "", value: e.type === "text" ? "" : e.value || "", type: e.type || "",
		ring: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== "none"};
})()`

// reach moves with one key until the focus is where it should be; without a key
// it must be there already.
func (h hands) reach(key, what string, there func(focus) bool) {
	h.t.Helper()
	var f focus
	for range 60 {
		if err := h.p.Ask(focused, &f); err != nil {
			h.t.Fatal(err)
		}
		if there(f) {
			if !f.Ring {
				h.t.Errorf("on %s: the focus on %s cannot be seen", h.p.Screen(), what)
			}
			return
		}
		if key == "" {
			break
		}
		if err := h.p.Key(key); err != nil {
			h.t.Fatal(err)
		}
	}
	h.t.Fatalf("on %s: %s is never reached with %s; the focus is on %+v", h.p.Screen(), what, key, f)
}

// press walks to the button that does act and presses it.
func (h hands) press(act string) {
	h.t.Helper()
	h.reach("Tab", act, func(f focus) bool { return f.Name == "act" && f.Value == act })
	h.key("Enter")
}

// open presses a service, in its group where services stand in groups.
func (h hands) open(group, service string) {
	h.t.Helper()
	closed, err := h.p.Closed(group)
	if err != nil {
		h.t.Fatal(err)
	}
	if closed {
		h.press("group:" + group)
		if err := h.p.Opened(group); err != nil {
			h.t.Fatal(err)
		}
	}
	h.press("open:" + service)
}

func (h hands) key(name string) {
	h.t.Helper()
	if err := h.p.Key(name); err != nil {
		h.t.Fatal(err)
	}
}

func (h hands) see(screen string, words ...string) {
	h.t.Helper()
	if err := h.p.See(screen, words...); err != nil {
		h.t.Fatal(err)
	}
}

func (h hands) pin() {
	h.t.Helper()
	for i, d := range "12345678" {
		if err := errors.Join(h.p.Type(string(d)), h.p.Dots(i+1)); err != nil {
			h.t.Fatal(err)
		}
	}
	h.key("Enter")
}

// write walks to a field and types into it.
func (h hands) write(field, text string) {
	h.t.Helper()
	h.reach("Tab", field, func(f focus) bool { return f.Name == "f."+field })
	if err := h.p.Type(text); err != nil {
		h.t.Fatal(err)
	}
}

// toward is the arrow that a person presses who sees the answer on the screen
// and the focus on another one; empty on the answer itself.
const toward = `(() => {
	const at = document.activeElement.parentElement.getBoundingClientRect();
	const to = document.querySelector('input[name="f.%s"][value="%s"]').parentElement.getBoundingClientRect();
	if (to.top > at.bottom - 2) return "ArrowDown";
	if (to.bottom < at.top + 2) return "ArrowUp";
	return to.left > at.right - 2 ? "ArrowRight" : to.right < at.left + 2 ? "ArrowLeft" : "";
})()`

// choose walks to one of several answers, takes it, and goes on.
func (h hands) choose(field, value string) {
	h.t.Helper()
	h.reach("Tab", field, func(f focus) bool { return f.Name == "f."+field })
	for arrow, presses := "?", 0; arrow != "" && presses < 20; presses++ {
		if err := h.p.Ask(fmt.Sprintf(toward, field, value), &arrow); err != nil {
			h.t.Fatal(err)
		}
		if arrow != "" {
			h.key(arrow)
		}
	}
	h.reach("", value, func(f focus) bool { return f.Name == "f."+field && f.Value == value })
	h.key("Enter")
	h.key("Enter")
}

// tick walks to a declaration and ticks it.
func (h hands) tick(field string) {
	h.t.Helper()
	h.reach("Tab", field, func(f focus) bool { return f.Name == "f."+field })
	if err := h.p.Type(" "); err != nil {
		h.t.Fatal(err)
	}
}

func TestKeysAloneWalkAnApplication(t *testing.T) {
	s := simulate(t)
	p, err := browser.Open(t.Context(), s.kiosk, 1280, 1024)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	h := hands{t, p}

	h.see("welcome")
	h.press("start")
	h.see("notice")
	h.press("continue")
	h.see("insert-card")
	s.turn(t, "/card/insert?person=anna")
	h.see("pin")
	h.pin()
	h.see("home")

	h.open("see", "estratto-contributivo")
	h.see("statement")
	h.key("Escape")
	h.see("home")

	h.open("ask", "naspi")
	h.see("bring")
	h.press("continue")
	question := func(n int) { h.see("form", fmt.Sprintf("Domanda %d ", n)) }
	question(1)
	h.write("telefono", "0423 555 0199")
	h.key("Enter")
	question(2)
	h.reach("Tab", "email", func(f focus) bool { return f.Name == "f.email" })
	h.key("Enter")
	question(3)
	h.write("indirizzo", "Via della Prova 12")
	h.key("Enter")
	h.write("comune", "Borgo Inventato")
	h.key("Enter")
	h.write("cap", "31099")
	h.key("Enter")
	h.write("provincia", "TV")
	h.key("Enter")
	question(4)
	h.key("Escape")
	question(3)
	h.press("answer")
	question(4)
	h.write("datore_denominazione", "Officine Inventate Srl")
	h.key("Enter")
	h.write("datore_codice", "80078750587")
	h.key("Enter")
	question(5)
	h.choose("tipo_rapporto", "stagionale")
	question(6)
	h.write("data_inizio", "01022020")
	h.key("Enter")
	h.write("data_cessazione", "31102026")
	h.key("Enter")
	question(7)
	h.choose("causale", "fine_contratto")
	question(8)
	h.choose("altra_attivita", "no")
	question(9)
	h.write("iban", "IT60X0542811101000000123456")
	h.key("Enter")
	question(10)
	h.choose("did", "yes")
	question(11)
	h.choose("pensione_o_invalidita", "no")
	question(12)
	h.tick("dichiara_vero")
	h.tick("intestatario_conferma")
	h.tick("dichiara_avviso")
	h.press("answer")

	h.see("review")
	h.press("confirm")
	h.see("sign-pin")
	h.pin()
	h.see("result", "INPS.7003")
	h.press("print")
	h.see("printed")
	h.press("taken")
	h.see("home")
	h.press("exit")
	h.see("goodbye")
	s.turn(t, "/card/remove")
	h.see("welcome")
}
