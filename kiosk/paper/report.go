package paper

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
)

// Readiness is what a terminal says of itself before the day begins.
type Readiness struct {
	Version string
	Started time.Time
	// Clock: somebody keeps the terminal's clock.
	Clock     bool
	Devices   []Device
	Queue     outbox.Counts
	Catalogue int // version
	Papers    PaperCounts
	Anchors   []Anchor
	// AuditHead pins the audit record up to now; AuditOK: it is whole.
	AuditHead string
	AuditOK   bool
}

// Device is a part of the terminal and how it is. Name is one of "reader",
// "printer", "documents", "line", "line-comune".
type Device struct {
	Name   string
	Status devices.Status
}

// Anchor is when the next authority of a role ends, or the last one did: "cards", "documents", or the
// sealing key of "inps" and "comune".
type Anchor struct {
	Role  string
	Until time.Time
}

// Day is a day in figures. It holds counts and nothing else: no person, no service.
type Day struct {
	On      time.Time
	Served  int // visits with a card
	Stored  int // applications that were confirmed here
	Filed   int // that arrived
	Waiting int // that wait now
	Dead    int // that need a person now
	Papers  PaperCounts
}

// PaperCounts is how many papers ended how.
type PaperCounts struct{ Printed, Uncertain, Reprinted, Dismissed, Failed, Retracted int }

// Count counts the jobs that began at or after since.
func Count(jobs []Job, since time.Time) (n PaperCounts) {
	for _, job := range jobs {
		if job.Began.Before(since) {
			continue
		}
		switch job.State {
		case JobPrinted:
			n.Printed++
		case JobUncertain:
			n.Uncertain++
		case JobReprinted:
			n.Reprinted++
		case JobDismissed:
			n.Dismissed++
		case JobFailed:
			n.Failed++
		}
		if job.Retracted {
			n.Retracted++
		}
	}
	return n
}

// Readiness is the report for officer and technician, in one language: it stays in
// the house.
func (c *Composer) Readiness(lang string, r Readiness, printed time.Time, reprint int) printer.Document {
	s := c.Alone().sheet(lang)
	l := s.languages[0]
	s.head(reprint)
	s.printed(printed)
	s.add(
		printer.Heading{Text: l.T("receipt.readiness.title")},
		printer.Row{Label: l.T("receipt.readiness.version"), Value: r.Version},
		printer.Row{Label: l.T("receipt.readiness.started"), Value: at(l, r.Started)},
		printer.Row{Label: l.T("receipt.readiness.clock"), Value: l.T(yesNo(r.Clock, "receipt.readiness.clock-kept", "receipt.readiness.clock-unsure"))},
		printer.Row{Label: l.T("receipt.readiness.catalogue"), Value: strconv.Itoa(r.Catalogue)},
	)
	s.section(l, "board.devices")
	for _, d := range r.Devices {
		s.device(l, d)
	}
	s.section(l, "board.queue")
	s.figures(l, []figure{
		{"board.waiting", r.Queue.Waiting},
		{"board.unknown", r.Queue.Unknown},
		{"board.refused", r.Queue.Refused},
		{"board.stuck", r.Queue.Stuck},
		{"receipt.readiness.collect", r.Queue.ToDeliver},
	})
	s.papers(l, r.Papers)
	s.anchors(l, r.Anchors, printed)
	s.section(l, "receipt.readiness.audit")
	s.add(printer.Text{Text: l.T(yesNo(r.AuditOK, "receipt.readiness.audit-whole", "receipt.readiness.audit-broken"))})
	if r.AuditHead != "" {
		s.add(printer.Text{Text: inGroups(r.AuditHead)})
	}
	return s.done()
}

// Day is the report of a day's work, for the municipality's folder.
func (c *Composer) Day(lang string, d Day, printed time.Time, reprint int) printer.Document {
	s := c.Alone().sheet(lang)
	l := s.languages[0]
	s.head(reprint)
	s.printed(printed)
	s.add(
		printer.Heading{Text: l.T("receipt.day.title")},
		printer.Row{Label: l.T("receipt.day.on"), Value: l.Date(d.On)},
	)
	s.figures(l, []figure{
		{"receipt.day.served", d.Served},
		{"receipt.day.stored", d.Stored},
		{"receipt.day.filed", d.Filed},
		{"receipt.day.waiting", d.Waiting},
		{"receipt.day.dead", d.Dead},
	})
	s.papers(l, d.Papers)
	s.add(printer.Text{Text: l.T("receipt.day.nobody"), Bold: true})
	return s.done()
}

// figure is a count and the key of what is counted.
type figure struct {
	key string
	n   int
}

func (s *sheet) figures(l messages.Language, figures []figure) {
	for _, f := range figures {
		s.add(printer.Row{Label: l.T(f.key), Value: l.Number(f.n)})
	}
}

func (s *sheet) section(l messages.Language, key string) {
	s.add(printer.Rule{}, printer.Text{Text: l.T(key), Bold: true})
}

func (s *sheet) papers(l messages.Language, n PaperCounts) {
	s.section(l, "receipt.papers.title")
	s.figures(l, []figure{
		{"receipt.papers.printed", n.Printed},
		{"receipt.papers.uncertain", n.Uncertain},
		{"receipt.papers.reprinted", n.Reprinted},
		{"receipt.papers.dismissed", n.Dismissed},
		{"receipt.papers.failed", n.Failed},
		{"receipt.papers.retracted", n.Retracted},
	})
}

// device says how a part is, and why, in the words of the board.
func (s *sheet) device(l messages.Language, d Device) {
	s.add(printer.Row{Label: l.T("board.device." + d.Name), Value: l.T("board.state." + d.Status.State.String())})
	if key := "board.reason." + d.Status.Reason; l.Has(key) {
		s.add(printer.Text{Text: "- " + l.T(key)})
	}
	if d.Status.Low {
		s.add(printer.Text{Text: "- " + l.T("receipt.readiness.paper-low")})
	}
}

// anchors says until when keys and authorities are good, and which are not.
func (s *sheet) anchors(l messages.Language, anchors []Anchor, printed time.Time) {
	s.section(l, "receipt.readiness.anchors")
	for _, a := range anchors {
		s.add(printer.Row{Label: l.T("receipt.readiness.anchor." + a.Role), Value: l.Date(a.Until)})
		if s.trusted && a.Until.Before(printed) {
			s.add(printer.Text{Text: l.T("receipt.readiness.ended"), Bold: true})
		}
	}
}

// inGroups sets a blank after every 16 digits, so that two people can compare a
// digest aloud.
func inGroups(digest string) string {
	return strings.TrimSpace(sixteen.ReplaceAllString(digest, "$0 "))
}

var sixteen = regexp.MustCompile(`.{16}`)

func yesNo(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
