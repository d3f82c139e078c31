package ui

import (
	"fmt"
	"html/template"
)

// icons are drawn for this terminal on a grid of 24, with lines of 2: what an
// icon says is always said in words beside it.
var icons = map[string]string{
	"back":     "M10 5 3 12l7 7M3 12h18",
	"next":     "M14 5l7 7-7 7M21 12H3",
	"exit":     "M14 4H4v16h10M9 12h12M17 8l4 4-4 4",
	"help":     "M6 19v-5a6 6 0 0 1 12 0v5M4 19h16M12 5V3M5 8 3 6M19 8l2-2",
	"sight":    "M2 12c3-5 7-7 10-7s7 2 10 7c-3 5-7 7-10 7s-7-2-10-7zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
	"chart":    "M4 20V10h4v10M10 20V4h4v16M16 20v-7h4v7M2 20h20",
	"form":     "M6 3h9l4 4v14H6zM9 11h7M9 15h7",
	"work":     "M3 8h18v12H3zM8 8V4h8v4M3 13h18",
	"requests": "M4 5h4v4H4zM4 15h4v4H4zM11 7h10M11 17h10",
	"print":    "M7 9V3h10v6M5 17H3V9h18v8h-2M7 14h10v7H7z",
	"table":    "M3 5h18v14H3zM3 10h18M10 10v9",
	"yes":      "M4 13l5 5L20 6",
	"no":       "M5 5l14 14M19 5 5 19",
	"change":   "M4 20l1-5L16 4l4 4L9 19zM13 7l4 4",
	"erase":    "M8 5h13v14H8l-6-7zM12 9l6 6M18 9l-6 6",
	"home":     "M3 12 12 4l9 8M6 10v10h12V10",
	"wait":     "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l4 2",
	"warning":  "M12 3 2 20h20zM12 10v4M12 17v.5",
	"saved":    "M4 12v8h16v-8M12 3v11M8 10l4 4 4-4",
	"sent":     "M3 12 21 4l-6 17-4-7zM11 14 21 4",
	"person":   "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-5 4-7 8-7s8 2 8 7",
	"phone":    "M5 3h4l2 5-3 2a12 12 0 0 0 6 6l2-3 5 2v4c-9 2-18-7-16-16z",
	"lock":     "M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4",
	"line":     "M3 12a13 13 0 0 1 18 0M6 15a9 9 0 0 1 12 0M12 19v.5",
	"card":     "M2 6h20v13H2zM5 11h5v4H5M14 12h5",
	"closed":   "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM6 6l12 12",
	"camera":   "M3 7h4l2-3h6l2 3h4v13H3zM12 9a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
	"repeat":   "M20 5v6h-6M19 11a8 8 0 1 0 0 5",
	"money":    "M2 6h20v12H2zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM5 12v.5M19 12v.5",
	"seal":     "M9 17H4V3h16v14h-5M8 7h8M8 10h8M12 13a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM10 19v4l2-1 2 1v-4",
	"calendar": "M4 5h16v16H4zM4 10h16M8 3v4M16 3v4M8 14h2M14 14h2M8 17h2",
	"family":   "M7 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM17 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM2 20c0-5 2-8 5-8M22 20c0-5-2-8-5-8M12 12a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM8 21c0-2 2-3 4-3s4 1 4 3",
	"child":    "M12 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 9v7M6 11l6 2 6-2M9 21l3-5 3 5",
	"balance":  "M12 3v18M7 21h10M4 6h16M5 6l-3 7h6zM19 6l-3 7h6z",
	"info":     "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7v.5",
}

// alike are the services, and the states of submissions and devices, that an icon
// stands for.
var alike = map[string]string{
	"contributions": "chart", "group-see": "sight", "group-ask": "form", "group-meet": "person",
	"state-waiting": "saved", "state-unknown": "wait", "state-filed": "sent", "state-refused": "no",
	"state-stuck": "warning", "state-withdrawn": "back", "state-closed": "closed",
	"way-waiting": "wait", "way-unknown": "wait", "way-filed": "yes", "way-refused": "no", "way-stuck": "no",
	"paper-true": "yes", "paper-false": "form",
	"device-absent": "no", "device-starting": "wait", "device-ready": "yes", "device-attention": "warning", "device-failed": "no",
}

// icon draws one. An icon that does not exist is drawn as a sheet of paper, so
// that a new service can be shown before its picture is.
func icon(name string) template.HTML {
	if means, ok := alike[name]; ok {
		name = means
	}
	path, ok := icons[name]
	if !ok {
		path = icons["form"]
	}
	return template.HTML(fmt.Sprintf(`<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path d="%s"/></svg>`, path))
}
