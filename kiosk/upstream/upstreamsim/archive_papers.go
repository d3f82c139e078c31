package upstreamsim

import (
	"fmt"
	"strconv"
	"time"
)

// archive is what INPS keeps of citizens, by service of the catalogue. Each
// drawer gives the facts and rows that the service's answer names, or nothing.
var archive = map[string]func(s *Server, c citizen, asked map[string]string) (Answer, bool){
	"certificazione-unica": (*Server).yearOfIncome,
	"cedolino-pensione":    (*Server).monthOfPension,
	"obis-m":               (*Server).yearOfPension,
	"isee-consulta":        (*Server).means,
	"stato-domande":        (*Server).applications,
}

// yearOfIncome is the Certificazione Unica, called by the year it is made in.
// INPS makes one for its pensioners and for those whom it paid a benefit.
func (s *Server) yearOfIncome(c citizen, asked map[string]string) (Answer, bool) {
	year, err := strconv.Atoi(asked["anno"])
	if err != nil || year > c.now.Year() || year <= c.now.Year()-5 {
		return Answer{}, false
	}
	income, tax := cents(0), cents(0)
	switch paid := year - 1; {
	case c.born+retirement < paid:
		income = 13 * c.pension(paid)
		tax = withheld(income)
	case c.worked(paid):
		income = c.wage(paid) / 12 // what INPS paid of it: sickness and family
		tax = withheld(income)
	default:
		return Answer{}, false
	}
	return Answer{
		Title: fmt.Sprintf("Certificazione Unica %d", year),
		Facts: map[string]string{
			"anno": strconv.Itoa(year), "anno_redditi": strconv.Itoa(year - 1),
			"redditi": income.String(), "ritenute": tax.String(),
		},
	}, true
}

// monthOfPension is the slip of one month's pension, from the first one to next
// month's, which INPS shows some days before it is paid.
func (s *Server) monthOfPension(c citizen, asked map[string]string) (Answer, bool) {
	month, err := time.Parse("2006-01", asked["mese"])
	first := date(c.born+retirement+1, time.January, 1)
	if err != nil || month.Before(first) || month.After(c.now.AddDate(0, 1, 0)) || month.Year() < c.now.Year()-5 {
		return Answer{}, false
	}
	gross := c.pension(month.Year())
	tax, region := withheld(gross), gross*17/1000
	pay := month
	for pay.Weekday() == time.Saturday || pay.Weekday() == time.Sunday {
		pay = pay.AddDate(0, 0, 1)
	}
	return Answer{
		Title: "Cedolino della pensione " + month.Format("01/2006"),
		Facts: map[string]string{
			"netto": (gross - tax - region).String(), "pagamento": pay.Format(time.DateOnly),
			"lordo": gross.String(), "trattenute": (tax + region).String(),
		},
		Rows: []map[string]string{
			{"voce": "IRPEF", "importo": tax.String()},
			{"voce": "Addizionale regionale", "importo": region.String()},
		},
	}, true
}

// yearOfPension is the OBIS/M, the certificate of a year's pension. One
// pensioner of three also has a survivor's pension.
func (s *Server) yearOfPension(c citizen, asked map[string]string) (Answer, bool) {
	year, err := strconv.Atoi(asked["anno"])
	if err != nil || c.born+retirement >= year || year > c.now.Year() || year < c.now.Year()-5 {
		return Answer{}, false
	}
	gross := c.pension(year)
	rows := []map[string]string{{"pensione": "Pensione di vecchiaia", "importo": gross.String()}}
	if c.chance("survivor", 3) == 0 {
		second := gross * 4 / 10
		gross += second
		rows = append(rows, map[string]string{"pensione": "Pensione ai superstiti", "importo": second.String()})
	}
	return Answer{
		Title: fmt.Sprintf("Certificato di pensione OBIS/M %d", year),
		Facts: map[string]string{
			"anno": strconv.Itoa(year), "lordo": gross.String(), "netto": (gross - withheld(gross)).String(), "tredicesima": gross.String(),
		},
		Rows: rows,
	}, true
}

// means is the ISEE attestation of a year: nine of ten households have one, for
// children only those that may have some, the current one only those whose
// income fell.
func (s *Server) means(c citizen, asked map[string]string) (Answer, bool) {
	year, err := strconv.Atoi(asked["anno"])
	kind := asked["tipo"]
	has := map[string]bool{
		"ordinario": c.chance("isee", 10) > 0,
		"minorenni": c.born+55 > c.now.Year(),
		"corrente":  c.chance("isee fell", 4) == 0,
	}
	if err != nil || year > c.now.Year() || year < c.now.Year()-2 || !has[kind] {
		return Answer{}, false
	}
	amount, made := c.euro("isee "+kind, 4200, 31000), date(year, time.January, 15+c.chance("isee day", 10))
	if made.After(c.now) {
		return Answer{}, false
	}
	return Answer{
		Title: fmt.Sprintf("Attestazione ISEE %d", year),
		Facts: map[string]string{
			"isee": amount.String(), "componenti": strconv.Itoa(1 + c.chance("household", 5)),
			"rilasciata": made.Format(time.DateOnly), "scadenza": date(year, time.December, 31).Format(time.DateOnly),
			"protocollo": fmt.Sprintf("INPS-ISEE-%d-%08dX-00", year, c.chance("isee "+strconv.Itoa(year), 99999999)),
		},
	}, true
}
