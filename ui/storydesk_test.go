package ui

import (
	"slices"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
	"pue/kiosk/store"
)

// board tells of the officer's PIN and board.
func (t *teller) board() {
	t.add("officer-pin", with(pad(session.OfficerPIN, session.Keypad{Typed: 2, Min: 5, Max: 8, Left: 3}), func(s *session.Snapshot) { s.Staff = true }))
	devicesNow := []session.DeviceView{
		{Name: "reader", Status: devices.Status{State: devices.Ready}},
		{Name: "printer", Status: devices.Status{State: devices.Attention, Reason: "paper-out"}},
		{Name: "documents", Status: devices.Status{State: devices.Attention, Reason: "toner-empty"}},
		{Name: "line", Status: devices.Status{State: devices.Failed, Reason: "no-line"}},
	}
	quiet := outbox.Counts{Waiting: 3, Unknown: 1, Filed: 1204, ToDeliver: 2, Oldest: morning}
	loud := outbox.Counts{Waiting: 48, Unknown: 1, Filed: 1204, Refused: 1, Stuck: 1, ToDeliver: 12, Alarms: 3, Oldest: morning}
	broken := store.Recovery{At: morning, How: store.Salvaged, Records: 1873, Lost: 2, Aside: "pue.db.damaged-20261120T104200Z"}
	for name, b := range map[string]session.BoardView{
		"board":            {Open: true, Queue: quiet},
		"board-closed":     {Queue: quiet},
		"board-alarms":     {Open: true, Queue: loud},
		"board-full":       {Open: true, Queue: loud, Upkeep: session.Upkeep{Full: true}},
		"board-sick":       {Open: true, Queue: loud, Upkeep: session.Upkeep{Sick: true}},
		"board-no-phones":  {Open: true, Queue: loud, NoPhones: true},
		"board-catalogue":  {Open: true, Queue: quiet, Upkeep: session.Upkeep{Catalogue: true}},
		"board-clock":      {Open: true, Queue: loud, Upkeep: session.Upkeep{Clock: session.ClockWrong}},
		"board-unsure":     {Open: true, Queue: loud, Upkeep: session.Upkeep{Clock: session.ClockUnsure}},
		"board-no-key":     {Open: true, Queue: quiet, Upkeep: session.Upkeep{Keys: []session.KeyTrouble{{Destination: "inps", Missing: true}}}},
		"board-key-ends":   {Open: true, Queue: loud, Upkeep: session.Upkeep{Keys: []session.KeyTrouble{{Destination: "inps", Ends: morning.AddDate(0, 0, 9)}}}},
		"board-two-lines":  {Open: true, Queue: quiet, Upkeep: session.Upkeep{Keys: []session.KeyTrouble{{Destination: "comune", Missing: true}, {Destination: "inps", Ends: morning.AddDate(0, 0, 9)}}}},
		"board-recovery":   {Open: true, Queue: loud, Upkeep: session.Upkeep{Recovery: &broken}},
		"board-papers":     {Open: true, Queue: quiet, Doubts: 3},
		"board-one-paper":  {Open: true, Queue: quiet, Doubts: 1},
		"board-taken-back": {Open: true, Queue: loud, TakenBack: 1, Doubts: 2},
		"board-mouth":      {Open: true, Queue: loud, MouthFull: true},
		"board-low":        {Open: true, Queue: quiet},
		"board-empty":      {Open: true, Upkeep: session.Upkeep{Recovery: &store.Recovery{At: morning, How: store.Empty, Aside: broken.Aside}}},
	} {
		b.Officer, b.Devices = "Olga R.", devicesNow
		if name == "board-two-lines" {
			b.Devices = append(slices.Clone(devicesNow), session.DeviceView{Name: "line-comune", Status: devices.Status{State: devices.Failed, Reason: "no-line"}})
		}
		switch name {
		case "board-low":
			b.Devices = slices.Clone(devicesNow)
			b.Devices[1].Status = devices.Status{State: devices.Ready, Low: true}
		case "board-mouth":
			b.Devices = slices.Clone(devicesNow)
			b.Devices[1].Status = devices.Status{State: devices.Attention, Reason: "paper-in-mouth"}
		}
		t.add(name, with(staff(session.Board), func(s *session.Snapshot) { s.Board = &b }))
	}
}

// queue tells of the submissions that an officer sees to.
func (t *teller) queue() {
	naspi := service(t.tb, "naspi")
	one := submissions(naspi)
	saved, filed, refused, asked, stuck, closed := one.saved, one.filed, one.refused, one.asked, one.stuck, one.closed
	item := func(e outbox.Entry, a outbox.Alarm) session.Item { return session.Item{Entry: e, Alarm: a} }
	late := asked
	late.Attempts, late.Reason, late.By = 3, "no-line", time.Now().AddDate(0, 0, 3)
	overdue := late
	overdue.By = morning.AddDate(-1, 0, 0)
	called := stuck
	called.Phone = false
	refusedAndLeft := refused
	refusedAndLeft.Attempts, refusedAndLeft.Phone = 1, true
	rows := []session.Item{item(refused, outbox.AlarmRefused), item(stuck, outbox.AlarmStuck), item(late, outbox.AlarmDeadline), item(overdue, outbox.AlarmDeadline)}
	for name, d := range map[string]session.DeskView{
		"queue":      {Rows: rows, Page: 1, Pages: 3},
		"queue-last": {Rows: rows, Page: 50, Pages: 50, More: 99_800},
		"queue-one":  {Rows: []session.Item{item(refused, outbox.AlarmRefused), item(saved, "")}, Page: 50, Pages: 50, More: 1},
		"queue-none": {Page: 1, Pages: 1},
	} {
		t.add(name, with(staff(session.Queue), func(s *session.Snapshot) { s.Desk = &d }))
	}
	gone := item(filed, "")
	t.add("collect", with(staff(session.Collect), func(s *session.Snapshot) {
		s.Desk = &session.DeskView{Rows: []session.Item{gone, gone, gone, gone}, Page: 1, Pages: 3}
	}))
	t.add("collect-none", with(staff(session.Collect), func(s *session.Snapshot) { s.Desk = &session.DeskView{Page: 1, Pages: 1} }))
	t.add("find-claim", with(staff(session.FindClaim), func(s *session.Snapshot) { s.Desk = &session.DeskView{} }))
	t.add("find-claim-none", with(staff(session.FindClaim), func(s *session.Snapshot) { s.Desk = &session.DeskView{Notice: "find-claim.none", Typed: "7K3F-9M2Y"} }))
	for name, i := range map[string]session.ItemView{
		"queue-item-waiting":  {Item: item(saved, ""), Notice: "queue-item.trying"},
		"queue-item-wait":     {Item: item(late, ""), Notice: "queue-item.wait", Until: morning.Add(3 * time.Hour)},
		"queue-item-deadline": {Item: item(late, outbox.AlarmDeadline)},
		"queue-item-stuck":    {Item: item(stuck, outbox.AlarmStuck)},
		"queue-item-overdue":  {Item: item(overdue, outbox.AlarmDeadline)},
		"queue-item-refused":  {Item: item(refusedAndLeft, outbox.AlarmRefused)},
		"queue-item-phone":    {Item: item(called, outbox.AlarmStuck), Phone: smartcard.NewPrivate("+393331234567")},
		"queue-item-filed":    {Item: gone},
		"queue-item-closed":   {Item: item(closed, "")},
	} {
		t.add(name, with(staff(session.QueueItem), func(s *session.Snapshot) { s.Item = &i }))
	}
	t.add("ask-close", with(staff(session.AskClose), func(s *session.Snapshot) { s.Item = &session.ItemView{Item: item(stuck, outbox.AlarmStuck)} }))
	t.add("ask-phone", with(staff(session.AskPhone), func(s *session.Snapshot) { s.Item = &session.ItemView{Item: item(stuck, outbox.AlarmStuck)} }))
	t.add("ask-close-busy", with(staff(session.AskClose), func(s *session.Snapshot) {
		s.Item = &session.ItemView{Item: item(stuck, outbox.AlarmStuck), Busy: true}
	}))
	t.add("ask-phone-busy", with(staff(session.AskPhone), func(s *session.Snapshot) {
		s.Item = &session.ItemView{Item: item(stuck, outbox.AlarmStuck), Busy: true}
	}))
	t.add("print-trouble-staff", with(staff(session.PrintTrouble), func(s *session.Snapshot) {
		s.Fault = fault(session.FaultPaperOut)
		s.Print = &session.PrintView{Kind: "day", GoesOn: true, Device: devices.Status{State: devices.Attention, Reason: "paper-out"}}
	}))
	t.add("printed-staff", with(staff(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "patronato"} }))
}

// papers tells of the papers that an officer sees to, and of reports.
func (t *teller) papers() {
	code := "PUE-0421-7K3F-9M2X-4QPAT"
	doubt := paper.Job{ID: 12, Kind: "local", Claim: code, State: paper.JobUncertain, Reason: "no-answer", Began: morning}
	cut := doubt
	cut.ID, cut.Kind, cut.Copy, cut.Reason = 13, "final", 1, "restart"
	own := paper.Job{ID: 14, Kind: "personal", State: paper.JobUncertain, Reason: "unplugged", Began: morning}
	back := paper.Job{ID: 15, Kind: "patronato", Claim: code, State: paper.JobPrinted, Retracted: true, RetractedAt: morning, Began: morning}
	backOwn := own
	backOwn.Retracted = true
	backFinal := back
	backFinal.ID, backFinal.Kind = 16, "final"
	today := paper.PaperCounts{Printed: 24, Uncertain: 2, Reprinted: 1}
	for name, v := range map[string]session.PapersView{
		"papers":       {Rows: []paper.Job{back, own, cut}, Page: 1, Pages: 2, Today: today},
		"papers-mouth": {Rows: []paper.Job{back, own, cut}, Page: 1, Pages: 2, Today: today, MouthFull: true},
		"papers-none":  {Page: 1, Pages: 1, Today: today},
	} {
		t.add(name, with(staff(session.PaperList), func(s *session.Snapshot) { s.Papers = &v }))
	}
	for name, v := range map[string]session.JobView{
		"paper": {Job: doubt}, "paper-restart": {Job: cut}, "paper-own": {Job: own}, "paper-taken-back": {Job: back}, "paper-taken-back-own": {Job: backOwn}, "paper-taken-back-final": {Job: backFinal}, "paper-trouble-final": {Job: backFinal, Notice: "paper.trouble"},
		"paper-busy": {Job: own, Busy: true}, "paper-trouble": {Job: doubt, Notice: "paper.trouble"},
	} {
		t.add(name, with(staff(session.OnePaper), func(s *session.Snapshot) { s.Paper = &v }))
	}
	for kind := range paperKinds {
		job := doubt
		job.Kind = kind
		t.add("paper-kind-"+kind, with(staff(session.OnePaper), func(s *session.Snapshot) { s.Paper = &session.JobView{Job: job} }))
	}
	for name, busy := range map[string]bool{"ask-paper": false, "ask-paper-busy": true} {
		t.add(name, with(staff(session.AskPaper), func(s *session.Snapshot) { s.Paper = &session.JobView{Job: doubt, Busy: busy} }))
	}
	t.add("ask-paper-handed", with(staff(session.AskPaper), func(s *session.Snapshot) { s.Paper = &session.JobView{Job: backFinal} }))
	t.add("roll", staff(session.Roll))
	t.add("report-busy", with(staff(session.Report), func(s *session.Snapshot) {
		s.Report = &session.ReportView{Kind: session.PaperDay, Page: 1, Pages: 1}
	}))
	t.add("report", with(staff(session.Report), func(s *session.Snapshot) {
		s.Report = &session.ReportView{Kind: session.PaperReadiness, Page: 2, Pages: 4, Lines: []session.ReportLine{
			{Heading: true, Text: "STATO DEL TERMINALE"},
			{Label: "Acceso dal", Text: "20.11.2026, 07:58"},
			{Label: "Elenco dei servizi", Text: "14"},
			{Heading: true, Text: "Apparecchi"},
			{Label: "Stampante", Text: "funziona"},
			{Text: "- la carta sta per finire"},
			{Label: "Rete verso il Comune", Text: "guasto"},
			{Text: "- Il Comune non risponde"},
		}}
	}))
}
