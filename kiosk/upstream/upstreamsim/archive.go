package upstreamsim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// citizen is a person as the archive knows them. All of it is invented from the
// codice fiscale, the same each time, so that two terminals and two runs see the
// same life.
type citizen struct {
	code, name string
	born       int // year
	now        time.Time
	seed       [sha256.Size]byte
}

func (s *Server) citizen(code string, now time.Time) citizen {
	c := citizen{code: code, born: birthYear(code, now), now: now.In(rome), seed: sha256.Sum256([]byte("citizen " + code))}
	if c.name = s.names[code]; c.name == "" {
		c.name = c.pick("name", firstNames) + " " + c.pick("surname", surnames)
	}
	return c
}

// Invented people.
var (
	firstNames = []string{"Ada", "Bice", "Cesare", "Delia", "Elvio", "Fosca", "Gino", "Iride"}
	surnames   = []string{"Esempio", "Prova", "Modello", "Finzione", "Campione", "Inventato"}
)

// chance is a number from 0 to n-1 that belongs to this person and this thing.
func (c citizen) chance(thing string, n int) int {
	sum := sha256.Sum256(append(c.seed[:], thing...))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(n))
}

func (c citizen) pick(thing string, from []string) string { return from[c.chance(thing, len(from))] }

// euro is an amount from low to high, with its cents.
func (c citizen) euro(thing string, low, high int) cents {
	return cents(low*100 + c.chance(thing, (high-low)*100+1))
}

// cents is an amount of money; it is written as the contract has it, "1234.56".
type cents int

func (m cents) String() string { return fmt.Sprintf("%d.%02d", int(m)/100, int(m)%100) }

// pension is the monthly amount before tax in that year.
func (c citizen) pension(year int) cents {
	first := c.euro("pension", 780, 1900)
	grown := int(first)
	for y := c.born + retirement; y < year; y++ {
		grown += grown / 100 // adjusted by about one per cent a year
	}
	return cents(grown)
}

// withheld is the tax on a monthly pension.
func withheld(m cents) cents { return m * 18 / 100 }

// wage is the yearly income from work, before tax.
func (c citizen) wage(year int) cents {
	return c.euro("wage", 15000, 34000) + cents(max(0, year-c.born-24)*15000)
}

// worked reports whether the career has a week in that year.
func (c citizen) worked(year int) bool {
	for _, p := range career(c.code, c.now) {
		if p.Year == year && p.Kind != "unemployment" {
			return true
		}
	}
	return false
}
