package upstreamsim

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// requested is one application as the archive shows it.
type requested struct{ domanda, presentata, stato, protocollo string }

func (r requested) row() map[string]string {
	return map[string]string{"domanda": r.domanda, "presentata": r.presentata, "stato": r.stato, "protocollo": r.protocollo}
}

// called is what INPS calls the applications that terminals hand in; it calls
// any other by the id of its service.
var called = map[string]string{
	"naspi": "NASpI", "auu": "Assegno unico e universale", "bonus-nido": "Bonus asilo nido",
	"ap70": "Dati socio-economici (AP70)", "appuntamento": "Prenotazione di un appuntamento",
	"assegno-maternita": "Assegno di maternità dei Comuni",
}

// applications lists the applications of a citizen, the latest first: those that
// came through this ledger, and up to three of before, which are invented.
func (s *Server) applications(c citizen, asked map[string]string) (Answer, bool) {
	var all []requested
	for _, f := range s.Filed() {
		if f.OnBehalfOf == c.code || f.OnBehalfOf == "" && f.Subject == c.code {
			all = append(all, requested{
				cmp.Or(called[f.Service], f.Service), f.FiledAt.In(rome).Format(time.DateOnly), "in_lavorazione", f.Protocol,
			})
		}
	}
	all = append(all, c.requestsOfBefore()...)
	if p := asked["protocollo"]; p != "" {
		all = slices.DeleteFunc(all, func(r requested) bool { return r.protocollo != p })
	}
	slices.SortStableFunc(all, func(a, b requested) int { return cmp.Compare(b.presentata, a.presentata) })
	a := Answer{Facts: map[string]string{"trovate": strconv.Itoa(len(all))}}
	for _, r := range all {
		a.Rows = append(a.Rows, r.row())
	}
	return a, true
}

// requestsOfBefore are invented.
func (c citizen) requestsOfBefore() []requested {
	states := []string{"accolta", "accolta", "respinta", "manca_qualcosa", "ricevuta", "ritirata"}
	kinds := []string{"Assegno al nucleo familiare", "Indennità di malattia", "Ricostituzione della pensione", "Bonus asilo nido"}
	var list []requested
	for n := range c.chance("requests", 4) {
		name := fmt.Sprintf("request %d", n)
		day := date(c.now.Year(), c.now.Month(), 1).AddDate(0, -4*(n+1), c.chance(name, 25))
		list = append(list, requested{
			c.pick(name+" kind", kinds), day.Format(time.DateOnly), c.pick(name+" state", states),
			fmt.Sprintf("INPS.7003.%s.%07d", day.Format("02/01/2006"), c.chance(name+" number", 9999999)),
		})
	}
	return list
}
