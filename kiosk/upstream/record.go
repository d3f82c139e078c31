package upstream

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
)

// schema names the form of a record. It is part of what the seal binds.
const schema = "pue-submission/1"

// recordLargest bounds what travels on a thin line and is held in one database
// record, bytes of JSON.
const recordLargest = 4 << 20

// Record is a submission as INPS reads it: who asks for what, who was beside,
// what the citizen had been told, and how sure the terminal was.
type Record struct {
	ID             string            // UUID, for life
	Subject        smartcard.TaxCode // the holder of the card; zero: nobody showed one
	OnBehalfOf     smartcard.TaxCode // by INPS's delegation; zero: for oneself
	Actor          string            // pseudonym of the officer beside the citizen, or empty
	Destination    string            // who is to receive it, "inps" or "comune"
	Service        string            // catalogue id
	ServiceVersion int
	Class          catalog.Class
	NoticeVersion  string               // of the privacy notice the citizen accepted
	Language       string               // BCP 47
	Assurance      string               // eIDAS level: "high" for card and PIN, "none" without a card
	Revocation     smartcard.Revocation // what was known of the certificate when the citizen confirmed
	ClockTrusted   bool                 // CapturedAt comes from a synchronised clock
	Attachments    []Attachment
	Answers        catalog.Answers
	CapturedAt     time.Time
	Deadline       time.Time // last day of the legal term; zero: none
	Terminal       string    // empty: the client's own
}

// wireRecord is the record with its personal data revealed, on purpose and only
// here: the next thing that happens to it is the seal.
type wireRecord struct {
	Schema         string            `json:"schema"`
	ID             string            `json:"id"`
	Subject        string            `json:"subject,omitempty"`
	OnBehalfOf     string            `json:"on_behalf_of,omitempty"`
	Actor          string            `json:"actor,omitempty"`
	Destination    string            `json:"destination"`
	Service        string            `json:"service"`
	ServiceVersion int               `json:"service_version"`
	Class          catalog.Class     `json:"class"`
	NoticeVersion  string            `json:"notice_version"`
	Language       string            `json:"language"`
	Assurance      string            `json:"assurance"`
	Identity       string            `json:"identity"`
	Card           *wireCard         `json:"card,omitempty"`
	ClockTrusted   bool              `json:"clock_trusted"`
	Attachments    []wireAttachment  `json:"attachments"`
	Answers        map[string]string `json:"answers"`
	CapturedAt     time.Time         `json:"captured_at"`
	Deadline       string            `json:"deadline,omitempty"`
	Terminal       string            `json:"terminal"`
	ISTAT          string            `json:"istat"` // where the terminal stands
}

func (r Record) encode(id smartcard.Identity, terminal, istat string) ([]byte, error) {
	w := wireRecord{
		Schema: schema, ID: r.ID,
		Subject: r.Subject.Reveal(), OnBehalfOf: r.OnBehalfOf.Reveal(), Actor: r.Actor,
		Destination: r.Destination, Service: r.Service, ServiceVersion: r.ServiceVersion, Class: r.Class,
		NoticeVersion: r.NoticeVersion, Language: r.Language, Assurance: r.Assurance,
		Identity: r.certainty(id), Card: cardEvidence(id, r.Revocation), ClockTrusted: r.ClockTrusted,
		Attachments: []wireAttachment{}, Answers: r.Answers,
		CapturedAt: r.CapturedAt.UTC().Truncate(time.Millisecond), Terminal: terminal, ISTAT: istat,
	}
	for _, a := range r.Attachments {
		w.Attachments = append(w.Attachments, a.wire())
	}
	// The contract has empty lists and objects, never null.
	if w.Answers == nil {
		w.Answers = catalog.Answers{}
	}
	if !r.Deadline.IsZero() {
		w.Deadline = r.Deadline.Format(time.DateOnly)
	}
	data, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("writing the record: %w", err)
	}
	if len(data) > recordLargest {
		clear(data)
		return nil, fmt.Errorf("record of %d bytes, at most %d can be sent", len(data), recordLargest)
	}
	return data, nil
}

var (
	uuidForm    = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`) // RFC 9562 §4
	serviceForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	istatForm   = regexp.MustCompile(`^[0-9]{6}$`)
)

// check refuses a record that INPS would refuse for our own mistakes, while
// somebody can still do something about it.
func (r Record) check(id smartcard.Identity, terminal, destination string) error {
	switch {
	case !uuidForm.MatchString(r.ID):
		return errors.New("record id is not a UUID in lower case")
	case !serviceForm.MatchString(r.Service):
		return fmt.Errorf("service id %q is not usable", r.Service)
	case r.ServiceVersion < 1:
		return errors.New("record without the version of its service")
	case !r.Class.Filed():
		return fmt.Errorf("service class %q is not one that is filed", r.Class)
	case r.Subject != id.TaxCode:
		return errors.New("subject is not the holder of the card")
	case r.Subject.IsZero() && (r.Class != catalog.Booking || !r.OnBehalfOf.IsZero() || len(r.Attachments) > 0):
		return errors.New("without a card one books for oneself, without documents, and nothing else")
	case r.Revocation.State == smartcard.RevocationRevoked:
		return errors.New("a card that was revoked signs nothing")
	case r.CapturedAt.IsZero():
		return errors.New("record without time of capture")
	case r.Destination != "" && r.Destination != destination:
		return fmt.Errorf("record for %q does not go to %q", r.Destination, destination)
	case r.Terminal != "" && r.Terminal != terminal:
		return errors.New("record of another terminal")
	}
	for name, v := range map[string]string{
		"destination": r.Destination, "notice version": r.NoticeVersion, "language": r.Language, "assurance": r.Assurance,
	} {
		if strings.TrimSpace(v) == "" {
			return fmt.Errorf("record without %s", name)
		}
	}
	return checkAttachments(r.Attachments)
}
