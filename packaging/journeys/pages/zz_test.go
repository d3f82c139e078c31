package pages
import ("testing";"os";"strings";"path/filepath";"fmt")
func TestZZ(t *testing.T){
	l := openLibrary(t)
	want := strings.Split(os.Getenv("ZZ"), ",")
	for _, s := range []struct{name string; width, height int; manners []string}{
		{"1280x1024",1280,1024,[]string{"it-m-normal", "de-l-normal", "it-xl-normal", "de-xl-dark","fr-xl-dark", "sl-xl-dark", "en-xl-dark"}},
		{"1920x1080",1920,1080,[]string{"it-m-normal","it-xl-normal","de-xl-dark"}},
	} {
		p := l.browse(t, s.width, s.height)
		for _, m := range s.manners {
			for _, page := range l.pages(t, s.name, m) {
				b := strings.TrimSuffix(filepath.Base(page), ".html")
				ok := false
				for _, w := range want { if strings.HasPrefix(b, w) { ok = true } }
				if !ok { continue }
				l.see(t, p, page)
				var found []string
				if err := p.Ask(outside, &found); err != nil { t.Fatal(err) }
				for _, f := range found { t.Errorf("%s: %s", page, f) }
				if d := os.Getenv("SHOTS"); d != "" {
					png, err := p.Picture()
					if err != nil { t.Fatal(err) }
					os.WriteFile(filepath.Join(d, fmt.Sprintf("%s_%s_%s.png", b, s.name, m)), png, 0o644)
				}
			}
		}
	}
}
