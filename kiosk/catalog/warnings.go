package catalog

import (
	"time"

	"pue/kiosk/messages"
)

// Warnings are what a citizen should look at once more in the answers to one
// step, by field, as message keys: "warning.under". Unlike problems they stop
// nobody: what a code or a date seems to say can be wrong, and it is the
// authority that decides.
func (s *Service) Warnings(step Step, a Answers, today time.Time) Problems {
	warnings := Problems{}
	for _, f := range step.Fields {
		if warning := f.warning(a, today); warning != "" {
			warnings[f.Name] = "warning." + warning
		}
	}
	return warnings
}

func (f Field) warning(a Answers, today time.Time) string {
	day, known := f.birthday(a[f.Name], today)
	told := a[f.Born]
	switch year := today.In(messages.Italy).Year(); {
	case !known:
		return ""
	case f.Under > 0 && year-day.Year() >= f.Under:
		return "under"
	case told != "" && f.service.holds(f.BornWhen, a) && told != day.Format(time.DateOnly):
		return "birthday"
	}
	return ""
}

// birthday is the day that a date gives, or that a codice fiscale tells.
func (f Field) birthday(answer string, today time.Time) (time.Time, bool) {
	switch f.Kind {
	case Date:
		day, err := time.Parse(time.DateOnly, answer)
		return day, err == nil
	case TaxCode:
		b, ok := BirthOf(answer, today)
		return b.Day, ok
	}
	return time.Time{}, false
}
