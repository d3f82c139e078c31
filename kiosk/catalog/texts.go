package catalog

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"pue/kiosk/messages"
)

var tagForm = regexp.MustCompile(`^[a-z]{2}$`)

// soundTexts reports the first text that is missing in Italian, that no page
// asks for, or whose placeholders are not those of the Italian one. What is
// missing in another language shows in Italian.
func (s *Service) soundTexts() error {
	needed, may := s.texts()
	for _, key := range needed {
		if strings.TrimSpace(s.Texts[messages.Italian][key]) == "" {
			return fmt.Errorf("in %q the text %q is missing", messages.Italian, key)
		}
	}
	shown := map[string]bool{}
	for _, key := range slices.Concat(needed, may) {
		shown[key] = true
	}
	for _, tag := range slices.Sorted(maps.Keys(s.Texts)) {
		if !tagForm.MatchString(tag) {
			return fmt.Errorf("the language %q has not two letters", tag)
		}
		for _, key := range slices.Sorted(maps.Keys(s.Texts[tag])) {
			if !shown[key] {
				return fmt.Errorf("in %q the text %q belongs to nothing", tag, key)
			}
			if err := s.soundText(tag, key); err != nil {
				return fmt.Errorf("in %q the text %q: %w", tag, key, err)
			}
		}
	}
	return nil
}

func (s *Service) soundText(tag, key string) error {
	source, ok := s.Texts[messages.Italian][key]
	switch {
	case !ok:
		return errors.New("there is none in Italian")
	case strings.TrimSpace(s.Texts[tag][key]) == "":
		return errors.New("it is empty")
	}
	if err := soundWords(s.Texts[tag][key]); err != nil {
		return err
	}
	want, err := messages.Placeholders(source)
	if err != nil {
		return err
	}
	got, err := messages.Placeholders(s.Texts[tag][key])
	if err != nil {
		return err
	}
	switch {
	case !slices.Equal(want, got):
		return fmt.Errorf("it has the placeholders %q, and the Italian one %q", got, want)
	case len(got) > 0 && (!s.counts(key) || !slices.Equal(got, []string{"n"})):
		return fmt.Errorf("it leaves %q open, and only the title and hint of a repeated step say which round it is, {n}", got)
	}
	return nil
}

// longestWords is longer than any text of a page or a receipt, in characters.
const longestWords = 1000

// soundWords wants words that a screen and a printer can show: no control
// characters, which a printer would obey, none that turn the direction of others.
func soundWords(words string) error {
	if len([]rune(words)) > longestWords {
		return fmt.Errorf("it has more than %d characters", longestWords)
	}
	for _, r := range strings.TrimSpace(words) {
		if !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) && r != '\n' {
			return fmt.Errorf("it has the character %U, which cannot be shown", r)
		}
	}
	return nil
}

// counts reports whether the text stands over the rounds of a repeated step.
func (s *Service) counts(key string) bool {
	id, part, _ := strings.Cut(key, ".")
	return (part == "title" || part == "hint") &&
		slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Repeat > 0 && step.ID == id })
}

// texts lists the keys that the pages of the service show: those they cannot do
// without, and those they may.
func (s *Service) texts() (needed, may []string) {
	needed = append(needed, "title", "hint")
	for _, id := range s.Bring {
		needed = append(needed, "bring."+id)
	}
	for id := range s.Laws {
		needed = append(needed, "law."+id)
	}
	for _, d := range s.Documents {
		needed = append(needed, "document."+d.ID+".title")
		may = append(may, "document."+d.ID+".hint")
	}
	for _, step := range s.Steps {
		needed = append(needed, step.ID+".title")
		may = append(may, step.ID+".hint")
		if step.Repeat > 0 {
			name := step.ID + another
			needed = append(needed, name+".title", name+".label")
			may = append(may, name+".hint", name+".is.yes", name+".is.no")
		}
		for _, f := range step.Fields {
			n, m := f.texts()
			needed, may = append(needed, n...), append(may, m...)
		}
	}
	needed = append(needed, s.Answer.texts()...)
	if s.Class == Info {
		needed = append(needed, s.pages()...)
	}
	// What is filed gets the terminal's own receipt, which names no service.
	if !s.Class.Filed() {
		may = append(may, "receipt")
	}
	return needed, may
}

func (f Field) texts() (needed, may []string) {
	needed, may = []string{f.Name + ".label"}, []string{f.Name + ".hint"}
	if f.Must != "" {
		needed = append(needed, f.Name+".must")
	}
	for _, v := range f.Options() {
		if key := f.Name + ".is." + v; f.Kind == Choice || f.Kind == Multi {
			needed = append(needed, key)
		} else {
			may = append(may, key)
		}
	}
	return needed, may
}

func (a *Answer) texts() (needed []string) {
	if a == nil {
		return nil
	}
	for _, f := range slices.Concat(a.Facts, a.Rows) {
		needed = append(needed, "answer."+f.Name)
		for _, v := range f.Choices {
			needed = append(needed, "answer."+f.Name+".is."+v)
		}
	}
	return needed
}

// pages are the keys of the paragraphs of an info service: info.1, info.2, … as
// far as Italian goes without a gap, and at least one.
func (s *Service) pages() []string {
	keys := []string{"info.1"}
	for n := 2; s.says("info." + strconv.Itoa(n)); n++ {
		keys = append(keys, "info."+strconv.Itoa(n))
	}
	return keys
}
