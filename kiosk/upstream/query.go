package upstream

import "pue/kiosk/catalog"

// Question is what a citizen wants to know of a service of class query or
// certificate.
type Question struct {
	Answers catalog.Answers
	Behalf  string // id of a delegation, or empty: for the citizen
}

// wireQuestion is a question as it travels.
type wireQuestion struct {
	Answers map[string]string `json:"answers,omitempty"`
	Behalf  string            `json:"behalf,omitempty"`
}
