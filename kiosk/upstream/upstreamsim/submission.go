package upstreamsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"
)

const schema = "pue-submission/1"

// record is a submission once the seal is open and the card's signature holds.
type record struct {
	Schema         string            `json:"schema"`
	ID             string            `json:"id"`
	Subject        string            `json:"subject"`
	OnBehalfOf     string            `json:"on_behalf_of"`
	Actor          string            `json:"actor"`
	Destination    string            `json:"destination"`
	Service        string            `json:"service"`
	ServiceVersion int               `json:"service_version"`
	Class          string            `json:"class"`
	NoticeVersion  string            `json:"notice_version"`
	Language       string            `json:"language"`
	Assurance      string            `json:"assurance"`
	Identity       string            `json:"identity"`
	Card           *cardReport       `json:"card"`
	ClockTrusted   *bool             `json:"clock_trusted"`
	Attachments    []Attachment      `json:"attachments"`
	Answers        map[string]string `json:"answers"`
	CapturedAt     time.Time         `json:"captured_at"`
	Deadline       string            `json:"deadline"`
	Terminal       string            `json:"terminal"`
	ISTAT          string            `json:"istat"`
}

// envelope is what stands outside the seal.
type envelope struct {
	id, class, keyID, terminal string
	sealed                     []byte
}

func (e envelope) digest() string {
	sum := sha256.Sum256(e.sealed)
	return hex.EncodeToString(sum[:])
}

// refusal is why a submission cannot be received: a problem key of the contract,
// which says nothing of the service, and words for the technician that hold
// nothing personal.
type refusal struct{ key, detail string }

// open reads a submission as INPS would: seal, signature, card, form, and
// whether inside and outside say the same.
func (s *Server) open(e envelope, now time.Time) (record, *refusal) {
	jws, no := s.unseal(e, now)
	if no != nil {
		return record{}, no
	}
	if isRequest(jws) {
		return s.openRequest(e, jws, now)
	}
	payload, chain, err := openJWS(jws, "pue-submission+jws")
	if err != nil {
		return record{}, &refusal{"signature", err.Error()}
	}
	rec, err := s.readRecord(payload)
	if err != nil {
		return record{}, &refusal{"schema", err.Error()}
	}
	// A submission may have waited for the line: the card must have been good
	// when the citizen signed.
	if rec.clockKept() && rec.CapturedAt.After(now.Add(clockSkew)) {
		return record{}, &refusal{"schema", "captured in the future"}
	}
	who, err := checkCard(chain, s.anchors, rec.CapturedAt)
	if err != nil && !rec.clockKept() {
		who, err = checkCard(chain, s.anchors, now)
	}
	if err != nil {
		return record{}, &refusal{"signature", err.Error()}
	}
	if rec.Subject != who.taxCode {
		return record{}, &refusal{"subject", "the subject is not the holder of the card"}
	}
	if rec.Card.Kind != who.kind {
		return record{}, &refusal{"schema", "the card is of another kind than the record says"}
	}
	if !rec.belongsIn(e) {
		return record{}, &refusal{"envelope", "inside and outside of the seal differ"}
	}
	return rec, nil
}

// belongsIn reports whether inside and outside of the seal say the same. Outside
// every class is "application".
func (r record) belongsIn(e envelope) bool {
	return r.ID == e.id && e.class == "application" && r.Terminal == e.terminal
}

// unseal opens what the terminal sealed and takes it out of its frame.
func (s *Server) unseal(e envelope, now time.Time) ([]byte, *refusal) {
	o, known := s.keys.sealing[e.keyID]
	if !known || !now.Before(o.gone) {
		return nil, &refusal{"sealing-key", "there is no such sealing key, or no longer"}
	}
	info := strings.Join([]string{schema, e.id, e.terminal, e.class}, "\x00")
	plain, err := openSeal(o.key, []byte(info), nil, e.sealed)
	if err != nil {
		return nil, &refusal{"seal", "the seal does not open for this id, terminal and class"}
	}
	jws, err := unframe(plain)
	if err != nil {
		return nil, &refusal{"envelope", err.Error()}
	}
	return jws, nil
}

var (
	idForm      = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	serviceForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	classForm   = regexp.MustCompile(`^[a-z]{1,20}$`)
	keyIDForm   = regexp.MustCompile(`^[0-9a-f]{16}$`)
	istatForm   = regexp.MustCompile(`^[0-9]{6}$`)
	mediaForm   = regexp.MustCompile(`^[a-z]{1,20}/[a-z0-9.+-]{1,79}$`)
	answerForm  = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
)

const answerLongest = 4000 // bytes

// readRecord reads what is meant for this side.
func (s *Server) readRecord(payload []byte) (record, error) {
	r, err := readRecord(payload)
	if err == nil && r.Destination != s.side {
		err = errors.New("another destination")
	}
	return r, err
}

// readRecord is strict: a member that the schema does not know may mean that
// the terminal believes to have said something INPS did not hear.
func readRecord(payload []byte) (record, error) {
	var r record
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || d.More() {
		return record{}, errors.New("record is not JSON of the schema")
	}
	return r, r.check()
}

func (r record) check() error {
	switch {
	case r.Schema != schema:
		return errors.New("another schema")
	case !idForm.MatchString(r.ID):
		return errors.New("id is not a UUID")
	case r.Subject != "" && !taxCodeForm.MatchString(r.Subject):
		return errors.New("subject is not a codice fiscale")
	case r.OnBehalfOf != "" && !taxCodeForm.MatchString(r.OnBehalfOf):
		return errors.New("on_behalf_of is not a codice fiscale")
	case r.Destination == "":
		return errors.New("destination missing")
	case !serviceForm.MatchString(r.Service) || r.ServiceVersion < 1:
		return errors.New("service without id or version")
	case r.Class != "application" && r.Class != "booking":
		return errors.New("class is not one that is submitted")
	case r.NoticeVersion == "" || r.Language == "" || r.Terminal == "":
		return errors.New("notice_version, language or terminal missing")
	case !istatForm.MatchString(r.ISTAT):
		return errors.New("istat is not the six digits of a municipality")
	case r.Subject != "" && r.Assurance != "high" && r.Assurance != "substantial":
		return errors.New("assurance is not a level of eIDAS")
	case r.Subject == "" && (r.Assurance != "none" || r.Class != "booking" || r.OnBehalfOf != "" || len(r.Attachments) > 0):
		return errors.New("without a card one books for oneself, without documents, and nothing else")
	case r.ClockTrusted == nil:
		return errors.New("clock_trusted missing")
	case r.Attachments == nil || r.Answers == nil:
		return errors.New("attachments or answers missing")
	case r.CapturedAt.IsZero():
		return errors.New("captured_at missing")
	}
	if err := r.checkIdentity(); err != nil {
		return err
	}
	if len(r.Attachments) > attachmentsMost {
		return errors.New("too many attachments")
	}
	seen := map[string]bool{}
	for _, a := range r.Attachments {
		if err := a.check(); err != nil {
			return err
		}
		if seen[a.ID] {
			return errors.New("attachment named twice")
		}
		seen[a.ID] = true
	}
	for name, v := range r.Answers {
		if !answerForm.MatchString(name) || len(v) > answerLongest {
			return errors.New("answers of no possible form")
		}
	}
	if r.Deadline != "" {
		if _, err := time.Parse(time.DateOnly, r.Deadline); err != nil {
			return errors.New("deadline is not a date")
		}
	}
	return nil
}

// tooLate reports whether the citizen signed after the last day of the term,
// by the calendar of Rome. A clock that nobody keeps makes nobody late: a person
// at INPS looks at it.
func (r record) tooLate() bool {
	return r.clockKept() && r.Deadline != "" && r.CapturedAt.In(rome).Format(time.DateOnly) > r.Deadline
}

func (r record) clockKept() bool { return r.ClockTrusted != nil && *r.ClockTrusted }
