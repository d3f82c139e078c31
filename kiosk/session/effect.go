package session

import (
	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/upstream"
)

// Effect is something next wants done in the world. The loop runs it; what
// comes of it returns as an event of the same visit.
type Effect interface{ effect() }

// ReadCard opens the card in a reader and asks it who it is, without a PIN.
type ReadCard struct {
	Visit  uint64
	Reader string
}

// KeepDigit, DropDigit and WipePIN act on the one buffer that holds a PIN.
type (
	KeepDigit struct{ Digit byte }
	DropDigit struct{}
	WipePIN   struct{}
)

// CheckPIN offers the buffered PIN to the card once and wipes the buffer, then
// has the card sign a challenge to prove that it holds its key.
type CheckPIN struct {
	Visit uint64
	// Keep leaves the PIN verified in the card, for the signature that follows.
	Keep bool
	// Secret has an officer's card make the secret that opens what citizens left
	// for the officer alone.
	Secret bool
}

// LogIn asks INPS for a token with an assertion signed by the card, then makes
// the card forget the PIN.
type LogIn struct {
	Visit uint64
	Actor string
}

// LookAfter looks at what an application needs of the terminal, which the disk
// may keep waiting.
type LookAfter struct{ Visit uint64 }

// Submit signs, seals and stores an application, then waits a little for INPS.
type Submit struct {
	Visit   uint64
	Service *catalog.Service
	Answers catalog.Answers
	// Cardless: nobody is known, and nobody signs.
	Cardless bool
	// Behalf is whom it is for, when not the holder of the card.
	Behalf   *upstream.Delegation
	Language string
	// Documents are the papers with their pages, in order.
	Documents []enclosed

	Actor string
	// Replaces is the id of the submission that this one takes the place of.
	Replaces string
	// Wait a little for INPS's answer; without a line there is none to come.
	Wait bool
}

// TakeBack withdraws a submission of the citizen.
type TakeBack struct {
	Visit uint64
	ID    string
}

// KeepPhone leaves a telephone number with a submission, or takes it away again
// when there is none.
type KeepPhone struct {
	Visit  uint64
	ID     string
	Number smartcard.Private // E.164
}

// Print puts an order on paper.
type Print struct {
	Visit  uint64
	Number uint64
	Order  Order
}

// StopPrint gives up an order.
type StopPrint struct{ Number uint64 }

// EndVisit forgets everything of a visit: token revoked, card reset and closed,
// personal print jobs stopped.
type EndVisit struct{ Visit uint64 }

// Note adds a line to the audit record.
type Note struct{ audit.Event }

func note(e audit.Event) Note { return Note{e} }

// Order is a receipt to be printed.
type Order struct {
	Kind      Kind
	Language  string
	Statement *upstream.Statement
	Entry     *outbox.Entry
	// Service is what a leaflet or an answer is about, and Answer what INPS said.
	Service *catalog.Service
	Answer  *upstream.Answer
	// Behalf: they are about somebody else than the holder of the card.
	Behalf bool
	// Case is what its citizen's own paper says of a submission.
	Case paper.Case
	// Destination is whose notice it is; empty for that of INPS.
	Destination string
	// Officer has it printed at the board; empty when a citizen does.
	Officer string
	// Reprint counts the copies of this order that may be on paper already.
	Reprint int
	// Again is the uncertain job of which this order is the marked copy; what to print
	// then follows from the job.
	Again uint64
	// Certificate is the document on A4 that a personal paper goes with.
	Certificate *paper.Certificate
	// Document is the PDF of an answer, for PaperSheets.
	Document *upstream.Document
	// Today is the visit that a slip for the way home sums up.
	Today *Today
	// Large letters, for whoever has the screen in large text.
	Large bool
}

// Today is what was confirmed in a visit.
type Today struct{ Entries []outbox.Entry }

// Kind is a kind of receipt.
type Kind string

const (
	// PaperPersonal is what INPS said, and is stopped when the card leaves. Its kind
	// is kept where people look for reasons later, and does not say which service
	// answered.
	PaperPersonal Kind = "personal"
	PaperInfo     Kind = "info" // what there is to read of a service
	PaperLocal    Kind = "local"
	PaperFinal    Kind = "final"
	PaperNotice   Kind = "notice"
	// PaperSheets is a PDF of INPS on A4. It names a person: it is fetched for this one
	// order, held in memory alone, and taken back from the printer when the card leaves.
	PaperSheets    Kind = "sheets"
	PaperPatronato Kind = "patronato" // the way to INPS without this terminal
	PaperGoodbye   Kind = "goodbye"   // the codes of a visit, for the way home
	PaperReadiness Kind = "readiness" // how the terminal is, for officer and technician
	PaperDay       Kind = "day"       // a day in counts
)

func (ReadCard) effect()  {}
func (KeepDigit) effect() {}
func (DropDigit) effect() {}
func (WipePIN) effect()   {}
func (CheckPIN) effect()  {}
func (LogIn) effect()     {}
func (LookAfter) effect() {}
func (Submit) effect()    {}
func (TakeBack) effect()  {}
func (KeepPhone) effect() {}
func (Print) effect()     {}
func (StopPrint) effect() {}
func (EndVisit) effect()  {}
func (Note) effect()      {}
