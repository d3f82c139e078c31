package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"pue/kiosk/outbox"
)

var _ outbox.Sender = (*Client)(nil)

// errOtherBody means that INPS holds another body under our id.
var errOtherBody = errors.New("INPS holds another body under this id")

// Send delivers the parcel once, and asks at once what became of it. See
// outbox.Sender for its errors.
func (c *Client) Send(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	a, err := c.do(ctx, call{
		name: "submit", method: http.MethodPost, path: "/applications", limit: 16 << 10,
		contentType: sealedType, body: p.Sealed, by: fromQueue,
		header: http.Header{
			"Idempotency-Key": {`"` + p.ID + `"`}, // a structured field string (RFC 9651 §3.3.3)
			"Pue-Class":       {string(p.Class)},
			"Pue-Key-Id":      {p.KeyID},
		},
	})
	if err != nil {
		return outbox.Confirmation{}, fmt.Errorf("sending the submission: %w", outcome(err))
	}
	switch {
	case a.status == http.StatusConflict && a.problem() == outbox.RefusedNoAttachment:
		return outbox.Confirmation{}, fmt.Errorf("sending the submission: %w: INPS has let go of an attachment", outbox.ErrUnknownOutcome)
	case a.status == http.StatusAccepted, a.status == http.StatusConflict:
		return c.afterReceipt(ctx, p)
	}
	return outbox.Confirmation{}, fmt.Errorf("sending the submission: %w", a.decision())
}

// afterReceipt asks for the confirmation. INPS has just said that it has this
// id (202, or 409 for one it had before): only its decision may follow. Whatever
// keeps us from hearing that one must not read as "not received", or the outbox
// would send again without asking.
func (c *Client) afterReceipt(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	conf, err := c.Ask(ctx, p)
	var refused *outbox.RefusedError
	switch {
	case err == nil, errors.As(err, &refused), errors.Is(err, outbox.ErrProcessing):
		return conf, err
	case errors.Is(err, errOtherBody): // INPS signed for it: a person's to sort out
		return conf, fmt.Errorf("%w: %w", refusedFor(http.StatusConflict, outbox.RefusedOtherBody), errOtherBody)
	}
	// %v: the meaning that err has for a question ends here, but for the time that
	// INPS asks for.
	unknown := fmt.Errorf("%w: INPS has it, then: %v", outbox.ErrUnknownOutcome, err)
	if busy, ok := errors.AsType[*outbox.BusyError](err); ok {
		unknown = fmt.Errorf("%w: %w", unknown, busy)
	}
	return conf, unknown
}

// decision is what an answer other than a receipt says of a submission. Only
// INPS's own problem is INPS's word. A gateway that answers 503, 429 or 403 by
// itself may do so when the body is long with INPS; the time that it asks for is
// obeyed all the same.
func (a answer) decision() error {
	reason := a.problem()
	if reason == "" {
		err := fmt.Errorf("%w: status %d, media type %q, not in INPS's words", outbox.ErrUnknownOutcome, a.status, told(a.media))
		if busy := a.busy(); busy != nil && a.header.Get("Retry-After") != "" {
			err = fmt.Errorf("%w: %w", err, busy)
		}
		return err
	}
	switch a.status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		// INPS has no such operation (any more): no submission will do better.
		return pausedFor(reason)
	}
	return outcome(a.refusal())
}

// Ask finds out what became of an earlier attempt. See outbox.Sender for its
// errors.
func (c *Client) Ask(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	conf, err := c.inquire(ctx, p)
	if err != nil {
		return outbox.Confirmation{}, fmt.Errorf("asking for the submission: %w", outcome(err))
	}
	return conf, nil
}

func (c *Client) inquire(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	path := "/applications/" + p.ID
	a, err := c.do(ctx, call{name: "inquire", method: http.MethodGet, path: path, limit: 16 << 10, by: fromQueue})
	switch {
	case err != nil:
		return outbox.Confirmation{}, err
	case a.status == http.StatusNotFound && a.problem() == "not-known":
		return outbox.Confirmation{}, outbox.ErrNotKnown
	case a.status == http.StatusSeeOther:
		if !c.leadsTo(a, path, path+"/confirmation") {
			return outbox.Confirmation{}, fmt.Errorf("%w: a way to something else than the confirmation", ErrContract)
		}
		return c.confirmation(ctx, p)
	case a.status != http.StatusOK:
		return outbox.Confirmation{}, a.inquiryRefusal()
	}
	return outbox.Confirmation{}, a.state(p.ID)
}

// leadsTo reports whether the answer to path sends us to that other path of the
// contract. What a Location says is compared, never followed.
func (c *Client) leadsTo(a answer, path, there string) bool {
	location, err := c.base.JoinPath(path).Parse(a.header.Get("Location"))
	return err == nil && location.String() == c.base.JoinPath(there).String()
}

// state is what INPS says of a submission that it has not filed.
func (a answer) state(id string) error {
	var is struct {
		ID     string `json:"id"`
		State  string `json:"state"`
		Reason string `json:"reason"`
	}
	if err := a.decode(&is); err != nil {
		return err
	}
	if is.ID != id {
		return fmt.Errorf("%w: answer about another submission", ErrContract)
	}
	switch is.State {
	case "received", "processing":
		return outbox.ErrProcessing
	case "refused":
		return refusedFor(http.StatusUnprocessableEntity, is.Reason)
	}
	return fmt.Errorf("%w: state of a submission", ErrContract)
}

// inquiryRefusal: only the state "refused" refuses a submission. A 4xx to the
// question is about the question.
func (a answer) inquiryRefusal() error {
	err := outcome(a.refusal())
	var refused *outbox.RefusedError
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: status %d, %s", outbox.ErrUnknownOutcome, refused.Status, refused.Reason)
	}
	return err
}

// outcome says what an error means for a submission: an answer that nobody can
// make sense of leaves its fate unknown, and what is not in the words of the
// contract stays out of it.
func outcome(err error) error {
	if errors.Is(err, ErrContract) {
		return fmt.Errorf("%w: %w", outbox.ErrUnknownOutcome, err)
	}
	switch err := err.(type) {
	case *outbox.RefusedError:
		return refusedFor(err.Status, err.Reason)
	case *outbox.PausedError:
		return pausedFor(err.Reason)
	}
	return err
}
