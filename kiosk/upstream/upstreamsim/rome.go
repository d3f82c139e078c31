package upstreamsim

import (
	"time"
	_ "time/tzdata" // the calendar of Rome must not depend on the machine
)

// rome is the time by which INPS dates what it receives.
var rome = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	return loc
}()
