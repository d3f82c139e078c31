package upstreamsim

import (
	"net/http"
	"time"
)

// delegation is one person's right to act for another, as the contract has it.
type delegation struct {
	ID      string `json:"id"`
	TaxCode string `json:"tax_code"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Until   string `json:"until,omitempty"`
}

// represented are invented people who let others act for them. Their place of
// birth, X999, does not exist.
var represented = []struct{ code, name, kind string }{
	{"CNTNNA38P50X999Q", "Nonna Inventata", "delegate"},
	{"ZIOTLI41M03X999D", "Zio Tullio Inventato", "guardian"},
	{"FGLLUC15H08X999A", "Luca Inventato", "parent"},
}

// actsFor is the share of people who act for nobody, in tenths.
const actForNobody = 4

// delegationsOf invents for whom somebody may act: four people of ten for nobody,
// the others for one or two. SetDelegations says otherwise.
func (s *Server) delegationsOf(code string, now time.Time) []delegation {
	s.mu.Lock()
	set, fixed := s.delegated[code]
	s.mu.Unlock()
	c := s.citizen(code, now)
	n := max(0, c.chance("delegations", 10)-actForNobody+4) / 4
	if fixed {
		n = set
	}
	list := []delegation{}
	for i := range min(n, len(represented)) {
		p := represented[(c.chance("represents", len(represented))+i)%len(represented)]
		d := delegation{ID: "delega-" + hexID(code, p.code), TaxCode: p.code, Name: p.name, Kind: p.kind}
		if p.kind == "delegate" {
			d.Until = now.In(rome).AddDate(1, 0, 0).Format(time.DateOnly)
		}
		list = append(list, d)
	}
	return list
}

// SetDelegations says for how many people the citizen may act, from 0 on.
func (s *Server) SetDelegations(code string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.delegated == nil {
		s.delegated = map[string]int{}
	}
	s.delegated[code] = n
}

func (s *Server) delegation(code, id string, now time.Time) (delegation, bool) {
	for _, d := range s.delegationsOf(code, now) {
		if d.ID == id {
			return d, true
		}
	}
	return delegation{}, false
}

func (s *Server) delegations(w http.ResponseWriter, r *http.Request) {
	g, ok := s.bearer(w, r)
	if !ok {
		return
	}
	reply(w, http.StatusOK, map[string]any{"items": s.delegationsOf(g.subject, time.Now())})
}
