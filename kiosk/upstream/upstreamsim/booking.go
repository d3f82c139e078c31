package upstreamsim

import (
	"net/http"
	"time"
)

// slot is a free appointment, as the contract has it.
type slot struct {
	ID      string    `json:"id"`
	Start   time.Time `json:"start"`
	Minutes int       `json:"minutes"`
	Mode    string    `json:"mode"`
	Office  string    `json:"office"`
}

// offer is what an invented office has free on each working day.
var offer = []struct {
	hour, minute int
	mode, office string
}{
	{9, 0, "sede", "INPS Borgo Esempio"},
	{9, 30, "telefono", "INPS Borgo Esempio"},
	{11, 0, "web-meeting", "INPS Borgo Esempio"},
	{14, 30, "sede", "INPS Borgo Esempio"},
}

// slotDays is for how many working days appointments are offered.
const slotDays = 10

func (s *Server) slots(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"items": freeSlots(time.Now())})
}

// freeSlots begin tomorrow, by the calendar of Rome.
func freeSlots(now time.Time) []slot {
	list := []slot{}
	day := now.In(rome)
	for n := 0; n < slotDays; {
		day = day.AddDate(0, 0, 1)
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			continue
		}
		n++
		for _, o := range offer {
			start := time.Date(day.Year(), day.Month(), day.Day(), o.hour, o.minute, 0, 0, rome)
			list = append(list, slot{
				ID: "posto-" + start.Format("20060102-1504"), Start: start.UTC(), Minutes: 30, Mode: o.mode, Office: o.office,
			})
		}
	}
	return list
}
