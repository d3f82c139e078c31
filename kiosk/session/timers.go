package session

import "time"

// warning is how long "Sono ancora qui?" stays before a visit ends. WCAG 2.1
// SC 2.2.1 asks for 20 s and ten extensions; the extensions here have no limit.
const warning = 60 * time.Second

// limit is how long a screen stays without a sign of life.
type limit struct {
	idle time.Duration
	// ends without a warning: there is nothing on the screen that a person
	// could lose, or nobody is there any more.
	ends bool
}

// limits is the one table of timers. Reading takes longer than answering, typing
// longer than reading; an officer beside the citizen doubles all of them.
var limits = map[Screen]limit{
	Welcome:    {idle: 2 * time.Minute, ends: true}, // back to Italian and normal size
	OutOfOrder: {idle: 2 * time.Minute, ends: true},

	Notice:      {idle: 90 * time.Second},
	NoticeFull:  {idle: 3 * time.Minute},
	InsertCard:  {idle: 60 * time.Second},
	TakePaper:   {idle: 2 * time.Minute},
	Reading:     {idle: 30 * time.Second},
	CardProblem: {idle: 45 * time.Second},
	NoCard:      {idle: 2 * time.Minute},
	Cardless:    {idle: 2 * time.Minute},
	OwnCode:     {idle: 3 * time.Minute},
	CodeState:   {idle: 90 * time.Second},

	PIN:        {idle: 3 * time.Minute},
	LastTry:    {idle: 3 * time.Minute}, // a letter is looked for in a bag
	Checking:   {idle: 60 * time.Second},
	PINBlocked: {idle: 60 * time.Second},

	ForWhom:        {idle: 90 * time.Second},
	Home:           {idle: 90 * time.Second},
	AnswerPage:     {idle: 3 * time.Minute},
	OnScreenOnly:   {idle: 2 * time.Minute},
	Loading:        {idle: 60 * time.Second},
	Unavailable:    {idle: 60 * time.Second},
	Statement:      {idle: 3 * time.Minute},
	StatementTable: {idle: 3 * time.Minute},
	AskDrop:        {idle: 2 * time.Minute},
	Preparing:      {idle: 60 * time.Second},
	Info:           {idle: 3 * time.Minute},
	NoticeOther:    {idle: 3 * time.Minute},
	Bring:          {idle: 3 * time.Minute},
	Form:           {idle: 3 * time.Minute},
	Documents:      {idle: 3 * time.Minute},
	Capture:        {idle: 3 * time.Minute}, // papers are looked for in a bag
	DocumentPage:   {idle: 3 * time.Minute},
	Review:         {idle: 3 * time.Minute},
	SignPIN:        {idle: 3 * time.Minute},
	Saving:         {idle: 60 * time.Second},
	Result:         {idle: 90 * time.Second},
	Requests:       {idle: 90 * time.Second},
	OneRequest:     {idle: 2 * time.Minute},
	AskWithdraw:    {idle: 2 * time.Minute},
	Withdrawn:      {idle: 90 * time.Second},
	LeavePhone:     {idle: 3 * time.Minute},
	Printing:       {idle: 2 * time.Minute},
	PrintTrouble:   {idle: 2 * time.Minute},
	Printed:        {idle: 60 * time.Second},

	Goodbye: {idle: 2 * time.Minute, ends: true},  // a forgotten card; the PIN guards it
	Removed: {idle: 12 * time.Second, ends: true}, // see idleLimit

	OfficerPIN: {idle: 60 * time.Second},
	Board:      {idle: 2 * time.Minute},
	Queue:      {idle: 2 * time.Minute},
	QueueItem:  {idle: 3 * time.Minute}, // a telephone number is copied
	AskClose:   {idle: 2 * time.Minute},
	AskPhone:   {idle: 2 * time.Minute},
	Collect:    {idle: 2 * time.Minute},
	FindClaim:  {idle: 3 * time.Minute},
	PaperList:  {idle: 2 * time.Minute},
	OnePaper:   {idle: 3 * time.Minute}, // somebody looks into the printer
	AskPaper:   {idle: 2 * time.Minute},
	Report:     {idle: 3 * time.Minute},
	Roll:       {idle: 5 * time.Minute}, // hands are in the printer
}

// idleLimit is how long the screen below any overlay may stay untouched.
func (s *State) idleLimit() time.Duration {
	l := limits[s.Screen].idle
	switch {
	case s.HelpCalled && s.Over != StillThere:
		return max(l, helpPatience)
	case s.Screen == Removed && s.Waiting != "":
		return outcomeRead
	case s.Screen == Removed && !s.Farewell.Resume.IsZero():
		// Rest here for as long as the same card finds its form again.
		return max(l, s.Farewell.Resume.Sub(s.Seen))
	case s.Screen == Removed && s.Mouth.Filled:
		return claimRead // the paper is to be taken too
	case s.Screen == Removed && (s.Farewell.Claim != "" || s.Fault != Fault{}):
		return claimRead
	case s.Officer.present():
		return 2 * l
	}
	return l
}

const (
	// helpPatience is how long a facilitator may need to come.
	helpPatience = 5 * time.Minute
	// claimRead lets a citizen whose card is out copy a code, or read that
	// nothing was stored; outcomeRead, when the card is back in already.
	claimRead   = time.Minute
	outcomeRead = 10 * time.Second
)

// idleUntil is when a screen has been untouched for its time.
func (s *State) idleUntil() time.Time { return s.Seen.Add(s.idleLimit()) }

// endsAt is when the visit ends, once StillThere asks.
func (s *State) endsAt() time.Time { return s.Warned.Add(warning) }

// wake is the next time at which a Tick changes something; zero for never.
func (s *State) wake() time.Time {
	next := s.idleUntil()
	switch {
	case s.lent():
		next = s.LentUntil
	case s.Over == StillThere:
		next = s.endsAt()
	case s.Screen == Welcome && s.View == plain && !s.HelpCalled && s.Over == "":
		next = time.Time{} // nothing to forget
	}
	if s.Officer.present() {
		next = earlier(next, s.Officer.Until)
	}
	if s.Screen == TakePaper {
		next = earlier(next, s.Mouth.Until)
	}
	if s.Paused != nil {
		next = earlier(next, s.Paused.Until)
	}
	if s.Desk.Stale && !s.Desk.Reading {
		next = earlier(next, s.Desk.nextReading())
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func (t *turn) tick() {
	t.refreshDesk()
	if t.s.Paused != nil && !t.now.Before(t.s.Paused.Until) {
		t.s.Paused, t.s.Farewell.Resume = nil, time.Time{}
	}
	if t.s.Officer.present() && !t.now.Before(t.s.Officer.Until) {
		t.endPresence()
		t.s.Seen = t.now // the shorter times without an officer begin now
	}
	switch {
	case t.s.lent():
		if !t.now.Before(t.s.LentUntil) {
			t.rest()
		}
	case t.s.Screen == TakePaper && !t.s.Mouth.holds(t.now):
		t.afterPaper()
	case t.s.Over == StillThere:
		if !t.now.Before(t.s.endsAt()) {
			t.timeUp()
		}
	case t.now.Before(t.s.idleUntil()):
	case limits[t.s.Screen].ends:
		t.timeUp()
	default:
		t.s.Over, t.s.Warned = StillThere, t.now
	}
}

// timeUp ends what is on the screen.
func (t *turn) timeUp() {
	switch t.s.Screen {
	case Goodbye:
		forgotten := t.s.Citizen.Reader
		t.rest()
		t.s.Left = forgotten
	case Removed:
		if !t.nextInLine() {
			t.rest()
		}
	case Welcome, OutOfOrder:
		t.rest()
	default:
		t.leave()
	}
}
