package upstream

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
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
	digest := sha256.Sum256(p.Sealed)
	a, err := c.do(ctx, call{
		name: "submit", method: http.MethodPost, path: "/applications", limit: 16 << 10,
		contentType: sealedType, body: p.Sealed,
		header: http.Header{
			"Idempotency-Key": {`"` + p.ID + `"`}, // a structured field string (RFC 9651 §3.3.3)
			"Digest":          {"SHA-256=" + base64.StdEncoding.EncodeToString(digest[:])},
			"Pue-Service":     {p.Service},
		},
	})
	if err != nil {
		return outbox.Confirmation{}, fmt.Errorf("sending the submission: %w", outcome(err))
	}
	switch a.status {
	case http.StatusAccepted:
		return c.afterAccepted(ctx, p)
	case http.StatusConflict:
		return c.afterConflict(ctx, p)
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		// INPS has no such operation (any more): no submission will do better.
		if reason := a.key(); reason != "" {
			return outbox.Confirmation{}, fmt.Errorf("sending the submission: %w", &outbox.PausedError{Reason: reason})
		}
	}
	return outbox.Confirmation{}, fmt.Errorf("sending the submission: %w", outcome(a.refusal()))
}

// afterAccepted asks for the confirmation. INPS has said that it has the
// submission, so whatever keeps us from hearing more is "processing".
func (c *Client) afterAccepted(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	conf, err := c.Ask(ctx, p)
	var refused *outbox.RefusedError
	var paused *outbox.PausedError
	switch {
	case err == nil, errors.As(err, &refused), errors.As(err, &paused), errors.Is(err, outbox.ErrProcessing):
		return conf, err
	case errors.Is(err, outbox.ErrNotKnown), errors.Is(err, outbox.ErrUnknownOutcome):
		return conf, fmt.Errorf("%w: accepted, then: %v", outbox.ErrUnknownOutcome, err)
	}
	return conf, fmt.Errorf("%w: accepted, then: %v", outbox.ErrProcessing, err)
}

// afterConflict: INPS has this id already. That is success when it is ours,
// and a person's to sort out when it is not.
func (c *Client) afterConflict(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	conf, err := c.Ask(ctx, p)
	if errors.Is(err, errOtherBody) {
		return conf, fmt.Errorf("%w: %w", &outbox.RefusedError{Status: http.StatusConflict, Reason: "other-body"}, errOtherBody)
	}
	return conf, err
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
	a, err := c.do(ctx, call{name: "inquire", method: http.MethodGet, path: "/applications/" + p.ID, limit: 16 << 10})
	if err != nil {
		return outbox.Confirmation{}, err
	}
	if a.status == http.StatusNotFound && a.media == problemType && a.key() == "not-known" {
		return outbox.Confirmation{}, outbox.ErrNotKnown
	}
	if a.status != http.StatusOK {
		return outbox.Confirmation{}, a.inquiryRefusal()
	}
	var is struct {
		ID     string `json:"id"`
		State  string `json:"state"`
		Reason string `json:"reason"`
	}
	if err := a.decode(&is); err != nil {
		return outbox.Confirmation{}, err
	}
	if is.ID != p.ID {
		return outbox.Confirmation{}, fmt.Errorf("%w: answer about another submission", ErrContract)
	}
	switch is.State {
	case "received", "processing":
		return outbox.Confirmation{}, outbox.ErrProcessing
	case "refused":
		return outbox.Confirmation{}, refusedFor(is.Reason)
	case "filed":
		return c.confirmation(ctx, p)
	}
	return outbox.Confirmation{}, fmt.Errorf("%w: state of a submission", ErrContract)
}

// inquiryRefusal: only the state "refused" refuses a submission. A 4xx to the
// question is about the question.
func (a answer) inquiryRefusal() error {
	err := a.refusal()
	var refused *outbox.RefusedError
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: status %d, %s", outbox.ErrUnknownOutcome, refused.Status, refused.Reason)
	}
	return err
}

func refusedFor(reason string) error {
	reason = key(reason)
	if reason == "" {
		reason = "unspecified"
	}
	return &outbox.RefusedError{Status: http.StatusUnprocessableEntity, Reason: reason}
}

// outcome says what an error means for a submission: an answer that nobody can
// make sense of leaves its fate unknown.
func outcome(err error) error {
	if errors.Is(err, ErrContract) {
		return fmt.Errorf("%w: %w", outbox.ErrUnknownOutcome, err)
	}
	return err
}
