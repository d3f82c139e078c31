package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake, in the words of the person who has to mend it.
type Problem struct {
	File     string // of a mistake in the file
	Line     int    // from 1
	Column   int    // from 1
	Variable string // of a mistake in the environment, instead of the file
	Key      string // such as "printer.baud"; empty when the file as a whole is meant
	What     string // what is wrong
	Allowed  string // what is allowed, or what to do
}

// String puts the place first, so that editors can jump to it.
func (p Problem) String() string {
	var b strings.Builder
	if p.Variable != "" {
		b.WriteString("environment " + p.Variable)
	} else {
		fmt.Fprintf(&b, "%s:%d:%d", p.File, p.Line, p.Column)
	}
	for _, part := range []string{p.Key, p.What} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	switch {
	case p.Allowed == "":
	case strings.HasSuffix(p.What, "?"):
		b.WriteString(" " + p.Allowed)
	default:
		b.WriteString("; " + p.Allowed)
	}
	return b.String()
}

// InvalidError is what Load returns for a configuration with mistakes.
type InvalidError struct{ Problems []Problem }

// Error has one line for each problem.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// inOrder sorts problems as a reader meets them in the file.
func inOrder(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key))
	})
	return problems
}
