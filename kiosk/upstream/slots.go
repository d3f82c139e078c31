package upstream

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	slotsBytes    = 64 << 10
	slotsMost     = 500
	officeLongest = 100 // characters
)

// Slot is an appointment that is still free. It names nobody: who takes it
// travels sealed, as a submission.
type Slot struct {
	ID      string
	Start   time.Time
	Minutes int
	Mode    string // "sede", "telefono" or "web-meeting"
	Office  string // where, or who calls
}

var slotModes = map[string]bool{"sede": true, "telefono": true, "web-meeting": true}

// Slots lists the appointments that are free near the terminal, the next one
// first. It needs no citizen.
func (c *Client) Slots(ctx context.Context) ([]Slot, error) {
	var listed struct {
		Items []struct {
			ID      string    `json:"id"`
			Start   time.Time `json:"start"`
			Minutes int       `json:"minutes"`
			Mode    string    `json:"mode"`
			Office  string    `json:"office"`
		} `json:"items"`
	}
	err := c.ask(ctx, call{name: "slots", method: http.MethodGet, path: "/slots", limit: slotsBytes}, &listed)
	if err != nil {
		return nil, fmt.Errorf("asking for free appointments: %w", err)
	}
	if len(listed.Items) > slotsMost {
		return nil, fmt.Errorf("asking for free appointments: %w: %d of them", ErrContract, len(listed.Items))
	}
	list := []Slot{}
	for i, s := range listed.Items {
		slot := Slot{ID: s.ID, Start: s.Start.UTC(), Minutes: s.Minutes, Mode: s.Mode, Office: s.Office}
		if i > 0 && slot.Start.Before(list[i-1].Start) || !slot.possible() {
			return nil, fmt.Errorf("asking for free appointments: %w: appointment %d", ErrContract, i)
		}
		list = append(list, slot)
	}
	return list, nil
}

func (s Slot) possible() bool {
	return opaqueForm.MatchString(s.ID) && !s.Start.IsZero() && s.Minutes >= 5 && s.Minutes <= 240 &&
		slotModes[s.Mode] && s.Office != "" && printable(s.Office, officeLongest)
}
