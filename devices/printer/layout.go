package printer

import (
	"strings"
	"unicode/utf8"
)

// wrap breaks text at blanks into lines of at most width columns; a word that is
// longer than a line is broken hard. Every rune of legible text is one column.
func wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' }) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n <= width {
			line, used = line+" "+word, used+1+n
			continue
		}
		if used > 0 {
			lines = append(lines, line)
		}
		for n > width {
			head := string([]rune(word)[:width])
			lines = append(lines, head)
			word, n = word[len(head):], n-width
		}
		line, used = word, n
	}
	if used > 0 {
		lines = append(lines, line)
	}
	return lines
}

// row puts label at the left and value at the right of one line, or of as many
// as they need.
func row(label, value string, width int) []string {
	left, right := wrap(label, width), wrap(value, width)
	if len(left) == 1 && len(right) == 1 {
		gap := width - utf8.RuneCountInString(left[0]) - utf8.RuneCountInString(right[0])
		if gap >= 1 {
			return []string{left[0] + strings.Repeat(" ", gap) + right[0]}
		}
	}
	for _, r := range right {
		left = append(left, strings.Repeat(" ", width-utf8.RuneCountInString(r))+r)
	}
	return left
}
