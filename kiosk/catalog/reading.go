package catalog

import (
	"maps"
	"slices"
	"strconv"

	"pue/kiosk/messages"
)

// Line is one text of a service that is read before anything is asked, by the key
// of its message.
type Line struct {
	Key string
	// Bring: it is a thing to have at hand.
	Bring bool
	// Law is where a legal figure stands; nil for what is none.
	Law *Law
}

// Reading is what there is to read of a service, in its order: what it is, what to
// bring, and the legal figures. The screen and the paper say the same.
func (s *Service) Reading() []Line {
	var lines []Line
	for n := 1; s.Class == Info; n++ {
		if _, there := s.Texts[messages.Italian]["info."+strconv.Itoa(n)]; !there {
			break
		}
		lines = append(lines, Line{Key: s.Key("info", strconv.Itoa(n))})
	}
	for _, id := range s.Bring {
		lines = append(lines, Line{Key: s.Key("bring", id), Bring: true})
	}
	for _, id := range slices.Sorted(maps.Keys(s.Laws)) {
		law := s.Laws[id]
		lines = append(lines, Line{Key: s.Key("law", id), Law: &law})
	}
	return lines
}
