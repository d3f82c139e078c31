package session

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/capture"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
)

// The walks throw random events at next: cards of three people in two readers,
// every touch a page can post, right, wrong and blocked PINs, paper and line
// trouble, time, and effects that come back late or never.

const (
	walks = 300
	steps = 400
)

func TestRandomEventsNeverBreakThePromises(t *testing.T) {
	seen, handedOver := map[Screen]int{}, 0
	for seed := range uint64(walks) {
		m := testMachine(t)
		m.presence = 2 * time.Minute // so that walks outlive it
		m.presenceRequired = seed%4 == 3
		if seed%3 == 0 {
			withPapers(t, m, letter)
		}
		w := &walker{t: t, m: m, rng: rand.New(rand.NewPCG(seed, 42)), now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
		if seed%5 == 4 {
			w.roles = map[string]ReaderRole{"A": CitizenReader, "B": OfficerReader}
		}
		w.s = m.begin(w.now)
		w.s.Line.State, w.s.Printer.State, w.s.Reader.State = devices.Ready, devices.Ready, devices.Ready
		for i := range steps {
			w.step(i)
			seen[w.s.visible()]++
			if t.Failed() {
				t.Fatalf("seed %d step %d on %s", seed, i, w.s.Screen)
			}
		}
		handedOver += w.handedOver
	}
	if handedOver == 0 {
		t.Error("no officer ever gave a receipt out of the printer to its citizen")
	}
	for _, s := range Screens {
		if seen[s] == 0 {
			t.Errorf("no walk ever reached %s: the invariants say nothing about it", s)
		}
	}
}

func testMachine(t testing.TB) *machine {
	t.Helper()
	return &machine{catalog: testCatalogue(t), filing: []string{"comune", "inps"}, resume: time.Minute, presence: 30 * time.Minute, mouthPatience: 75 * time.Second}
}

// person makes an identity that differs from every other. Bruno and Fulvia have a CIE.
func person(name string) smartcard.Identity {
	id := smartcard.Identity{
		Kind: smartcard.CNS, Fingerprint: sha256.Sum256([]byte(name)), PIN: smartcard.PINLength{Least: 5, Most: 8}, GivenName: smartcard.NewPrivate(name), Surname: smartcard.NewPrivate("Esempio"),
		TaxCode: smartcard.TaxCode{Private: smartcard.NewPrivate(name)}, Chain: smartcard.ChainOK,
		Certificate: &x509.Certificate{Raw: []byte(name)},
	}
	if name == "bruno" || name == "fulvia" {
		id.Kind, id.PIN = smartcard.CIE, smartcard.PINLength{Least: 8, Most: 8}
	}
	return id
}

// beforePIN is what a card says of a person before its PIN.
func beforePIN(name string) smartcard.Identity {
	id := person(name)
	if id.Kind == smartcard.CIE {
		return smartcard.Identity{Kind: id.Kind, Fingerprint: id.Fingerprint, PIN: id.PIN, NIS: smartcard.NewPrivate("123456789012"), Chain: id.Chain}
	}
	return id
}

// delegation is one by which the citizen may act for somebody.
func delegation(name string) upstream.Delegation {
	return upstream.Delegation{ID: "delega-" + name, TaxCode: person(name).TaxCode, Name: smartcard.NewPrivate(name), Kind: "delegate"}
}

type walker struct {
	t       *testing.T
	m       *machine
	rng     *rand.Rand
	s       State
	now     time.Time
	pending []Effect
	inside  map[string]string // reader to person
	roles   map[string]ReaderRole
	// handedOver counts the receipts out of the printer that an officer gave away.
	handedOver int
	warned     bool // somebody wanted to try once more, and has not done so
}

func (w *walker) step(i int) {
	w.now = w.now.Add(time.Duration(w.rng.IntN(4000)) * time.Millisecond)
	e := w.event()
	before := w.s
	s, effects := w.m.next(before, e, w.now)
	again, same := w.m.next(before, e, w.now)
	if !reflect.DeepEqual(s, again) || !reflect.DeepEqual(effects, same) {
		w.t.Errorf("%s on %s changed the state it was given, or is not a function", eventName(e), before.Screen)
	}
	w.s = s
	w.check(before, e, effects)
	w.pending = append(w.pending, effects...)
	if i%10 == 0 {
		w.checkRemoval()
		w.checkTime()
	}
}

func (w *walker) event() Event {
	switch n := w.rng.IntN(60); {
	case n < 12 && w.s.Screen == Capture:
		return Photographed{Visit: w.s.Visit} // what a citizen with papers came to do
	case n < 34:
		return w.touch()
	case n < 35, n < 46 && len(w.inside) == 0:
		return w.card()
	case n == 53 && w.rng.IntN(20) == 0:
		return RevocationKnown{w.s.Visit - uint64(w.rng.IntN(2)), smartcard.Revocation{State: pick(w.rng, []smartcard.RevocationState{smartcard.RevocationGood, smartcard.RevocationUnknown, smartcard.RevocationUnknown, smartcard.RevocationRevoked})}}
	case n < 54 && len(w.pending) > 0:
		return w.result()
	case n == 55:
		return pick(w.rng, []Event{Lend{}, Return{}, w.exchange(), QueueChanged{Visit: w.s.Visit, Queue: outbox.Counts{Waiting: 1}, Requests: someRequests(w.m)}, UpkeepChanged{Upkeep{Full: w.rng.IntN(4) == 0, Phones: true, Recovery: &store.Recovery{}}}, PapersChanged{pick(w.rng, []paper.Standing{{}, somePapers, somePapers})}})
	case n == 54:
		return pick(w.rng, []Event{Photographed{Visit: w.s.Visit - uint64(w.rng.IntN(2))}, Scanned{Round: w.s.Captures}})
	case n == 56:
		return DeviceChanged{Name: "reader", Status: devices.Status{State: devices.State(w.rng.IntN(5))}}
	case n == 57:
		if at := w.s.wake(); !at.IsZero() && at.After(w.now) {
			w.now = at
		}
		return Tick{}
	case n == 58:
		return DeviceChanged{Name: pick(w.rng, []string{"printer", "documents"}), Status: devices.Status{State: devices.State(w.rng.IntN(5)), Reason: pick(w.rng, []string{"paper-out", "paper-in-mouth"}), Low: w.rng.IntN(2) == 0}}
	case n == 59:
		return DeviceChanged{Name: "line", Status: devices.Status{State: pick(w.rng, []devices.State{devices.Absent, devices.Ready, devices.Ready})}}
	}
	return Tick{}
}

// onward is what a visitor with a purpose does; without it random touches would
// never fill a form.
var onward = map[Screen][]Act{
	Welcome: {Start}, Notice: {Continue, Continue, ReadAll}, NoticeFull: {Continue, PrintIt}, InsertCard: {Stay, HaveNoCard}, NoCard: {GoBack, NeedNoCard, NeedNoCard, OpenCode}, Cardless: {Open, Open, Open, OpenCode, GoBack}, OwnCode: {Answer, Answer, GoBack}, CodeState: {GoBack}, CardProblem: {Continue},
	LastTry: {Confirm, Confirm, GoBack},
	PIN:     {Digit, Digit, Digit, OK}, SignPIN: {Digit, Digit, Digit, OK}, OfficerPIN: {Digit, Digit, Digit, OK},
	ForWhom: {Open, Open, Page}, Loading: {Stay, Stay, Stay, GoHome}, AnswerPage: {Page, PrintIt, PrintSheets, PrintSlip, GoBack, GoHome}, OnScreenOnly: {Continue, GoBack}, Home: {Open, Open, Open, OpenGroup, Page, ChooseWhom}, Unavailable: {Retry, GoHome}, Statement: {Table, PrintIt, GoHome}, StatementTable: {Chart, Table, PrintIt},
	Info: {Page, PrintIt, Continue, GoBack}, Bring: {Page, PrintIt, Continue, Continue, GoBack}, AskDrop: {Confirm, Confirm, GoBack}, Preparing: {Stay}, NoticeOther: {Continue, Continue, PrintIt, GoBack},
	Documents: {Open, Open, Continue, GoBack}, Capture: {Stay, Page, Continue, NoCamera}, DocumentPage: {Confirm, Confirm, Redo, Remove, GoBack},
	Form: {Answer, Answer, GoBack}, Review: {Confirm, Change}, Result: {PrintIt, GoHome, GivePhone, DropPhone}, Requests: {Open, Open, Page, GoHome},
	OneRequest: {PrintIt, Withdraw, Withdraw, Redo, GivePhone, DropPhone, GoBack}, AskWithdraw: {Confirm, Confirm, GoBack}, Withdrawn: {Continue, GoHome},
	LeavePhone:   {Digit, Digit, Digit, Digit, Digit, Digit, Digit, OK, Erase, GoBack},
	PrintTrouble: {Taken, NotTaken, StopWaiting}, Printed: {Taken, NotTaken, PrintSlip}, Removed: {Start}, Goodbye: {PrintIt, PrintIt, Stay},
	StillThere: {Stay}, Settings: {GoBack}, Help: {EndHelp}, Board: {Assist, ClosePoint, OpenPoint, Lock, OpenQueue, OpenQueue, OpenCollect, OpenPapers, OpenPapers, Acknowledge},
	PaperList: {ShowPaper, ShowPaper, ShowPaper, ShowPaper, OpenReport, OpenRoll, MouthEmptied, Page, GoBack}, OnePaper: {Taken, Taken, Acknowledge, PrintAgain, GoBack}, AskPaper: {Confirm, Confirm, GoBack}, Report: {PrintIt, Page, GoBack}, Roll: {GoBack},
	Queue: {ShowItem, ShowItem, Page, OpenFind, GoBack}, Collect: {PrintIt, GoBack}, FindClaim: {Answer, Answer, GoBack},
	QueueItem: {TryNow, PrintSheet, CloseItem, SeePhone, SeePhone, GoBack}, AskClose: {Confirm, GoBack}, AskPhone: {Confirm, GoBack},
}

var everyAct = []Act{
	Start, Continue, Continue, Continue, ReadAll, GoBack, Exit, HaveNoCard, NeedNoCard, OpenCode, Digit, Digit, Digit, Digit, Digit, Erase, EraseAll, OK, OK,
	Open, Open, Open, OpenGroup, ChooseWhom, Chart, Table, Answer, Answer, Answer, Answer, Answer, Change, Confirm, Confirm, GoHome, Retry, PrintIt, PrintIt, StopWaiting, Taken, NotTaken,
	Stay, CallHelp, EndHelp, Adjust, Language, Size, Contrast, EndAssistance, Assist, ClosePoint, OpenPoint, OpenPoint, Lock,
	Page, Withdraw, Redo, GivePhone, DropPhone, OpenQueue, OpenCollect, OpenFind, ShowItem, TryNow, PrintSheet, CloseItem, SeePhone, Acknowledge, OpenPapers, ShowPaper, PrintAgain, MouthEmptied, OpenReport, OpenRoll,
	OpenDocuments, Remove, NoCamera,
}

func pick[T any](r *rand.Rand, s []T) T { return s[r.IntN(len(s))] }

func (w *walker) touch() Event {
	t := Touch{Visit: w.s.Visit, Screen: w.s.visible(), Act: pick(w.rng, everyAct)}
	if w.rng.IntN(20) == 0 {
		t.Screen = pick(w.rng, Screens)  // a late one
		t.Visit -= uint64(w.rng.IntN(2)) // perhaps of the visitor before
	}
	if acts := onward[w.s.visible()]; acts != nil && w.rng.IntN(40) > 0 {
		t.Act = pick(w.rng, acts)
	}
	if t.Act == Answer && w.rng.IntN(10) > 0 {
		t.Fields = goodAnswers
	}
	switch t.Act {
	case Digit:
		t.Value = pick(w.rng, []string{"1", "2", "3", "x", "12"})
		if w.s.Screen == LeavePhone {
			t.Value = pick(w.rng, []string{"3", "3", "3", "+", "0"})
		}
	case Open:
		t.Value = pick(w.rng, []string{"naspi", "naspi", "naspi", "estratto-contributivo", "certificato", "comunale", "requests", "requests", "notizie", "notizie", "nothing"})
		if w.s.Screen == Documents {
			t.Value = pick(w.rng, []string{"lettera", "lettera", "nothing"})
		}
		if w.s.Screen == Cardless {
			t.Value = pick(w.rng, []string{"prenota", "prenota", "notizie", "naspi"})
		}
		if w.s.Screen == ForWhom {
			t.Value = pick(w.rng, []string{"me", "0", "1", "9", "x"})
		}
		if w.s.Screen == Requests {
			t.Value = pick(w.rng, []string{"PUE-0001-TEST", "PUE-0001-TEST", "PUE-0001-DONE", "nothing"})
		}
	case OpenGroup:
		t.Value = pick(w.rng, []string{"see", "ask", "meet", "nothing"})
	case Page:
		t.Value = pick(w.rng, []string{"1", "2", "99", "a"})
	case ShowItem:
		t.Value = pick(w.rng, []string{"PUE-0001-OPEN", "PUE-0001-DEAD", "PUE-0001-DEAD", "nothing"})
	case ShowPaper:
		t.Value = pick(w.rng, []string{"1", "2", "3", "3", "3", "9", "x"})
	case OpenReport:
		t.Value = pick(w.rng, []string{"readiness", "day", "final"})
	case Table:
		t.Value = pick(w.rng, []string{"1", "2", "99", "-1", "a"})
	case Change:
		t.Value = pick(w.rng, []string{"iban", "telefono", "nothing"})
	case PrintIt:
		t.Value = "PUE-0001-TEST"
	case Language:
		t.Value = "de"
	}
	return t
}

// goodAnswers answer every field of the application at once.
var goodAnswers = map[string]string{
	"telefono": "0423 123456", "email": "", "indirizzo": "Via della Prova 1", "comune": "Borgo Esempio", "cap": "31011", "provincia": "TV",
	"datore_denominazione": "Officine Inventate Srl", "datore_codice": "80078750587", "tipo_rapporto": "tempo_determinato",
	"data_inizio": "01/02/2020", "data_cessazione": "31/10/2026", "causale": "fine_contratto", "altra_attivita": "no",
	"iban": "IT60X0542811101000000123456", "did": "yes", "anno": "2025", "mesi": "01", "dichiaro": "yes", "motivo": "altro",
}

func (w *walker) card() Event {
	if w.inside == nil {
		w.inside = map[string]string{}
	}
	reader := pick(w.rng, []string{"A", "A", "A", "B"})
	if w.inside[reader] != "" {
		delete(w.inside, reader)
		return CardChange{smartcard.Change{Reader: reader, Slot: pick(w.rng, []smartcard.Slot{smartcard.EmptySlot, smartcard.EmptySlot, smartcard.NoReader})}, w.roles[reader]}
	}
	w.inside[reader] = pick(w.rng, []string{"anna", "anna", "bruno", "bruno", "olga", "fulvia"})
	if w.rng.IntN(12) == 0 {
		return CardChange{smartcard.Change{Reader: reader, Slot: smartcard.MuteCard}, w.roles[reader]}
	}
	return CardChange{smartcard.Change{Reader: reader, Slot: smartcard.CardIn}, w.roles[reader]}
}

// exchange swaps the card faster than the reader can tell.
func (w *walker) exchange() Event {
	if w.inside["A"] == "" {
		return Tick{}
	}
	w.inside["A"] = pick(w.rng, []string{"anna", "bruno", "olga", "fulvia"})
	return CardChange{smartcard.Change{Reader: "A", Slot: smartcard.CardIn}, w.roles["A"]}
}

// result completes a pending effect, perhaps long after its visit ended.
func (w *walker) result() Event {
	i := w.rng.IntN(len(w.pending))
	if _, reads := w.pending[i].(ReadCard); reads {
		// A card is read once the one before is let go, and what became of its PIN is told.
		if j := slices.IndexFunc(w.pending, func(e Effect) bool { _, checks := e.(CheckPIN); return checks }); j >= 0 {
			i = j
		}
	}
	e := w.pending[i]
	w.pending = append(w.pending[:i:i], w.pending[i+1:]...)
	fails := w.rng.IntN(6) == 0
	switch e := e.(type) {
	case ReadCard:
		r := CardRead{Visit: e.Visit}
		who := w.inside[e.Reader]
		if fails || who == "" {
			r.Err = pick(w.rng, []error{smartcard.ErrRemoved, smartcard.ErrUnsupported, smartcard.ErrUnreadable, errors.New("other")})
			return r
		}
		r.Identity = beforePIN(who)
		if who == "olga" || who == "fulvia" {
			r.Officer = &Enrolled{"op-1", "Olga"}
		}
		return r
	case CheckPIN:
		if fails {
			card := person(w.inside[w.s.Citizen.Reader+w.s.Officer.Reader]).Fingerprint
			return PINChecked{Visit: e.Visit, Card: card, Err: pick(w.rng, []error{&smartcard.PINError{Left: 2}, &smartcard.PINError{Left: 0}, &smartcard.PINError{Left: -1}, smartcard.ErrRemoved, smartcard.ErrPINRequired})}
		}
		who := person(w.inside[w.s.Citizen.Reader+w.s.Officer.Reader])
		return PINChecked{Visit: e.Visit, Card: who.Fingerprint, Identity: who}
	case LogIn:
		if fails {
			return LoggedIn{Visit: e.Visit, Err: pick(w.rng, []error{outbox.ErrNoLine, &outbox.RefusedError{}, &outbox.BusyError{}, smartcard.ErrRemoved, smartcard.ErrPINRequired})}
		}
		others := pick(w.rng, [][]upstream.Delegation{nil, nil, {delegation("dina"), delegation("elio"), delegation("gina"), delegation("ugo")}})
		return LoggedIn{Visit: e.Visit, Requests: someRequests(w.m), Delegations: others, Unasked: others == nil && w.rng.IntN(4) == 0}
	case LookUpCode:
		return CodeKnown{Visit: e.Visit, Err: pick(w.rng, []error{nil, outbox.ErrNoEntry, &outbox.TooManyTriesError{}, errors.New("disk")})}
	case Ask:
		if fails {
			return AnswerCame{Visit: e.Visit, Number: e.Number, Err: outbox.ErrNoLine}
		}
		return AnswerCame{
			Visit: e.Visit, Number: e.Number, Statement: upstream.Statement{Periods: make([]upstream.Period, 20)},
			Answer: upstream.Answer{Facts: map[string]string{"importo": "1.00"}, Rows: make([]map[string]string, 20)},
			Err:    pick(w.rng, []error{nil, nil, nil, upstream.ErrNothing}),
		}
	case JudgePage:
		r := PageJudged{Visit: e.Visit, Round: e.Round, Scanned: e.Scanned}
		if fails {
			r.Err = pick(w.rng, []error{capture.ErrTooLarge, capture.ErrUnreadable})
			return r
		}
		r.Page = &picture{id: "page", Page: capture.Page{Flaws: pick(w.rng, [][]capture.Flaw{nil, nil, {capture.TooDark}})}}
		return r
	case Submit:
		if fails {
			return Stored{Visit: e.Visit, Err: pick(w.rng, []error{smartcard.ErrRemoved, smartcard.ErrReset, outbox.ErrTooLate, store.ErrUnknown})}
		}
		w.pending = append(w.pending, settle(e))
		return Stored{Visit: e.Visit, Entry: outbox.Entry{ID: "x", Claim: "PUE-0001-NEW", State: outbox.Waiting}}
	case settle:
		return Settled{Visit: e.Visit, Entry: outbox.Entry{ID: "x", Claim: "PUE-0001-NEW", State: outbox.Waiting}}
	case TakeBack:
		return TakenBack{Visit: e.Visit, ID: e.ID, Entry: outbox.Entry{State: pick(w.rng, []outbox.State{outbox.Unknown, outbox.Filed, outbox.Refused})}, Err: pick(w.rng, []error{nil, nil, outbox.ErrTooLate, store.ErrUnknown})}
	case KeepPhone:
		return PhoneKept{Visit: e.Visit, ID: e.ID, There: !e.Number.IsZero(), Err: pick(w.rng, []error{nil, nil, errors.New("disk")})}
	case ReadDesk:
		return deskOf(e)
	case LookUp:
		return pick(w.rng, []LookedUp{{Visit: e.Visit}, {Visit: e.Visit, Item: find(deskOf(ReadDesk{}).Open, "PUE-0001-DEAD")}})
	case LookAfter:
		return Looked{e.Visit, Upkeep{Full: w.rng.IntN(8) == 0, Sick: w.rng.IntN(8) == 0, Phones: true}}
	case TryItem:
		return Tried{Visit: e.Visit, ID: e.ID, Until: w.now.Add(time.Duration(w.rng.IntN(2)) * time.Hour)}
	case EndItem:
		return Ended{Visit: e.Visit, ID: e.ID, Err: pick(w.rng, []error{nil, errors.New("disk")})}
	case EnrolOfficer:
		return OfficerKnown{Visit: e.Visit, Err: pick(w.rng, []error{nil, errors.New("disk")})}
	case ReadPhone:
		return PhoneRead{Visit: e.Visit, ID: e.ID, Number: smartcard.NewPrivate("+393331234567"), Err: pick(w.rng, []error{nil, errors.New("none")})}
	case SettlePaper:
		return PaperSettled{Visit: e.Visit, Job: e.Job, Err: pick(w.rng, []error{nil, nil, errors.New("disk")})}
	case WriteReport:
		return ReportWritten{Visit: e.Visit, Kind: e.Kind, Document: printer.Document{Blocks: []printer.Block{printer.Row{Label: "a", Value: "b"}}}}
	case Print:
		return PrintEnded{Visit: e.Visit, Number: e.Number, Job: 7, Result: printer.Result{Outcome: pick(w.rng, []printer.Outcome{printer.Printed, printer.Printed, printer.Uncertain, printer.NotPrinted}), Reason: "no-answer"}}
	}
	return Tick{}
}

// someRequests are one submission that has left nowhere, and one at INPS.
func someRequests(m *machine) []Request {
	return []Request{
		{Entry: outbox.Entry{ID: "a", Claim: "PUE-0001-TEST", State: outbox.Waiting}, Service: serviceOf(m.catalog, "naspi")},
		{Entry: outbox.Entry{ID: "b", Claim: "PUE-0001-DONE", State: outbox.Filed, Protocol: "p"}},
	}
}

// somePapers are three that want something of an officer: a receipt and a personal
// paper that nobody saw, and a receipt that was drawn back in.
var somePapers = paper.Standing{Open: []paper.Job{
	{ID: 1, Kind: "local", Claim: "PUE-0001-OPEN", State: paper.JobUncertain},
	{ID: 2, Kind: "personal", State: paper.JobUncertain},
	{ID: 3, Kind: "final", Claim: "PUE-0001-DONE", State: paper.JobPrinted, Retracted: true},
}}

// deskOf is what an officer finds: a submission that waits, one that is stuck and
// whose citizen left a number, and a receipt to hand out.
func deskOf(e ReadDesk) DeskRead {
	d := DeskRead{
		Visit: e.Visit,
		Open: []Item{
			{Entry: outbox.Entry{ID: "dead", Claim: "PUE-0001-DEAD", State: outbox.Stuck, Phone: true}, Alarm: outbox.AlarmStuck},
			{Entry: outbox.Entry{ID: "open", Claim: "PUE-0001-OPEN", State: outbox.Waiting}},
		},
		Collect: []Item{{Entry: outbox.Entry{ID: "b", Claim: "PUE-0001-DONE", State: outbox.Filed, Protocol: "p"}}},
	}
	for _, i := range d.Open {
		if i.ID == e.Item {
			d.Item = &i
		}
	}
	return d
}
