package catalog

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"pue/kiosk/messages"
)

// Remark is what whoever writes a service should look at. It keeps no service
// from working.
type Remark struct {
	Service, Language, Key string // Language is empty where it is not about words
	Text                   string
}

// String names the place and says what is there.
func (r Remark) String() string {
	if r.Language == "" {
		return fmt.Sprintf("%s: %s: %s", r.Service, r.Key, r.Text)
	}
	return fmt.Sprintf("%s: texts.%s.%s: %s", r.Service, r.Language, r.Key, r.Text)
}

// The longest texts, in characters, that leave room on a page at the largest
// letters.
const (
	longestTitle  = 60
	longestHint   = 100
	longestOption = 64
	longestText   = 240
)

// Remarks lists the texts that are missing in one of the languages, are not
// plain, or are too long for the page, the services whose Italian is hard to read,
// and the legal figures that nobody stands for.
func (c *Catalog) Remarks(languages []string) []Remark {
	var all []Remark
	for _, s := range c.services {
		for _, id := range slices.Sorted(maps.Keys(s.Laws)) {
			if !s.Laws[id].Verified() {
				all = append(all, Remark{Service: s.ID, Key: "laws." + id, Text: "nobody has verified it"})
			}
		}
		for _, tag := range languages {
			all = append(all, s.remarks(tag)...)
		}
		texts := slices.Collect(maps.Values(s.Texts[messages.Italian]))
		if words, index := messages.Gulpease(texts); words >= fewestWords && index < easyToRead {
			all = append(all, Remark{Service: s.ID, Key: "texts.it", Text: fmt.Sprintf("hard to read: Gulpease %d over %d words, want %d", index, words, easyToRead)})
		}
	}
	return all
}

// easyToRead is the index of Gulpease from which who finished primary school reads
// with ease; over fewer words than fewestWords it says little.
const (
	easyToRead  = 80
	fewestWords = 20
)

func (s *Service) remarks(tag string) []Remark {
	var all []Remark
	remark := func(key, text string) { all = append(all, Remark{s.ID, tag, key, text}) }
	for _, key := range slices.Sorted(maps.Keys(s.Texts[messages.Italian])) {
		text, ok := s.Texts[tag][key]
		if !ok {
			remark(key, Missing)
			continue
		}
		if n, limit := len([]rune(text)), longestOf(key); n > limit {
			remark(key, fmt.Sprintf("%d characters are too long for the page, %d fit", n, limit))
		}
		if says := figure(tag, key, text); says != "" {
			remark(key, fmt.Sprintf("%q stands outside the laws, where no source goes with it", says))
		}
		for _, objection := range messages.Objections(tag, text) {
			remark(key, objection)
		}
	}
	return all
}

// figures are terms and sums as laws set them, by language: 68 days, 8.000 euro. Ages are not
// among them: who asks for one may have to say it.
var figures = map[string]*regexp.Regexp{
	"it": regexp.MustCompile(`(?i)[0-9][0-9.]* (giorn\pL*|mes[ei]|euro)`),
	"de": regexp.MustCompile(`(?i)[0-9][0-9.]* (tage|monate|euro)`),
	"fr": regexp.MustCompile(`(?i)[0-9][0-9\pZ]*\pZ(jours?|mois|euros?)`),
	"sl": regexp.MustCompile(`(?i)[0-9][0-9.]* (dni|dne\pL*|mesec\pL*|evr\pL*)`),
	"en": regexp.MustCompile(`(?i)[0-9][0-9,]* (days?|months?|euros?)`),
}

// figure finds what looks like a legal figure and stands where people read neither
// its source nor that nobody has verified it.
func figure(tag, key, text string) string {
	if strings.HasPrefix(key, "law.") || figures[tag] == nil {
		return ""
	}
	return figures[tag].FindString(text)
}

// Missing is the remark on a text that shows in Italian in another language.
const Missing = "no translation: Italian is shown"

// longestOf is how many characters a text may have.
func longestOf(key string) int {
	switch {
	case strings.HasSuffix(key, "title"), strings.HasSuffix(key, ".label"), strings.HasPrefix(key, "answer."):
		return longestTitle
	case strings.HasSuffix(key, "hint"):
		return longestHint
	case strings.Contains(key, ".is."):
		return longestOption
	}
	return longestText
}
