package session

import (
	"testing"

	"pue/devices"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// groupsOf are the services that the home screen shows, by group.
func groupsOf(s *story) map[Group][]Tile {
	shown := map[Group][]Tile{}
	for _, g := range s.m.home(&s.s).Groups {
		s.touches(OpenGroup, string(g.Group)).wants(Home)
		for page := 1; page <= s.m.home(&s.s).Pages; page++ {
			s.touches(Page, string(rune('0'+page)))
			shown[g.Group] = append(shown[g.Group], s.m.home(&s.s).Services...)
		}
	}
	return shown
}

func TestEveryServiceStandsInOneGroupOfTheHomeScreen(t *testing.T) {
	s := begin(t).logsIn("anna")
	if all := s.m.offered(&s.s); len(all) < tilesPerPage {
		if h := s.m.home(&s.s); len(h.Groups) > 0 || len(h.Services) != len(all) {
			t.Errorf("%d services of %d, %d groups", len(h.Services), len(all), len(h.Groups))
		}
		return
	}
	seen := map[string]int{}
	for g, tiles := range groupsOf(s) {
		for _, tile := range tiles {
			seen[tile.Service.ID]++
			if groupOf(tile.Service) != g {
				t.Errorf("%s stands in the group %s", tile.Service.ID, g)
			}
		}
	}
	for _, service := range s.m.offered(&s.s) {
		if seen[service.ID] != 1 {
			t.Errorf("%s stands %d times on the home screen", service.ID, seen[service.ID])
		}
	}
}

func TestTheServicesForAnotherAreAllThereOnSmallerPages(t *testing.T) {
	s := begin(t).logsIn("anna")
	own := groupsOf(s)
	s.s.Citizen.Behalf = &upstream.Delegation{ID: "d1"}
	for g, tiles := range groupsOf(s) {
		if len(tiles) != len(own[g]) {
			t.Errorf("the group %s has %d services for another, %d for oneself", g, len(tiles), len(own[g]))
		}
	}
	if n := len(s.m.home(&s.s).Services); n > tilesPerPageBehalf {
		t.Errorf("%d services on one page", n)
	}
}

func TestATileIsGreyForTheReasonThatHolds(t *testing.T) {
	down := DeviceChanged{Name: "line", Status: devices.Status{State: devices.Absent}}
	full := UpkeepChanged{Upkeep{Full: true}}
	noKey := UpkeepChanged{Upkeep{Keys: []KeyTrouble{{Destination: catalog.INPS, Missing: true}}}}
	clock := DeviceChanged{Name: "line", Status: devices.Status{State: devices.Attention, Reason: "clock"}}
	busy := DeviceChanged{Name: "line", Status: devices.Status{State: devices.Attention, Reason: "busy"}}
	query := &catalog.Service{Class: catalog.Certificate, Destination: catalog.INPS}
	application := &catalog.Service{Class: catalog.Application, Destination: catalog.INPS}
	municipal := &catalog.Service{Class: catalog.Application, Destination: catalog.Comune}
	booking := &catalog.Service{Class: catalog.Booking, Destination: catalog.INPS}
	info := &catalog.Service{Class: catalog.Info, Destination: catalog.INPS}
	for _, tt := range []struct {
		what    string
		event   Event
		service *catalog.Service
		why     string
	}{
		{"no line", down, query, "why.no-line"},
		{"wrong clock", clock, query, "why.clock"},
		{"wrong clock", clock, application, ""},
		{"INPS is busy", busy, query, "why.busy"},
		{"INPS is busy", busy, application, ""},
		{"no line", down, application, ""},
		{"no line", down, booking, ""},
		{"no line", down, info, ""},
		{"no room", full, query, ""},
		{"no room", full, application, "why.K-06"},
		{"no room", full, booking, "why.K-06"},
		{"no room", full, info, ""},
		{"no key", noKey, application, "why.K-07"},
		{"no key", noKey, municipal, ""},
	} {
		s := begin(t).happens(tt.event)
		if got := s.s.tile(tt.service).Why; got != tt.why {
			t.Errorf("%s, %s of %s: %q, want %q", tt.what, tt.service.Class, tt.service.Destination, got, tt.why)
		}
	}
}

func TestWhatIsFiledHereIsCountedByWhatItNeeds(t *testing.T) {
	h := &HomeView{}
	h.count([]Request{
		{Entry: outbox.Entry{State: outbox.Filed}},
		{Entry: outbox.Entry{State: outbox.Filed, Delivered: true}},
		{Entry: outbox.Entry{State: outbox.Refused}, Alarm: outbox.AlarmRefused},
		{Entry: outbox.Entry{State: outbox.Waiting}},
	})
	if h.ToCollect != 1 || h.Trouble != 1 {
		t.Errorf("%d to collect and %d in trouble, want 1 and 1", h.ToCollect, h.Trouble)
	}
}
