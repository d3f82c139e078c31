package session

import (
	"slices"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
)

// tilesPerPage is how many services fit on one page at the largest text size, in
// two columns. Who acts for another reads that above them, and has room for fewer.
const (
	tilesPerPage       = 6
	tilesPerPageBehalf = 4
)

func (c *citizen) tilesPerPage() int {
	if c.Behalf != nil {
		return tilesPerPageBehalf
	}
	return tilesPerPage
}

// Group is services that stand together on the home screen.
type Group string

// The groups, as what a person came for.
const (
	GroupSee  Group = "see"  // look at something and print it
	GroupAsk  Group = "ask"  // ask for something
	GroupMeet Group = "meet" // meet somebody, read how something goes
)

// Groups are all of them, in the order of the home screen.
var Groups = []Group{GroupSee, GroupAsk, GroupMeet}

func groupOf(s *catalog.Service) Group {
	switch s.Class {
	case catalog.Application:
		return GroupAsk
	case catalog.Booking, catalog.Info:
		return GroupMeet
	}
	return GroupSee
}

// HomeView greets and offers. Few services stand on one page; many in groups, of
// which one is open.
type HomeView struct {
	GivenName   smartcard.Private
	Groups      []GroupView // empty when all services fit on one page
	Group       Group
	Services    []Tile
	Page, Pages int  // of the group, from 1
	Requests    int  // how many this citizen filed here
	ToCollect   int  // of which have a final receipt not yet printed
	Trouble     int  // of which need somebody's help
	Others      bool // there is somebody else that the citizen may act for
	Unasked     bool // INPS did not say whether there is
	Ended       bool // INPS does not name any more whom the citizen had chosen
}

// GroupView is one group; Some: a service of it can be had now.
type GroupView struct {
	Group Group
	Some  bool
}

// Tile is one service; Why is the message key of the reason it cannot be had
// now, empty when it can. Told: touching it says more about that.
type Tile struct {
	Service *catalog.Service
	Why     string
	Told    bool
}

func (m *machine) home(s *State) *HomeView {
	c := &s.Citizen
	h := &HomeView{GivenName: c.Identity.GivenName, Requests: len(c.Requests), Page: 1, Pages: 1, Others: len(c.Delegations) > 0, Unasked: c.Unasked, Ended: c.Ended}
	h.count(c.Requests)
	all := m.offered(s)
	if len(all) < tilesPerPage {
		for _, service := range all {
			h.Services = append(h.Services, s.tile(service))
		}
		return h
	}
	groups := map[Group][]Tile{}
	for _, service := range all {
		g := groupOf(service)
		groups[g] = append(groups[g], s.tile(service))
	}
	for _, g := range Groups {
		if len(groups[g]) > 0 {
			some := slices.ContainsFunc(groups[g], func(t Tile) bool { return t.Why == "" })
			h.Groups = append(h.Groups, GroupView{g, some})
		}
	}
	h.Group = h.Groups[0].Group
	if len(groups[c.Group]) > 0 {
		h.Group = c.Group
	}
	h.Pages = pageCount(len(groups[h.Group]), c.tilesPerPage())
	h.Services, h.Page = onPage(groups[h.Group], c.TilePage, c.tilesPerPage())
	return h
}

// count sorts what the citizen filed here by what it needs.
func (h *HomeView) count(requests []Request) {
	for i := range requests {
		r := &requests[i]
		if r.State == outbox.Filed && !r.Delivered {
			h.ToCollect++
		}
		if r.Alarm != "" {
			h.Trouble++
		}
	}
}

// tile says whether a service can be had now, and if not, why.
func (s *State) tile(service *catalog.Service) Tile {
	t := Tile{Service: service}
	if service.Class.Asked() && s.Line.State != devices.Ready {
		switch t.Why = "why.no-line"; lineDown(s.Line) {
		case FaultClock:
			t.Why = "why.clock"
		case FaultBusy:
			t.Why = "why.busy"
		}
	}
	if f := s.Upkeep.refusal(service.Destination); submits(service) && f != (Fault{}) {
		t.Why, t.Told = "why."+f.Code, true
	}
	return t
}

// touchTiles opens a group of services, or turns its page.
func (t *turn) touchTiles(e Touch) {
	c := &t.s.Citizen
	switch e.Act {
	case OpenGroup:
		if slices.Contains(Groups, Group(e.Value)) {
			c.Group, c.TilePage = Group(e.Value), 1
		}
	case Page:
		c.TilePage = pageOf(e.Value, len(t.s.Catalog.Services()), c.tilesPerPage())
	}
}
