package pages

import (
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pue/packaging/journeys/browser"
)

// resigned is what a citizen writes who left for a good reason, whose letter INPS
// wants to see.
var resigned = map[string]string{
	"telefono": "0423 555 0199", "email": "", "indirizzo": "Via della Prova 12", "comune": "Borgo Inventato", "cap": "31099", "provincia": "TV",
	"datore_denominazione": "Officine Inventate Srl", "datore_codice": "80078750587", "tipo_rapporto": "tempo_determinato",
	"data_inizio": "01/02/2020", "data_cessazione": "31/10/2026", "causale": "dimissioni_giusta_causa", "altra_attivita": "no",
	"iban": "IT60X0542811101000000123456", "did": "yes", "pensione_o_invalidita": "no",
	"dichiara_vero": "yes", "intestatario_conferma": "yes", "dichiara_avviso": "yes",
}

// desk is what lies before the camera: a sheet with marks as fine as letters, or
// the same in the dark.
type desk struct{ file string }

func (d desk) put(t *testing.T, light uint8) {
	t.Helper()
	sheet := image.NewGray(image.Rect(0, 0, 1920, 1080))
	for y := range 1080 {
		for x := range 1920 {
			luma := light
			if x/6%3 == 0 && y/8%3 > 0 {
				luma /= 8
			}
			sheet.SetGray(x, y, color.Gray{luma})
		}
	}
	colours := image.NewYCbCr(sheet.Rect, image.YCbCrSubsampleRatio420) // as cameras do
	copy(colours.Y, sheet.Pix)
	for i := range colours.Cb {
		colours.Cb[i], colours.Cr[i] = 128, 128
	}
	f, err := os.Create(d.file)
	if err == nil {
		err = jpeg.Encode(f, colours, &jpeg.Options{Quality: 90})
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestALetterIsPhotographedAndReachesINPSAsItWasSeen(t *testing.T) {
	s := simulate(t, "--camera")
	before := desk{filepath.Join(t.TempDir(), "desk.mjpeg")}
	before.put(t, 12)
	p, err := browser.OpenBefore(t.Context(), before.file, s.kiosk, 1280, 1024)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	h := hands{t, p}
	s.beginApplication(t, h)
	h.see("documents", "Serve per la domanda")
	must(t, p.Press("continue"))
	h.see("documents", "Manca")

	must(t, p.Press("open:dimissioni"))
	h.see("capture", "non registra")
	must(t, p.Shoot())
	h.see("document-page", "troppo scura")
	before.put(t, 235)
	must(t, p.Press("redo"))
	h.see("capture")
	must(t, p.Shoot())
	h.see("document-page", "Si legge bene")
	must(t, p.Press("confirm"))
	h.see("capture")
	must(t, p.Press("page:1"))
	h.see("document-page", "Pagina 1")
	must(t, p.Press("remove"))
	h.see("capture")
	must(t, p.Shoot())
	h.see("document-page", "Si legge bene")
	seen := digestOfPicture(t, p)
	must(t, p.Press("confirm"))
	h.see("capture")
	must(t, p.Press("continue"))
	h.see("documents", "1 pagina")
	must(t, p.Press("continue"))
	h.see("review")
	must(t, p.Press("page:2"))
	h.see("review", "1 pagina")
	must(t, p.Press("confirm"))
	h.see("sign-pin")
	must(t, p.PIN("12345678"))
	h.see("result", "INPS.7003")

	filed := s.filed(t)
	if len(filed) != 1 || len(filed[0].Attachments) != 1 {
		t.Fatalf("INPS has %+v", filed)
	}
	if a := filed[0].Attachments[0]; a.Name != "dimissioni" || a.MediaType != "image/jpeg" || a.SHA256 != seen {
		t.Errorf("INPS has %+v, and %s was seen", a, seen)
	}
	s.turn(t, "/card/remove")
	h.see("removed", "sparito tutto")
}

func TestAScannedLetterAppearsByItself(t *testing.T) {
	scans := t.TempDir()
	s := simulate(t, "--scans", scans)
	p, err := browser.Open(t.Context(), s.kiosk, 1280, 1024)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	h := hands{t, p}
	s.beginApplication(t, h)
	h.see("documents")
	must(t, p.Press("open:dimissioni"))
	h.see("capture", "scanner")
	desk{filepath.Join(scans, "scan.jpg")}.put(t, 235)
	h.see("capture", "Ho finito")
	if left, err := os.ReadDir(scans); err != nil || len(left) > 0 {
		t.Errorf("%d files of the scanner are left over: %v", len(left), err)
	}
	must(t, p.Press("continue"))
	h.see("documents", "1 pagina")
	s.turn(t, "/card/remove")
	h.see("removed")
}

// beginApplication answers all questions.
func (s simulated) beginApplication(t *testing.T, h hands) {
	t.Helper()
	p := h.p
	h.see("welcome")
	must(t, p.Press("start"))
	h.see("notice")
	must(t, p.Press("continue"))
	h.see("insert-card")
	s.turn(t, "/card/insert?person=anna")
	h.see("pin")
	must(t, p.PIN("12345678"))
	h.see("home")
	must(t, p.OpenGroup("ask"))
	must(t, p.Press("open:naspi"))
	h.see("bring")
	must(t, p.Press("continue"))
	h.see("form")
	for range 20 {
		if p.Screen() != "form" {
			return
		}
		if step, err := p.Answer(resigned); err != nil {
			t.Fatalf("question %s: %v", step, err)
		}
	}
	t.Fatal("the form does not end")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// digestOfPicture is that of the page as the browser has it.
func digestOfPicture(t *testing.T, p *browser.Page) (digest string) {
	t.Helper()
	must(t, p.Await(`fetch(document.querySelector("main img").src).then(r => r.arrayBuffer()).then(b => crypto.subtle.digest("SHA-256", b))
		.then(d => [...new Uint8Array(d)].map(n => n.toString(16).padStart(2, "0")).join(""))`, &digest))
	return digest
}

// filing is what the reference side says of one submission.
type filing struct {
	Attachments []struct {
		Name      string `json:"name"`
		MediaType string `json:"media_type"`
		SHA256    string `json:"sha256"`
	} `json:"attachments"`
}

func (s simulated) filed(t *testing.T) (all []filing) {
	t.Helper()
	r, err := http.Get(strings.TrimSuffix(s.dock, "/") + "/inps/filed")
	must(t, err)
	defer r.Body.Close()
	must(t, json.NewDecoder(r.Body).Decode(&all))
	return all
}
