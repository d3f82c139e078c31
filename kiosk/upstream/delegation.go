package upstream

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"pue/devices/smartcard"
)

// Bounds of what INPS tells about delegations. Three is the most that one person
// may act for by INPS's rules of today; a guardian has more.
const (
	delegationsMost  = 50
	delegationsBytes = 32 << 10
	nameLongest      = 100 // characters
)

// Delegation is INPS's word that the token's holder may act for somebody. The
// terminal never infers one.
type Delegation struct {
	ID      string // opaque, INPS's own
	TaxCode smartcard.TaxCode
	Name    smartcard.Private
	Kind    string    // "delegate", "guardian" or "parent"
	Until   time.Time // last day, zero: without an end
}

var (
	// opaqueForm is an id that INPS is free to choose: safe in a path.
	opaqueForm      = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)
	taxCodeForm     = regexp.MustCompile(`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$`)
	delegationKinds = map[string]bool{"delegate": true, "guardian": true, "parent": true}
)

// wireDelegation is a delegation as it travels.
type wireDelegation struct {
	ID      string `json:"id"`
	TaxCode string `json:"tax_code"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Until   string `json:"until"`
}

// Delegations lists for whom the token's holder may act. Those that have ended
// are left out.
func (c *Client) Delegations(ctx context.Context, t Token) ([]Delegation, error) {
	var listed struct {
		Items []wireDelegation `json:"items"`
	}
	op := call{name: "delegations", method: http.MethodGet, path: "/delegations", limit: delegationsBytes}
	if err := c.read(ctx, t, op, nil, &listed); err != nil {
		return nil, fmt.Errorf("asking for delegations: %w", err)
	}
	list, err := readDelegations(listed.Items, time.Now())
	if err != nil {
		return nil, fmt.Errorf("asking for delegations: %w", err)
	}
	t.acts.learn(list)
	return list, nil
}

// acting is for whom a token's holder may act, as INPS has said in this session:
// a question by any other delegation is not asked, and an answer about anybody
// else is not believed.
type acting struct {
	mu   sync.Mutex
	byID map[string]smartcard.TaxCode
}

func (a *acting) learn(list []Delegation) {
	if a == nil { // of a token that nobody logged in for
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byID = map[string]smartcard.TaxCode{}
	for _, d := range list {
		a.byID[d.ID] = d.TaxCode
	}
}

func (a *acting) find(id string) (smartcard.TaxCode, bool) {
	if a == nil {
		return smartcard.TaxCode{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	who, ok := a.byID[id]
	return who, ok
}

func readDelegations(items []wireDelegation, now time.Time) ([]Delegation, error) {
	if len(items) > delegationsMost {
		return nil, fmt.Errorf("%w: %d delegations", ErrContract, len(items))
	}
	list, seen := []Delegation{}, map[string]bool{}
	for i, w := range items {
		d, what := w.read()
		if what == "" && seen[d.ID] {
			what = "id used twice"
		}
		if what != "" {
			return nil, fmt.Errorf("%w: delegation %d: %s", ErrContract, i, what)
		}
		seen[d.ID] = true
		if d.Until.IsZero() || now.Before(d.Until.AddDate(0, 0, 1)) {
			list = append(list, d)
		}
	}
	return list, nil
}

// read says which rule the delegation breaks, or nothing.
func (w wireDelegation) read() (d Delegation, wrong string) {
	d = Delegation{
		ID: w.ID, TaxCode: smartcard.TaxCode{Private: smartcard.NewPrivate(w.TaxCode)},
		Name: smartcard.NewPrivate(w.Name), Kind: w.Kind,
	}
	switch {
	case !opaqueForm.MatchString(w.ID):
		return d, "id"
	case !taxCodeForm.MatchString(w.TaxCode):
		return d, "codice fiscale"
	case w.Name == "" || !printable(w.Name, nameLongest):
		return d, "name"
	case !delegationKinds[w.Kind]:
		return d, "kind"
	}
	if w.Until == "" {
		return d, ""
	}
	until, err := time.Parse(time.DateOnly, w.Until)
	if err != nil {
		return d, "last day"
	}
	d.Until = until
	return d, ""
}
