package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"pue/devices/printer"
)

// command is the bytes of a printer's command.
func command(v *yaml.Node) (string, string) {
	const allowed = `allowed: bytes of two digits or letters A to F each, in quotes, such as "1D 56 42 00", or none`
	switch _, err := printer.ParseCommand(v.Value); {
	case !isText(v):
		return notText(v, allowed)
	case err != nil:
		return fmt.Sprintf("%q is not a command", v.Value), allowed
	}
	return "", ""
}

// codePage is a code page and the number that the printer gives it.
func codePage(v *yaml.Node) (string, string) {
	allowed := "allowed: a page, = and its number from 0 to 255, such as PC858=19; pages: " + strings.Join(printer.LettersNames(), ", ")
	switch _, err := printer.ParsePage(v.Value); {
	case !isText(v):
		return notText(v, allowed)
	case err != nil:
		return fmt.Sprintf("%q is not a code page with its number", v.Value), allowed
	}
	return "", ""
}

// printer tries the override on its profile: what each line allows need not go
// together, such as more columns than the dots have room for.
func (c *checker) printer(section *yaml.Node) {
	name, override := find(section, "profile"), find(section, "override")
	if name == nil || override == nil {
		return
	}
	profile, err := printer.LookUp(name.Value)
	if err != nil {
		return // said at its own line
	}
	var o printer.Override
	if err := override.Decode(&o); err != nil {
		return // said at the line that does not do
	}
	if pages := find(override, "pages"); pages != nil && items(pages) == 0 {
		c.report(pages, "printer.override.pages", "is empty", "name at least one page, or delete the line to keep those of the profile")
		return
	}
	if _, err := profile.With(o); err != nil && c.clean(override) {
		c.report(override, "printer.override", "does not go with the profile "+name.Value+": "+err.Error(), "allowed: values that go together")
	}
}

// clean says that nothing was reported yet from the first line of v to its last.
func (c *checker) clean(v *yaml.Node) bool {
	last := v.Line
	for _, s := range scalars(v) {
		last = max(last, s.Line)
	}
	for _, p := range c.problems {
		if p.Line >= v.Line && p.Line <= last {
			return false
		}
	}
	return true
}
