package upstreamsim

import (
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestARecordThatBreaksTheSchemaIsRefused(t *testing.T) {
	b := newBench(t)
	for name, change := range map[string]func(map[string]any){
		"schema":            func(r map[string]any) { r["schema"] = "pue-submission/2" },
		"destination":       func(r map[string]any) { r["destination"] = "comune" },
		"version":           func(r map[string]any) { r["service_version"] = 0 },
		"class":             func(r map[string]any) { r["class"] = "query" },
		"no notice":         func(r map[string]any) { delete(r, "notice_version") },
		"assurance":         func(r map[string]any) { r["assurance"] = "low" },
		"no word on who":    func(r map[string]any) { delete(r, "identity") },
		"no card":           func(r map[string]any) { delete(r, "card") },
		"another kind":      func(r map[string]any) { r["card"] = reported("document_signer", "ok", "kind", "cie") },
		"no kind":           func(r map[string]any) { r["card"] = reported("kind", "passport") },
		"no verdict":        func(r map[string]any) { r["card"] = reported("chain", "") },
		"a CNS's documents": func(r map[string]any) { r["card"] = reported("document_signer", "ok") },
		"a CIE's documents": func(r map[string]any) { r["card"] = reported("kind", "cie") },
		"verified unasked":  func(r map[string]any) { r["identity"] = "verified" },
		"asked, not so":     func(r map[string]any) { r["card"] = reported("revocation", asked("good", "ocsp")) },
		"revoked":           func(r map[string]any) { r["card"] = reported("revocation", asked("revoked", "crl")) },
		"good, says nobody": func(r map[string]any) {
			r["card"], r["identity"] = reported("revocation", asked("good", "")), "verified"
		},
		"unknown, says who": func(r map[string]any) { r["card"] = reported("revocation", asked("unknown", "ocsp")) },
		"no clock":          func(r map[string]any) { delete(r, "clock_trusted") },
		"null attachments":  func(r map[string]any) { r["attachments"] = nil },
		"empty attachment":  func(r map[string]any) { r["attachments"] = []any{map[string]any{"name": "x"}} },
		"attachment twice":  func(r map[string]any) { r["attachments"] = []any{someAttachment(), someAttachment()} },
		"attachment within": func(r map[string]any) { r["attachments"] = []any{changed("content", "JVBERi0=")} },
		"attachment's id":   func(r map[string]any) { r["attachments"] = []any{changed("id", "1")} },
		"attachment's type": func(r map[string]any) { r["attachments"] = []any{changed("media_type", "pdf")} },
		"attachment's name": func(r map[string]any) { r["attachments"] = []any{changed("name", "../x")} },
		"attachment's size": func(r map[string]any) { r["attachments"] = []any{changed("size", 10<<20+1)} },
		"attachment's sum":  func(r map[string]any) { r["attachments"] = []any{changed("sha256", "00")} },
		"21 attachments": func(r map[string]any) {
			var list []any
			for n := range 21 {
				list = append(list, changed("id", testID(n)))
			}
			r["attachments"] = list
		},
		"null answers":      func(r map[string]any) { r["answers"] = nil },
		"name of an answer": func(r map[string]any) { r["answers"] = map[string]any{"a b": "c"} },
		"long answer":       func(r map[string]any) { r["answers"] = map[string]any{"a": strings.Repeat("x", 4001)} },
		"no time":           func(r map[string]any) { delete(r, "captured_at") },
		"future":            func(r map[string]any) { r["captured_at"] = time.Now().Add(time.Hour).Format(time.RFC3339) },
		"deadline":          func(r map[string]any) { r["deadline"] = "7/1/2027" },
		"on behalf of":      func(r map[string]any) { r["on_behalf_of"] = "nobody" },
		"no municipality":   func(r map[string]any) { delete(r, "istat") },
		"istat in short":    func(r map[string]any) { r["istat"] = "1272" },
		"unknown member":    func(r map[string]any) { r["urgent"] = true },
		"subject":           func(r map[string]any) { r["subject"] = "x" },
	} {
		rec := goodRecord(1)
		change(rec)
		w := b.submit(b.seal(t, rec, carla(t).sign("pue-submission+jws", rec)))
		if w.Code != http.StatusUnprocessableEntity || decode(t, w)["type"] != "urn:pue:problem:schema" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if n := len(b.Filed()); n != 0 {
		t.Errorf("%d were filed", n)
	}
}

func TestASubmissionNobodySignedIsRefused(t *testing.T) {
	b, card, rec := newBench(t), carla(t), goodRecord(1)
	other, err := readCertificate("../testdata/dino.pem")
	if err != nil {
		t.Fatal(err)
	}
	ofAnother := goodRecord(1)
	ofAnother["subject"] = "PRVDNI85A01X999L"
	expired := card.reissued(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })
	for _, c := range []struct{ name, jws, want string }{
		{"not a JWS", "hello", "signature"},
		{"another's certificate", testCard{other, card.key}.sign("pue-submission+jws", rec), "signature"},
		{"a log-in", card.sign("JWT", rec), "signature"},
		{"another subject", card.sign("pue-submission+jws", ofAnother), "subject"},
		{"a card that had expired", expired.sign("pue-submission+jws", rec), "signature"},
		{"a card of no authority", testCard{selfSigned(t, card), card.key}.sign("pue-submission+jws", rec), "signature"},
	} {
		w := b.submit(b.seal(t, rec, c.jws))
		if w.Code != http.StatusUnprocessableEntity || decode(t, w)["type"] != "urn:pue:problem:"+c.want {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}

func TestACardThatWasGoodWhenTheCitizenSignedIsGood(t *testing.T) {
	b, rec := newBench(t), goodRecord(1)
	card := carla(t).reissued(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })
	rec["captured_at"] = time.Now().Add(-2 * time.Hour).UTC().Format(time.RFC3339)
	if w := b.submit(b.seal(t, rec, card.sign("pue-submission+jws", rec))); w.Code != http.StatusAccepted {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestInsideAndOutsideOfTheSealMustAgree(t *testing.T) {
	b := newBench(t)
	for name, change := range map[string]func(map[string]any){
		"id":       func(r map[string]any) { r["id"] = testID(2) },
		"terminal": func(r map[string]any) { r["terminal"] = "PUE-0422" },
	} {
		inside := goodRecord(1)
		change(inside)
		w := b.submit(b.seal(t, goodRecord(1), carla(t).sign("pue-submission+jws", inside)))
		if w.Code != http.StatusUnprocessableEntity || decode(t, w)["type"] != "urn:pue:problem:envelope" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestOutsideOfTheSealStandsNoClassButApplication(t *testing.T) {
	b, outside := newBench(t), goodRecord(1)
	outside["class"] = "booking"
	w := b.submit(b.seal(t, outside, carla(t).sign("pue-submission+jws", goodRecord(1))))
	if w.Code != http.StatusUnprocessableEntity || decode(t, w)["type"] != "urn:pue:problem:envelope" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAnotherTerminalDoesNotSeeASubmission(t *testing.T) {
	b := newBench(t)
	e := b.goodSubmission(t, 1)
	if w := b.submit(e); w.Code != http.StatusAccepted {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	b.device = otherDevice(t, b)
	for _, path := range []string{"/applications/" + e.id, "/applications/" + e.id + "/confirmation"} {
		if w := b.do("GET", path, nil, nil); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
	if w := b.submit(e); w.Code != http.StatusConflict {
		t.Errorf("sent by another terminal: %d", w.Code)
	}
}

func TestTheTermIsCountedInRome(t *testing.T) {
	// 23:30 UTC in winter is half past midnight of the next day in Rome.
	trusted := true
	r := record{ClockTrusted: &trusted, Deadline: "2027-01-07", CapturedAt: time.Date(2027, 1, 7, 23, 30, 0, 0, time.UTC)}
	if !r.tooLate() {
		t.Error("half past midnight of the day after the term is in time")
	}
	r.CapturedAt = time.Date(2027, 1, 7, 22, 30, 0, 0, time.UTC)
	if r.tooLate() {
		t.Error("half an hour before midnight is too late")
	}
}

// A terminal whose clock is years off says that nobody keeps it.
func TestAClockThatNobodyKeepsCostsNobodyTheApplication(t *testing.T) {
	b := newBench(t)
	for n, c := range []struct {
		years   int
		trusted bool
		want    int
	}{
		{0, true, http.StatusAccepted},
		{0, false, http.StatusAccepted},
		{-30, true, http.StatusUnprocessableEntity},
		{-30, false, http.StatusAccepted},
		{10, true, http.StatusUnprocessableEntity},
		{10, false, http.StatusAccepted},
	} {
		rec := goodRecord(n)
		rec["captured_at"] = time.Now().AddDate(c.years, 0, 0).Add(-time.Minute).UTC().Format(time.RFC3339)
		rec["clock_trusted"] = c.trusted
		rec["deadline"] = time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
		if w := b.submit(b.seal(t, rec, carla(t).sign("pue-submission+jws", rec))); w.Code != c.want {
			t.Errorf("%d years off, trusted %v: %d %s", c.years, c.trusted, w.Code, w.Body)
		}
	}
	if n := len(b.Filed()); n != 4 {
		t.Errorf("%d were filed", n)
	}
}

// someAttachment is what a record says of a document.
func someAttachment() map[string]any {
	return map[string]any{
		"id": testID(900), "name": "lettera", "media_type": "application/pdf", "size": 100, "sha256": strings.Repeat("0", 64),
	}
}

func changed(name string, v any) map[string]any {
	a := someAttachment()
	a[name] = v
	return a
}

// reported is the report of a CNS with other members.
func reported(pairs ...any) map[string]any {
	c := cnsReport()
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i].(string)] = pairs[i+1]
	}
	return c
}

// asked is what an authority is reported to have said of a certificate.
func asked(state, by string) map[string]any {
	return map[string]any{"state": state, "checked_at": time.Now().UTC().Format(time.RFC3339), "by": by}
}

func TestWhoWasVerifiedIsTakenAtTheTerminalsWordWithItsReasons(t *testing.T) {
	b := newBench(t)
	rec := goodRecord(1)
	rec["identity"], rec["card"] = "verified", reported("revocation", asked("good", "ocsp"))
	if w := b.submit(b.seal(t, rec, carla(t).sign("pue-submission+jws", rec))); w.Code != http.StatusAccepted {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
