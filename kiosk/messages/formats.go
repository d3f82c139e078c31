package messages

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // Italian time even on a system without time zones
)

// Italy is the clock that terminals show, wherever their system clock is set.
var Italy = mustLoad("Europe/Rome")

// mustLoad cannot fail for a zone of the data that is built in.
func mustLoad(zone string) *time.Location {
	l, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return l
}

// Date is a day in figures: 22/11/2026, 22.11.2026.
func (l Language) Date(t time.Time) string {
	if l.tag == "de" {
		return t.In(Italy).Format("02.01.2006")
	}
	return t.In(Italy).Format("02/01/2006")
}

// DateLong is a day in words: 22 novembre 2026, 22. November 2026.
func (l Language) DateLong(t time.Time) string {
	t = t.In(Italy)
	day := strconv.Itoa(t.Day())
	switch {
	case l.tag == "de":
		day += "."
	case t.Day() == 1:
		day += "º" // Italian says the first, and then two, three, …
	}
	return day + " " + l.T("month."+strconv.Itoa(int(t.Month()))) + " " + strconv.Itoa(t.Year())
}

// Day is a calendar date in ISO 8601 form, "2026-11-22", as [Language.Date]
// shows it. What is not such a date is returned as it is.
func (l Language) Day(iso string) string {
	t, err := time.ParseInLocation(time.DateOnly, iso, Italy)
	if err != nil {
		return iso
	}
	return l.Date(t)
}

// Over reports whether a day, of which only the date counts, has ended in Italy.
func Over(day, now time.Time) bool {
	y, m, d := day.Date()
	return !now.Before(time.Date(y, m, d+1, 0, 0, 0, 0, Italy))
}

// Time is the hour and minute in Italy: 14:32.
func (l Language) Time(t time.Time) string { return t.In(Italy).Format("15:04") }

// Number groups the digits of a whole number: 1.883. Italian and German do it
// alike.
func (l Language) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = digits[:1], digits[1:]
	}
	return sign + group(digits)
}

// Money is an amount of euro, given with a point and two decimals: "1234.56"
// becomes 1.234,56 €, with a space that does not break.
func (l Language) Money(amount string) string {
	whole, cents, _ := strings.Cut(amount, ".")
	return group(whole) + "," + (cents + "00")[:2] + "\u00a0€"
}

// Weeks counts weeks: 1 settimana, 1.883 settimane.
func (l Language) Weeks(n int) string { return l.T("unit.weeks", "n", n) }

// Years is a number of contribution weeks as years of 52 weeks, rounded down to
// what a person can picture: 36 anni e 11 settimane.
func (l Language) Years(weeks int) string {
	years, rest := weeks/52, weeks%52
	switch {
	case years == 0:
		return l.Weeks(rest)
	case rest == 0:
		return l.T("unit.years", "n", years)
	}
	return l.T("unit.years-weeks", "years", l.T("unit.years", "n", years), "weeks", l.Weeks(rest))
}

// group puts a point between each three digits, from the right.
func group(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(d)
	}
	return b.String()
}
