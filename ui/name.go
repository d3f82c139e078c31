package ui

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// FirstName is the citizen's given name as people write it. Cards hold it in
// capitals; letters are never added, dropped or replaced.
func (p page) FirstName() string {
	return cases.Title(language.Make(p.L.Tag())).String(p.Tiles.GivenName.Reveal())
}
