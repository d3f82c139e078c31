package printer

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Override is what is said about a printer, key by key, in a profile's file or in
// the configuration. A key that is not given changes nothing.
type Override struct {
	Columns     *int              `yaml:"columns" mapstructure:"columns"`
	Dots        *int              `yaml:"dots" mapstructure:"dots"`
	Pages       []string          `yaml:"pages" mapstructure:"pages"` // "PC858=19", best first
	OwnLetters  *bool             `yaml:"user_defined" mapstructure:"user_defined"`
	QR          QRDrawing         `yaml:"qr" mapstructure:"qr"`
	Storage     Storage           `yaml:"stored_graphics" mapstructure:"stored_graphics"`
	MaxRows     *int              `yaml:"max_rows" mapstructure:"max_rows"`
	Confirm     Confirmation      `yaml:"confirm" mapstructure:"confirm"`
	Dialect     Dialect           `yaml:"status" mapstructure:"status"`
	MayBeSilent *bool             `yaml:"may_be_silent" mapstructure:"may_be_silent"`
	Buffer      *int              `yaml:"buffer" mapstructure:"buffer"`
	Drop        string            `yaml:"drop" mapstructure:"drop"` // bytes, "10 14 08", or none
	Cut         string            `yaml:"cut" mapstructure:"cut"`
	Recovers    *bool             `yaml:"recovers" mapstructure:"recovers"`
	Presenter   PresenterOverride `yaml:"presenter" mapstructure:"presenter"`
}

// PresenterOverride is the part of it that is about the presenter.
type PresenterOverride struct {
	Present string        `yaml:"present" mapstructure:"present"`
	Retract string        `yaml:"retract" mapstructure:"retract"`
	Eject   string        `yaml:"eject" mapstructure:"eject"`
	Mouth   MouthQuestion `yaml:"mouth" mapstructure:"mouth"`
	StepMM  *float64      `yaml:"step_mm" mapstructure:"step_mm"`
}

// With returns p as o has it. The error names the key that cannot be so.
func (p Profile) With(o Override) (Profile, error) {
	p.Pages = slices.Clone(p.Pages)
	set(&p.Columns, o.Columns)
	p.Narrowed = p.Narrowed || o.Dots != nil && *o.Dots < p.Dots
	set(&p.Dots, o.Dots)
	set(&p.OwnLetters, o.OwnLetters)
	set(&p.MaxRows, o.MaxRows)
	set(&p.MayBeSilent, o.MayBeSilent)
	set(&p.Buffer, o.Buffer)
	set(&p.Recovers, o.Recovers)
	set(&p.Presenter.StepMM, o.Presenter.StepMM)
	setWord(&p.QR, o.QR)
	setWord(&p.Storage, o.Storage)
	setWord(&p.Confirm, o.Confirm)
	setWord(&p.Dialect, o.Dialect)
	setWord(&p.Presenter.Mouth, o.Presenter.Mouth)
	if err := p.setPages(o.Pages); err != nil {
		return Profile{}, err
	}
	for _, c := range []struct {
		key  string
		to   *[]byte
		text string
	}{
		{"drop", &p.Drop, o.Drop},
		{"cut", &p.Cut, o.Cut},
		{"presenter.present", &p.Presenter.Present, o.Presenter.Present},
		{"presenter.retract", &p.Presenter.Retract, o.Presenter.Retract},
		{"presenter.eject", &p.Presenter.Eject, o.Presenter.Eject},
	} {
		if c.text == "" {
			continue
		}
		command, err := ParseCommand(c.text)
		if err != nil {
			return Profile{}, fmt.Errorf("%s: %w", c.key, err)
		}
		*c.to = command
	}
	if err := p.check(); err != nil {
		return Profile{}, err
	}
	return p, nil
}

func (p *Profile) setPages(texts []string) error {
	if texts == nil {
		return nil
	}
	p.Pages = nil
	for _, text := range texts {
		page, err := ParsePage(text)
		if err != nil {
			return fmt.Errorf("pages: %w", err)
		}
		p.Pages = append(p.Pages, page)
	}
	return nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func setWord[W ~string](to *W, word W) {
	if word != "" {
		*to = word
	}
}

// longestInProfile is longer than any command that a manual gives as one.
const longestInProfile = 16

// ParseCommand reads the bytes of a command, two hexadecimal digits each with
// blanks between, or the word none.
func ParseCommand(text string) ([]byte, error) {
	if text == "none" {
		return nil, nil
	}
	command, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil || len(command) == 0 || len(command) > longestInProfile {
		return nil, fmt.Errorf("%q is neither none nor 1 to %d bytes such as \"1D 56 42 00\"", text, longestInProfile)
	}
	return command, nil
}

// ParsePage reads a code page with the number that the printer gives it,
// "PC858=19".
func ParsePage(text string) (Page, error) {
	name, number, _ := strings.Cut(text, "=")
	letters, err := lettersNamed(name)
	if err != nil {
		return Page{}, err
	}
	n, err := strconv.ParseUint(number, 10, 8)
	if err != nil {
		return Page{}, fmt.Errorf("%q does not end in a number from 0 to 255, as PC858=19 does", text)
	}
	return Page{Number: byte(n), Letters: letters}, nil
}
