package paper

import (
	"strings"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
)

// others are the papers that belong to no submission, in one language.
func others(t *testing.T, c, samples *Composer, lang string) map[string]printer.Document {
	t.Helper()
	dead, arrived, toComune := waiting(), filed(), waiting()
	dead.State, dead.Claim = outbox.Stuck, "PUE-0421-0000-0001-AAAAA"
	arrived.Claim = "PUE-0421-0000-0002-BBBBB"
	toComune.Claim, toComune.Destination = "PUE-0421-0000-0003-CCCCC", catalog.Comune
	return map[string]printer.Document{
		"certificate":     samples.Certificate(lang, Certificate{Service: service(t, samples, "prospetto"), AsOf: today, Pages: 3, OnPaper: true}, today, 0),
		"goodbye":         c.Goodbye(lang, []outbox.Entry{waiting(), dead, arrived, toComune}, today, 0),
		"goodbye-one":     c.Goodbye(lang, []outbox.Entry{waiting()}, today, 0),
		"goodbye-nothing": c.Goodbye(lang, nil, today, 0),
		"readiness":       c.Readiness(lang, ready(), today, 0),
		"day":             c.Day(lang, aDay(), today, 0),
	}
}

// ready is a terminal with something to look at in each part.
func ready() Readiness {
	return Readiness{
		Version: "1.4.0", Started: today.Add(-5 * time.Hour), Clock: true,
		Devices: []Device{
			{Name: "reader", Status: devices.Status{State: devices.Ready}},
			{Name: "printer", Status: devices.Status{State: devices.Ready, Low: true}},
			{Name: "line", Status: devices.Status{State: devices.Failed, Reason: "no-line"}},
			{Name: "line-comune", Status: devices.Status{State: devices.Ready}},
		},
		Queue:     outbox.Counts{Waiting: 3, Unknown: 1, Stuck: 1, ToDeliver: 1204},
		Catalogue: 14,
		Papers:    PaperCounts{Printed: 12, Uncertain: 1, Failed: 2},
		Anchors: []Anchor{
			{"cards", time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)},
			{"documents", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
			{"inps", time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)},
			{"comune", time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)},
		},
		AuditHead: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", AuditOK: true,
	}
}

func aDay() Day {
	return Day{
		On: today, Served: 9, Stored: 4, Filed: 3, Waiting: 1, Dead: 0,
		Papers: PaperCounts{Printed: 11, Uncertain: 1, Reprinted: 1, Dismissed: 1, Retracted: 1},
	}
}

func TestReportsStayInOneLanguage(t *testing.T) {
	c := composer(t)
	for _, lang := range messages.Languages() {
		for _, doc := range []printer.Document{c.Readiness(lang, ready(), today, 0), c.Day(lang, aDay(), today, 0)} {
			if text := render(doc, 42); lang != messages.Italian && strings.Contains(text, "PUNTO UTENTE") {
				t.Errorf("%s:\n%s", lang, text)
			}
		}
	}
}

func TestAnAuthorityThatHasEndedIsSaidToHaveOnlyByAClockThatIsKept(t *testing.T) {
	c := composer(t)
	says := func() bool {
		return strings.Contains(render(c.Readiness("it", ready(), today, 0), 42), "Non vale più")
	}
	if !says() {
		t.Error("an authority of document signers has ended, and the report does not say so")
	}
	c.trusted = func() bool { return false }
	if says() {
		t.Error("nobody vouches for the clock by which it has ended")
	}
}

func TestPapersAreCountedSinceTheMomentThatIsAskedFor(t *testing.T) {
	jobs := []Job{
		{State: JobPrinted, Began: today.Add(-time.Hour)},
		{State: JobPrinted, Began: today},
		{State: JobPrinted, Began: today.Add(time.Hour), Retracted: true},
		{State: JobUncertain, Began: today},
		{State: JobReprinted, Began: today},
		{State: JobDismissed, Began: today},
		{State: JobFailed, Began: today},
		{State: JobSending, Began: today},
	}
	want := PaperCounts{Printed: 2, Uncertain: 1, Reprinted: 1, Dismissed: 1, Failed: 1, Retracted: 1}
	if got := Count(jobs, today); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOnlyWhatTellsOfOnePersonIsPrivateAndHasNoDigest(t *testing.T) {
	d := newDesk(t)
	for name, doc := range all(t) {
		kind, _, _ := strings.Cut(name, "-")
		private := kind == "statement" || kind == "answer" || kind == "certificate"
		if doc.Private != private {
			t.Errorf("%s: private is %v", name, doc.Private)
		}
		if got := d.Digest(doc); (got == "") != private || !private && len(got) != digestShown {
			t.Errorf("%s: digest %q", name, got)
		}
	}
}

func TestPapersThatDifferHaveOtherDigests(t *testing.T) {
	c, d := composer(t), newDesk(t)
	original := c.Local("it", waiting(), Case{}, today, 0)
	one, same := d.Digest(original), d.Digest(c.Local("it", waiting(), Case{}, today, 0))
	copied, large := d.Digest(c.Local("it", waiting(), Case{}, today, 1)), d.Digest(c.Large().Local("it", waiting(), Case{}, today, 0))
	if one != same || one == copied || one == large || copied == large {
		t.Errorf("%s and again %s, its copy %s, in large letters %s", one, same, copied, large)
	}
	if d.reopen(); d.Digest(original) == one {
		t.Error("whoever has the disk can find out which paper it was by trying")
	}
}

func TestLargePapersSayTheSameInLargerLetters(t *testing.T) {
	c := composer(t)
	usual, large := c.Local("de", waiting(), Case{}, today, 0), c.Large().Local("de", waiting(), Case{}, today, 0)
	if got := strings.ReplaceAll(render(large, 42), "^", ""); got != render(usual, 42) {
		t.Errorf("in large letters:\n%s", got)
	}
	for _, b := range large.Blocks {
		switch b := b.(type) {
		case printer.Heading:
			if b.Large == b.Big {
				t.Errorf("%+v", b)
			}
		case printer.Text:
			if !b.Large {
				t.Errorf("%+v", b)
			}
		case printer.Row:
			if !b.Large {
				t.Errorf("%+v", b)
			}
		}
	}
}
