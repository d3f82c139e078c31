package config

import "strings"

// didYouMean is ", did you mean …?" for the word nearest to what was written,
// or nothing when none is near.
func didYouMean(written string, words []string) string {
	if word := closest(written, words); word != "" {
		return ", did you mean " + word + "?"
	}
	return ""
}

// closest is the word nearest to what was written, or "" when none is near: one
// slip for each three letters.
func closest(written string, words []string) string {
	best, nearest := "", 1+len(written)/3
	for _, w := range words {
		if d := distance(strings.ToLower(written), w); d <= nearest && (best == "" || d < nearest) {
			best, nearest = w, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with their
// neighbour to get from one word to the other (optimal string alignment).
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(a)][len(b)]
}
