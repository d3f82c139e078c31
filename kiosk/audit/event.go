package audit

import (
	"errors"
	"fmt"
	"regexp"
)

// Event is one thing that was done. Which attributes an event may have is in
// the table below. None says which service it was about: in a village of 300, who
// was at the terminal at ten is known, and a service can tell of an illness.
type Event struct {
	Name Name `json:"name"`
	// Submission is the UUID of a submission.
	Submission string `json:"submission,omitempty"`
	// Officer is an officer's pseudonym from the config, never a name.
	Officer string `json:"officer,omitempty"`
	// Code says which: a fault code, the reason of a refusal, the kind of a receipt,
	// why a session ended.
	Code string `json:"code,omitempty"`
	// Number is a count: of the attempt, of the copy, an HTTP status.
	Number int `json:"number,omitempty"`
}

// Name says what was done.
type Name string

// The names of all events.
const (
	TerminalStarted Name = "terminal-started"
	SessionStarted  Name = "session-started"
	SessionEnded    Name = "session-ended" // Code: why
	LoggedIn        Name = "logged-in"
	LoginRefused    Name = "login-refused" // Code: why

	SubmissionStored Name = "submission-stored"
	// SubmissionAttempt tells of the first attempt, and of each whose outcome is
	// another than the one told last: Code is that outcome; Number: which attempt.
	SubmissionAttempt   Name = "submission-attempt"
	SubmissionFiled     Name = "submission-filed"   // Code: by-id, when the body was lost here
	SubmissionRefused   Name = "submission-refused" // Code: why; Number: HTTP status
	SubmissionStuck     Name = "submission-stuck"   // Code: stray, of a body that came back from damage; Number: of attempts
	SubmissionWithdrawn Name = "submission-withdrawn"
	// SubmissionClosed, SubmissionRetried: by an officer whose card was there, or else
	// Code technician.
	SubmissionClosed  Name = "submission-closed"
	SubmissionRetried Name = "submission-retried"
	// SubmissionRebuilt: its record was damaged, and made again from what lies with
	// its body.
	SubmissionRebuilt Name = "submission-rebuilt"
	// ConfirmationImported: INPS's word came by another way than the line.
	// Code: by-id, when the body was lost here.
	ConfirmationImported Name = "confirmation-imported"
	// ConfirmationShown: a technician had INPS's signed word read out.
	ConfirmationShown Name = "confirmation-shown"
	// SubmissionHandedOut: it goes into a bundle, and can reach INPS by that way.
	SubmissionHandedOut Name = "submission-handed-out"
	// SubmissionExported: a sealed bundle was made; Number: of submissions in it.
	SubmissionExported Name = "submission-exported"
	ReceiptDelivered   Name = "receipt-delivered" // the final one
	// ReceiptPrinted: by an officer at the board, or else by a citizen. Code: kind;
	// Number: copy, 0 is the original.
	ReceiptPrinted Name = "receipt-printed"
	// ReceiptUncertain: bytes left, and the printer has not confirmed that all of it
	// came out. Code: kind; Number: copy.
	ReceiptUncertain Name = "receipt-uncertain"
	// ReceiptDismissed: the printer had not confirmed it, and an officer, or the citizen
	// when no officer is named, saw that it came out. Code: kind; Number: copy.
	ReceiptDismissed Name = "receipt-dismissed"
	// ReceiptRetracted: nobody took it, and the printer drew it back in. What one
	// citizen had forgotten the next one could have read: the municipality looks at
	// it as a breach of data (GDPR art. 4(12)). Code: kind; Number: copy.
	ReceiptRetracted Name = "receipt-retracted"
	// ReceiptCleared: an officer has taken it out of the printer. Of a final one that its
	// citizen has now, ReceiptDelivered stands before it. Code: kind; Number: copy.
	ReceiptCleared Name = "receipt-cleared"
	// MouthEmptied: an officer says that no paper is in the mouth of the printer, whose
	// sensor says otherwise.
	MouthEmptied Name = "mouth-emptied"

	PhoneLeft      Name = "phone-left" // a telephone number, for the case of trouble
	PhoneTakenBack Name = "phone-taken-back"
	PhoneShown     Name = "phone-shown" // to an officer, and deleted

	OfficerEnrolled Name = "officer-enrolled" // a key that numbers are sealed to
	OfficerUnlocked Name = "officer-unlocked"
	OfficerAssists  Name = "officer-assists"
	OfficerLocked   Name = "officer-locked"
	OfficerLeft     Name = "officer-left" // no longer beside the citizen
	PointOpened     Name = "point-opened"
	PointClosed     Name = "point-closed"

	// StoreRecovered: the file of the terminal was damaged. Code: how it was saved;
	// Number: of records that were.
	StoreRecovered Name = "store-recovered"
	// SecretRenewed: a key of this installation was lost with the damaged file and
	// made anew. Code: its name.
	SecretRenewed Name = "secret-renewed"
	// RecoveryAcknowledged: an officer has read what was done to a damaged store.
	RecoveryAcknowledged Name = "recovery-acknowledged"

	// CardInspected: a technician was told of a card. Code: what was asked for, of
	// its certificate, its holder, its PIN.
	CardInspected Name = "card-inspected"

	// RevocationUnknown: somebody was let in, and nobody could say whether the card was
	// taken back.
	RevocationUnknown Name = "revocation-unknown"

	ServiceOpened Name = "service-opened"
	HelpCalled    Name = "help-called"
	FaultShown    Name = "fault-shown" // Code: fault code
)

// attributes an event may have.
type attributes uint8

const (
	submission attributes = 1 << iota
	officer
	code
	number
)

var events = map[Name]attributes{
	TerminalStarted:      0,
	SessionStarted:       0,
	SessionEnded:         code,
	LoggedIn:             officer,
	LoginRefused:         code,
	SubmissionStored:     submission,
	SubmissionAttempt:    submission | code | number,
	SubmissionFiled:      submission | code,
	SubmissionRefused:    submission | code | number,
	SubmissionStuck:      submission | code | number,
	SubmissionWithdrawn:  submission,
	SubmissionClosed:     submission | officer | code,
	SubmissionRetried:    submission | officer | code,
	SubmissionRebuilt:    submission,
	ConfirmationImported: submission | code,
	ConfirmationShown:    submission,
	SubmissionHandedOut:  submission,
	SubmissionExported:   number,
	ReceiptDelivered:     submission,
	ReceiptPrinted:       submission | officer | code | number,
	ReceiptUncertain:     submission | officer | code | number,
	ReceiptDismissed:     submission | officer | code | number,
	ReceiptRetracted:     submission | code | number,
	ReceiptCleared:       submission | officer | code | number,
	MouthEmptied:         officer,
	PhoneLeft:            submission,
	PhoneTakenBack:       submission,
	PhoneShown:           submission | officer,
	OfficerEnrolled:      officer,
	OfficerUnlocked:      officer,
	OfficerAssists:       officer,
	OfficerLocked:        officer,
	OfficerLeft:          officer,
	PointOpened:          officer,
	PointClosed:          officer,
	StoreRecovered:       code | number,
	SecretRenewed:        code,
	RecoveryAcknowledged: officer,
	CardInspected:        code,
	RevocationUnknown:    officer,
	ServiceOpened:        0,
	HelpCalled:           0,
	FaultShown:           code,
}

// ErrNotAllowed: the event is unknown or carries something that the record must
// not hold.
var ErrNotAllowed = errors.New("event is not allowed in the audit record")

var (
	uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	key  = regexp.MustCompile(`^([a-z0-9]+([-._][a-z0-9]+)*|[A-Z]-[0-9]{2})$`)
	// pseudonym is what the config takes for an officer.
	pseudonym = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z-]{0,31}$`)
	// taxCode is the shape of a codice fiscale, digits replaced for namesakes
	// included (DM 23-12-1976, art. 6).
	taxCode = regexp.MustCompile(`(?i)[a-z]{6}[0-9lmnpqrstuv]{2}[abcdehlmprst][0-9lmnpqrstuv]{2}[a-z][0-9lmnpqrstuv]{3}[a-z]`)
)

// longestKey is more than any key of the catalogue and too little for a letter.
const longestKey = 40

// check refuses what is not in the table or could tell of a person.
func (e Event) check() error {
	allowed, known := events[e.Name]
	if !known {
		return fmt.Errorf("unknown name: %w", ErrNotAllowed)
	}
	for _, a := range []struct {
		attribute attributes
		name      string
		present   bool
		fits      bool
	}{
		{submission, "submission", e.Submission != "", uuid.MatchString(e.Submission)},
		{officer, "officer", e.Officer != "", pseudonym.MatchString(e.Officer) && !taxCode.MatchString(e.Officer)},
		{code, "code", e.Code != "", IsKey(e.Code)},
		{number, "number", e.Number != 0, e.Number > 0},
	} {
		if a.present && (allowed&a.attribute == 0 || !a.fits) {
			return fmt.Errorf("attribute %s: %w", a.name, ErrNotAllowed)
		}
	}
	return nil
}

// IsKey reports whether s may stand in an event: a short key such as "naspi",
// "paper-out" or "C-01", and not the shape of a codice fiscale.
func IsKey(s string) bool {
	return len(s) <= longestKey && key.MatchString(s) && !taxCode.MatchString(s)
}
