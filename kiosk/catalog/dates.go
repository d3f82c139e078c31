package catalog

import "time"

// dateForms are the ways in which people here write a day, and the canonical one.
var dateForms = []string{time.DateOnly, "2/1/2006", "2.1.2006", "2. 1. 2006", "2-1-2006", "2 1 2006", "02012006"}

func checkDate(_ Field, typed string) (string, string) {
	return parsed(typed, time.DateOnly, "date", dateForms)
}

var (
	monthForms = []string{"2006-01", "1/2006", "1.2006", "1-2006", "1 2006"}
	yearForms  = []string{"2006"}
)

func checkMonth(_ Field, typed string) (string, string) {
	return parsed(typed, "2006-01", "month", monthForms)
}

func checkYear(_ Field, typed string) (string, string) {
	return parsed(typed, "2006", "year", yearForms)
}

// parsed is a time that people wrote in one of several forms, in the canonical
// one. Nobody who stands here was born before 1900.
func parsed(typed, canonical, problem string, forms []string) (string, string) {
	for _, form := range forms {
		if t, err := time.Parse(form, typed); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			return t.Format(canonical), ""
		}
	}
	return "", problem
}

// showMonth writes 2026-03 as 03/2026.
func showMonth(canonical string) string {
	t, err := time.Parse("2006-01", canonical)
	if err != nil {
		return canonical
	}
	return t.Format("01/2006")
}
