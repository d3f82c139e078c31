package session

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"pue/devices/capture"
	"pue/devices/smartcard"
)

// sheet is a photograph of a page with sharp marks, or of the dark. Each is taken once,
// and handed out as a copy: whoever gets it may wipe it.
func sheet(t *testing.T, light uint8) []byte {
	t.Helper()
	if taken, ok := sheets.Load(light); ok {
		return bytes.Clone(taken.([]byte))
	}
	page := image.NewGray(image.Rect(0, 0, 1600, 1100))
	for y := range 1100 {
		for x := range 1600 {
			luma := light
			if x/5%2 == 0 && y/5%2 == 0 {
				luma /= 8
			}
			page.SetGray(x, y, color.Gray{luma})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, page, nil); err != nil {
		t.Fatal(err)
	}
	sheets.Store(light, bytes.Clone(b.Bytes()))
	return b.Bytes()
}

// sheets are the photographs that were taken, by their light.
var sheets sync.Map

// testScanner hands over what the test says.
type testScanner struct {
	take  func([]byte)
	waits int // how often somebody began to wait
}

func (s *testScanner) Collect(take func([]byte)) (stop func()) {
	s.take = take
	s.waits++
	return func() { s.take = nil }
}

// livePapers is a citizen before the list of papers.
func livePapers(t *testing.T, change func(*Options)) (*world, *testScanner) {
	t.Helper()
	scanner := &testScanner{}
	w := liveWith(t, func(o *Options, m *machine) {
		withPapers(t, m, letter)
		o.Camera, o.Scanner = true, scanner
		change(o)
	})
	w.logIn(t)
	w.open("naspi")
	for w.Snapshot().Screen == Form {
		w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
		synctest.Wait()
	}
	w.wants(t, Documents)
	return w, scanner
}

func (w *world) photograph(data []byte) {
	w.Photograph(w.Snapshot().Visit, data)
	synctest.Wait()
}

// inMemory are the pictures that the session knows.
func (w *world) inMemory() int {
	w.runner.album.mu.Lock()
	defer w.runner.album.mu.Unlock()
	return len(w.runner.album.all)
}

// bytesOf are those of a picture that is on the screen, not a copy.
func (w *world) bytesOf(id string) []byte {
	w.runner.album.mu.Lock()
	defer w.runner.album.mu.Unlock()
	return w.runner.album.shown[id].Data
}

func unchanged(*Options) {}

func TestPagesTravelSealedAndNamedAndLeaveNothingInMemory(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w, _ := livePapers(t, unchanged)
		w.touch(Open, "lettera")
		w.photograph(sheet(t, 20))
		w.wants(t, DocumentPage)
		if flaws := w.Snapshot().DocumentPage.Page.Flaws; !slices.Contains(flaws, capture.TooDark) {
			t.Errorf("flaws of the dark: %q", flaws)
		}
		dark := w.Snapshot().DocumentPage.Page.ID
		w.touch(Redo, "")
		if _, _, ok := w.Picture(dark, false); ok || w.inMemory() > 0 {
			t.Error("the dark page is still there")
		}
		w.photograph(sheet(t, 240))
		page := w.Snapshot().DocumentPage.Page
		if len(page.Flaws) > 0 {
			t.Fatalf("flaws %q", page.Flaws)
		}
		large, kind, ok := w.Picture(page.ID, false)
		if !ok || kind != capture.JPEG {
			t.Fatalf("no picture on the screen: %q", kind)
		}
		w.touch(Confirm, "")
		w.touch(Continue, "")
		w.touch(Continue, "")
		w.wants(t, Review)
		w.touch(Confirm, "")
		w.typePIN("12345678")
		if len(w.outbox.stored) != 1 || len(w.inps.record.Attachments) != 1 {
			t.Fatalf("stored %d submissions, %d attachments in the record", len(w.outbox.stored), len(w.inps.record.Attachments))
		}
		a := w.inps.record.Attachments[0]
		if a.Name != "lettera" || a.MediaType != capture.JPEG || w.outbox.stored[0].Attachments[0].ID != a.ID {
			t.Errorf("attachment %q of %q", a.Name, a.MediaType)
		}
		if !bytes.Equal(w.outbox.parts[a.ID], large) {
			t.Error("what was sealed is not what was seen")
		}
		if n := w.inMemory(); n > 0 {
			t.Errorf("%d pictures are in memory after the submission is stored", n)
		}
	})
}

func TestPagesThatFindNoRoomStayInTheForm(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w, _ := livePapers(t, unchanged)
		w.outbox.roomFor = 1
		w.touch(Open, "lettera")
		for range 2 {
			w.photograph(sheet(t, 240))
			w.touch(Confirm, "")
		}
		w.wants(t, Documents)
		w.touch(Continue, "")
		w.touch(Confirm, "")
		w.typePIN("12345678")
		w.wants(t, Review)
		if len(w.outbox.stored) > 0 || len(w.outbox.parts) > 0 {
			t.Errorf("%d submissions stored, %d sealed pages left over", len(w.outbox.stored), len(w.outbox.parts))
		}
		if w.card.verified {
			t.Error("the card keeps its PIN after nothing was signed")
		}
		if p := w.Snapshot().Review.Papers; p[0].Taken != 2 || w.inMemory() != 2 {
			t.Errorf("%d pages in the form, %d in memory", p[0].Taken, w.inMemory())
		}
		w.outbox.roomFor = 0
		w.touch(Confirm, "")
		w.typePIN("12345678")
		if len(w.outbox.stored) != 1 || len(w.outbox.stored[0].Attachments) != 2 {
			t.Error("the second try does not carry both pages")
		}
	})
}

func TestPagesAreWipedWithTheirCardUnlessTheFormWaitsForIt(t *testing.T) {
	testCertificate()
	for _, waits := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w, _ := livePapers(t, func(o *Options) {
				if !waits {
					o.Resume = 0
				}
			})
			w.touch(Open, "lettera")
			w.photograph(sheet(t, 240))
			w.touch(Confirm, "")
			shown := w.Snapshot().Capture.Pages[0].ID
			data := w.bytesOf(shown)
			w.slot(smartcard.EmptySlot)
			w.wants(t, Removed)
			if got := w.inMemory() == 1; got != waits {
				t.Errorf("waits %v: %d pictures in memory", waits, w.inMemory())
			}
			if _, _, ok := w.Picture(shown, true); ok {
				t.Error("the picture can still be looked at")
			}
			if got := slices.Max(data) > 0; got != waits {
				t.Errorf("waits %v: the bytes of the picture are there: %v", waits, got)
			}
		})
	}
}

func TestPagesBeingSealedAreWholeAlthoughTheirCardIsGone(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w, _ := livePapers(t, func(o *Options) { o.Resume = 0 })
		w.touch(Open, "lettera")
		w.photograph(sheet(t, 240))
		seen, _, _ := w.Picture(w.Snapshot().DocumentPage.Page.ID, false)
		w.touch(Confirm, "")
		w.touch(Continue, "")
		w.touch(Continue, "")
		w.touch(Confirm, "")
		w.outbox.attaching = make(chan struct{})
		w.typePIN("12345678")
		w.wants(t, Saving)
		w.slot(smartcard.EmptySlot)
		close(w.outbox.attaching)
		synctest.Wait()
		if len(w.inps.pages) != 1 || !bytes.Equal(w.inps.pages[0], seen) {
			t.Error("a page was overwritten before it was sealed")
		}
		if w.inMemory() > 0 || len(w.outbox.parts) > 0 || len(w.outbox.stored) > 0 {
			t.Error("the page outlives its submission, of which nothing was signed")
		}
	})
}

func TestTheScannerIsWaitedForOnlyWhileAPaperIsTaken(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w, scanner := livePapers(t, unchanged)
		if scanner.waits > 0 {
			t.Error("waited for on the list")
		}
		w.touch(Open, "lettera")
		scanner.take(sheet(t, 250))
		synctest.Wait()
		if pages := w.Snapshot().Capture.Pages; len(pages) != 1 {
			t.Errorf("%d pages after a scan", len(pages))
		}
		w.touch(Continue, "")
		if scanner.take != nil {
			t.Error("still waited for on the list")
		}
		w.touch(Open, "lettera")
		w.slot(smartcard.EmptySlot)
		if scanner.take != nil || scanner.waits != 2 {
			t.Errorf("waited for %d times, and after the card has gone: %v", scanner.waits, scanner.take != nil)
		}
	})
}
