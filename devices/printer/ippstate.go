package printer

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pue/devices"
)

// printer-state and job-state (RFC 8011 §5.4.11 and §5.3.7).
const (
	ippStopped = 5

	ippJobCanceled  = 7
	ippJobAborted   = 8
	ippJobCompleted = 9
)

// ippTrouble is what a printer-state-reason (RFC 8011 §5.4.12, PWG 5100.9) means to
// the person who stands there, first what comes first.
type ippTrouble struct {
	reason  string // of [devices.Status]
	state   devices.State
	warns   bool // also a mere warning stops the next document
	reasons []string
}

var ippTroubles = []ippTrouble{
	{"printer-offline", devices.Attention, true, []string{"offline", "shutdown", "connecting-to-device", "timed-out", "deactivated"}},
	{"cover-open", devices.Attention, true, []string{"cover-open", "door-open", "interlock-open"}},
	{"printer-jam", devices.Attention, true, []string{"media-jam"}},
	// A printer says only media-empty of a tray that it would take the next sheet from.
	{"paper-out", devices.Attention, true, []string{"media-empty", "media-needed", "input-tray-missing"}},
	{"tray-full", devices.Attention, false, []string{"output-area-full", "output-tray-missing"}},
	{"toner-empty", devices.Attention, false, []string{"marker-supply-empty", "toner-empty", "marker-waste-full", "marker-supply-missing"}},
	{"printer-hot", devices.Attention, false, []string{"fuser-over-temp", "fuser-under-temp"}},
	{"printer-stopped", devices.Attention, true, []string{"paused", "moving-to-paused", "hold-new-jobs", "stopped-partly", "identify-printer-requested"}},
}

// ippSoon is what a technician should know of before it stops anything.
var ippSoon = []string{"media-low", "toner-low", "marker-supply-low", "marker-waste-almost-full", "output-area-almost-full", "marker-supply-empty", "toner-empty"}

// ippStatus says what a printer can do that describes itself so.
func ippStatus(p ippGroup) devices.Status {
	s := devices.Status{State: devices.Ready, Since: time.Now()}
	reasons := p.words("printer-state-reasons")
	s.Detail = strings.Join(reasons, ", ")
	for _, t := range ippTroubles {
		if slices.ContainsFunc(reasons, t.meets) {
			s.State, s.Reason = t.state, t.reason
			return s
		}
	}
	switch {
	case p.number("printer-state") == ippStopped, p.is("printer-is-accepting-jobs", false):
		s.State, s.Reason = devices.Attention, "printer-stopped"
		s.Detail = cmp.Or(s.Detail, "the printer is stopped and names no cause")
	case !takesPDF(p):
		s.State, s.Reason, s.Detail = devices.Failed, "wrong-device", "the printer does not take application/pdf"
	case !slices.ContainsFunc(reasons, isSoon):
		s.Detail = "" // "none", or what concerns nobody
	}
	return s
}

// meets reports whether a reason is one of this trouble, and grave enough. A reason
// without a suffix is as grave as an error.
func (t ippTrouble) meets(reason string) bool {
	name, grade := ippGrade(reason)
	return slices.Contains(t.reasons, name) && (grade == "error" || grade == "warning" && t.warns)
}

func isSoon(reason string) bool {
	name, grade := ippGrade(reason)
	return grade != "report" && slices.Contains(ippSoon, name)
}

// ippGrade takes the suffix off a reason: "error", "warning" or "report".
func ippGrade(reason string) (name, grade string) {
	for _, grade := range []string{"error", "warning", "report"} {
		if name, ok := strings.CutSuffix(reason, "-"+grade); ok {
			return name, grade
		}
	}
	return reason, "error"
}

// takesPDF reports whether a printer takes PDFs. One that does not say is believed.
func takesPDF(p ippGroup) bool {
	formats := p.words("document-format-supported")
	return len(formats) == 0 || slices.Contains(formats, pdfType)
}
