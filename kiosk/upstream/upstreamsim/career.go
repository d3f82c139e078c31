package upstreamsim

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"time"
)

// period is one run of work in one calendar year, as the contract has it.
type period struct {
	Year     int    `json:"year"`
	From     string `json:"from"`
	To       string `json:"to"`
	Employer string `json:"employer"`
	Kind     string `json:"kind"`
	Weeks    int    `json:"weeks"`
}

func (s *Server) statement(w http.ResponseWriter, r *http.Request) {
	q, _, about, ok := s.readQuestion(w, r)
	if !ok {
		return
	}
	if len(q.Answers) > 0 {
		refuse(w, http.StatusBadRequest, "question", "a statement has no questions")
		return
	}
	now := time.Now().UTC().Truncate(time.Second)
	reply(w, http.StatusOK, map[string]any{"subject": about, "periods": career(about, now), "as_of": now})
}

// Invented employers.
var (
	firstEmployers  = []string{"Mobilificio Valchiara S.r.l.", "Tessitura Fontanalba S.p.A.", "Officine Roccamerla S.n.c.", "Cartiera Pianlungo S.p.A."}
	secondEmployers = []string{"Cooperativa Sociale Il Tiglio", "Alimentari Bosconero S.r.l.", "Autotrasporti Verdemonte S.r.l.", "Ceramiche Torrebruna S.p.A."}
)

const (
	retirement = 67 // years of age, Law 214/2011
	crisisFrom = 2013
	crisisTo   = 2014
)

// career invents a working life from a codice fiscale, the same each time:
// whoever is old enough lost the first job in spring 2013, had a benefit until
// the end of that year, and found the next job in autumn 2014; younger people
// have had one job.
func career(taxCode string, now time.Time) []period {
	seed := sha256.Sum256([]byte(taxCode))
	born := birthYear(taxCode, now)
	start := date(born+24+int(seed[0])%2, time.Month(3+int(seed[1])%7), 1)
	end := date(now.Year(), now.Month(), 0) // last day of the month before
	if last := date(born+retirement, time.June, 30); last.Before(end) {
		end = last
	}
	first, second := firstEmployers[int(seed[2])%len(firstEmployers)], secondEmployers[int(seed[3])%len(secondEmployers)]

	periods := []period{}
	if start.Year() >= crisisFrom || end.Year() <= crisisTo {
		return work(periods, start, end, first, "employee")
	}
	periods = work(periods, start, date(crisisFrom, time.April, 30), first, "employee")
	periods = work(periods, date(crisisFrom, time.May, 6), date(crisisFrom, time.December, 29), "", "unemployment")
	return work(periods, date(crisisTo, time.October, 1), end, second, "employee")
}

// work appends a run of work, cut at the turn of each year.
func work(periods []period, from, to time.Time, employer, kind string) []period {
	for !from.After(to) {
		last := date(from.Year(), time.December, 31)
		if to.Before(last) {
			last = to
		}
		days := int(last.Sub(from).Hours()/24) + 1
		periods = append(periods, period{
			Year: from.Year(), From: from.Format(time.DateOnly), To: last.Format(time.DateOnly),
			Employer: employer, Kind: kind, Weeks: min((days+6)/7, 52),
		})
		from = date(from.Year()+1, time.January, 1)
	}
	return periods
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// birthYear reads characters 7 and 8, with omocodia; whoever would be under 14
// was born in the century before.
func birthYear(taxCode string, now time.Time) int {
	const omocodia = "LMNPQRSTUV"
	year := 0
	for _, c := range taxCode[6:8] {
		digit := strings.IndexRune(omocodia, c)
		if digit < 0 {
			digit = int(c - '0')
		}
		year = year*10 + digit
	}
	year += now.Year() / 100 * 100
	if year > now.Year()-14 {
		year -= 100
	}
	return year
}
