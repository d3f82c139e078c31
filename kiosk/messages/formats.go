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

// convention is how a language writes days and numbers, as CLDR has it unless
// noted.
type convention struct {
	day       string // a day in figures, as a layout of package time
	first     string // follows the 1 of the first of a month
	other     string // follows the other days of a month
	group     string // between each three digits
	point     string // before the cents
	euroFirst bool   // €7.50, and not 7.50 €
}

// French groups with a space that does not break; CLDR's narrow one is missing
// in most typefaces and in all printers. Slovene writes days in figures without
// spaces, so that what is typed and what is shown look the same.
var conventions = map[string]convention{
	"it": {day: "02/01/2006", first: "º", group: ".", point: ","}, // the first, and then two, three, …
	"de": {day: "02.01.2006", first: ".", other: ".", group: ".", point: ","},
	"fr": {day: "02/01/2006", first: "er", group: "\u00a0", point: ","},
	"sl": {day: "02.01.2006", first: ".", other: ".", group: ".", point: ","},
	"en": {day: "02/01/2006", group: ",", point: ".", euroFirst: true},
}

// Date is a day in figures: 22/11/2026, 22.11.2026.
func (l Language) Date(t time.Time) string {
	return t.In(Italy).Format(conventions[l.tag].day)
}

// DateLong is a day in words: 22 novembre 2026, 22. November 2026.
func (l Language) DateLong(t time.Time) string {
	t = t.In(Italy)
	ordinal := conventions[l.tag].other
	if t.Day() == 1 {
		ordinal = conventions[l.tag].first
	}
	return strconv.Itoa(t.Day()) + ordinal + " " + l.T("month."+strconv.Itoa(int(t.Month()))) + " " + strconv.Itoa(t.Year())
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

// DaysLeft counts the days until a day, of which only the date counts, as people in
// Italy do: none on the day itself, less than none once it is over.
func DaysLeft(day, now time.Time) int {
	y, m, d := now.In(Italy).Date()
	ly, lm, ld := day.Date()
	today, last := time.Date(y, m, d, 0, 0, 0, 0, time.UTC), time.Date(ly, lm, ld, 0, 0, 0, 0, time.UTC)
	return int(last.Sub(today) / (24 * time.Hour))
}

// Over reports whether a day, of which only the date counts, has ended in Italy.
func Over(day, now time.Time) bool { return DaysLeft(day, now) < 0 }

// Time is the hour and minute in Italy: 14:32.
func (l Language) Time(t time.Time) string { return t.In(Italy).Format("15:04") }

// Number groups the digits of a whole number: 1.883, 1,883.
func (l Language) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = digits[:1], digits[1:]
	}
	return sign + conventions[l.tag].grouped(digits)
}

// Money is an amount of euro, given with a point and two decimals: "1234.56"
// becomes 1.234,56 €, with a space that does not break, or €1,234.56.
func (l Language) Money(amount string) string {
	c := conventions[l.tag]
	whole, cents, _ := strings.Cut(amount, ".")
	sum := c.grouped(whole) + c.point + (cents + "00")[:2]
	if c.euroFirst {
		return "€" + sum
	}
	return sum + "\u00a0€"
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

// grouped puts the sign of the convention between each three digits, from the
// right.
func (c convention) grouped(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(c.group)
		}
		b.WriteRune(d)
	}
	return b.String()
}
