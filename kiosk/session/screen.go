package session

// Screen names what the citizen sees: one constant, one page template, one
// screenshot of the same name.
type Screen string

const (
	// Before anybody is known.
	Welcome     Screen = "welcome"      // nobody is here
	Notice      Screen = "notice"       // privacy notice in three sentences
	NoticeFull  Screen = "notice-full"  // "Leggi tutto", with print
	InsertCard  Screen = "insert-card"  // waiting for a card
	TakePaper   Screen = "take-paper"   // the paper of the last visit waits in the printer
	Reading     Screen = "reading"      // the card is being read
	CardProblem Screen = "card-problem" // one picture that says what to do
	NoCard      Screen = "no-card"      // "Non ho la carta / il PIN"
	Cardless    Screen = "cardless"     // what can be had all the same
	OwnCode     Screen = "own-code"     // a claim code is typed
	CodeState   Screen = "code-state"   // where its submission stands
	OutOfOrder  Screen = "out-of-order" // point closed, or lent to the technician

	// With a card, PIN asked.
	PIN        Screen = "pin"
	LastTry    Screen = "last-try" // before a PIN that may block the card, if it is wrong
	Checking   Screen = "checking" // PIN right, logging in at INPS
	PINBlocked Screen = "pin-blocked"

	// Logged in.
	ForWhom        Screen = "for-whom" // for oneself, or for somebody
	Home           Screen = "home"
	Loading        Screen = "loading" // asking INPS for data
	Unavailable    Screen = "unavailable"
	Statement      Screen = "statement"       // chart
	StatementTable Screen = "statement-table" // the same as a table, paged
	AnswerPage     Screen = "answer"          // what else INPS knows, paged
	OnScreenOnly   Screen = "on-screen-only"  // before a service whose document cannot be printed now
	AskDrop        Screen = "ask-drop"        // give up a form that was begun?
	Info           Screen = "info"            // a service that is read
	Bring          Screen = "bring"           // what to have at hand for an application
	NoticeOther    Screen = "notice-other"    // the privacy notice of another authority than INPS
	Preparing      Screen = "preparing"       // looking whether an application can be stored
	Form           Screen = "form"            // one question
	Documents      Screen = "documents"       // the papers that belong to the answers
	Capture        Screen = "capture"         // pages of one of them are photographed or scanned
	DocumentPage   Screen = "document-page"   // one page, large
	Review         Screen = "review"
	SignPIN        Screen = "sign-pin" // PIN again, as the signature
	Saving         Screen = "saving"   // signing, sealing, storing, first attempt to send
	Result         Screen = "result"
	Requests       Screen = "requests"     // what this citizen filed here
	OneRequest     Screen = "request"      // one of them, and what can be done with it
	AskWithdraw    Screen = "ask-withdraw" // take it back?
	Withdrawn      Screen = "withdrawn"    // it is taken back, or it was too late
	LeavePhone     Screen = "leave-phone"  // a number for the case that something goes wrong
	Printing       Screen = "printing"
	PrintTrouble   Screen = "print-trouble" // paper out, cover open, or no confirmation
	Printed        Screen = "printed"

	// After.
	Goodbye Screen = "goodbye" // take the card
	Removed Screen = "removed" // card pulled: nothing personal, perhaps a claim code

	// Over any of the above; leaving them shows what was below.
	StillThere Screen = "still-there" // the time is running out
	Settings   Screen = "settings"    // language, size, contrast
	Help       Screen = "help"        // the facilitator was called

	// The officer's.
	OfficerPIN Screen = "officer-pin"
	Board      Screen = "board"
	Queue      Screen = "queue"      // submissions that are not at INPS, alarms first
	QueueItem  Screen = "queue-item" // one of them, nothing of its content
	AskClose   Screen = "ask-close"  // end a dead letter?
	AskPhone   Screen = "ask-phone"  // see the citizen's number, once?
	Collect    Screen = "collect"    // final receipts that nobody has yet
	FindClaim  Screen = "find-claim" // by the code on the slip
	PaperList  Screen = "papers"     // that want something of an officer; and the reports
	OnePaper   Screen = "paper"      // one of them: did it come out?
	AskPaper   Screen = "ask-paper"  // really?
	Report     Screen = "report"     // what the terminal says of itself
	Roll       Screen = "roll"       // how the paper is changed
)

// Screens lists all screens, in the order a visitor may meet them.
var Screens = []Screen{
	Welcome, Notice, NoticeFull, InsertCard, TakePaper, Reading, CardProblem, NoCard, Cardless, OwnCode, CodeState, OutOfOrder,
	PIN, LastTry, Checking, PINBlocked,
	ForWhom, Home, Loading, Unavailable, Statement, StatementTable, AnswerPage, OnScreenOnly, Info, AskDrop, Preparing, NoticeOther, Bring, Form, Documents, Capture, DocumentPage, Review, SignPIN, Saving, Result, Requests,
	OneRequest, AskWithdraw, Withdrawn, LeavePhone,
	Printing, PrintTrouble, Printed, Goodbye, Removed,
	StillThere, Settings, Help,
	OfficerPIN, Board, Queue, QueueItem, AskClose, AskPhone, Collect, FindClaim,
	PaperList, OnePaper, AskPaper, Report, Roll,
}

// Act is something a finger can do. The page posts it with the screen on which
// its button stood; a touch meant for a screen that is gone is ignored, which is
// what makes a double tap harmless.
type Act string

const (
	Start      Act = "start"
	Continue   Act = "continue"
	ReadAll    Act = "read-all"
	GoBack     Act = "back"
	Exit       Act = "exit" // "Esca e riprenda la carta"
	HaveNoCard Act = "no-card"
	NeedNoCard Act = "cardless" // to Cardless
	OpenCode   Act = "code"     // to OwnCode

	Digit    Act = "digit" // Value: one of 0–9, of a telephone number also +
	Erase    Act = "erase"
	EraseAll Act = "erase-all"
	OK       Act = "ok"

	Open        Act = "open"     // Value: service id, "requests", or a claim code of the list
	ChooseWhom  Act = "whom"     // to ForWhom
	OpenGroup   Act = "group"    // of services; Value: a Group
	Chart       Act = "chart"    // from the table
	Table       Act = "table"    // Value: page number from 1
	Answer      Act = "answer"   // Fields: the answers of the step
	Change      Act = "change"   // from the review; Value: step id
	Confirm     Act = "confirm"  // from the review, to SignPIN; on a question, yes
	GoHome      Act = "home"     // from a result
	Retry       Act = "retry"    // from Unavailable
	PrintIt     Act = "print"    // what this screen can print; on Collect, Value: claim code
	PrintSheets Act = "sheets"   // the document of an answer, on A4
	PrintSlip   Act = "slip"     // what goes with the document of an answer, or stands for it
	Page        Act = "page"     // of a list; Value: number from 1
	Withdraw    Act = "withdraw" // take a submission back, to AskWithdraw
	Redo        Act = "redo"     // fill the form anew, in place of a saved one
	GivePhone   Act = "phone"    // to LeavePhone
	DropPhone   Act = "phone-back"
	StopWaiting Act = "stop"     // from PrintTrouble: go on without paper
	Taken       Act = "taken"    // the receipt came out
	NotTaken    Act = "nottaken" // it did not: print again, marked

	// OpenDocuments goes from the review to the papers; Remove takes a page out
	// again; NoCamera is said by the page itself when it cannot open the camera.
	OpenDocuments Act = "documents"
	Remove        Act = "remove"
	NoCamera      Act = "no-camera"

	Stay     Act = "stay" // "Sono ancora qui"
	CallHelp Act = "help"
	EndHelp  Act = "end-help"
	Adjust   Act = "adjust"   // open Settings
	Language Act = "language" // Value: it, de
	Size     Act = "size"     // Value: m, l, xl
	Contrast Act = "contrast" // Value: normal, dark

	EndAssistance Act = "end-assistance" // the citizen sends the officer away

	Assist     Act = "assist" // the officer stays to help the next citizen
	ClosePoint Act = "close-point"
	OpenPoint  Act = "open-point"
	Lock       Act = "lock"

	OpenQueue   Act = "queue"
	OpenCollect Act = "collect"
	OpenFind    Act = "find"
	ShowItem    Act = "item"  // Value: claim code of the list
	TryNow      Act = "try"   // send it once more
	PrintSheet  Act = "sheet" // the way to INPS without this terminal
	CloseItem   Act = "close" // to AskClose
	SeePhone    Act = "see-phone"
	Acknowledge Act = "acknowledge" // the officer has read what happened to the store, or to a paper

	OpenPapers   Act = "papers"
	ShowPaper    Act = "paper"       // Value: number of the job
	PrintAgain   Act = "print-again" // a marked copy of it
	MouthEmptied Act = "mouth-empty" // no paper is in the printer, whatever its sensor says
	OpenReport   Act = "report"      // Value: a Kind
	OpenRoll     Act = "roll"
)

// Touch is one press, as the page posts it.
type Touch struct {
	Visit  uint64 // of the page; a press meant for an earlier visitor is dropped
	Screen Screen
	Act    Act
	Value  string
	Fields map[string]string
}
