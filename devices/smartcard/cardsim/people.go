package cardsim

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:generate go run people/generate.go -dir people

// people holds invented persons and the authority that issued their cards.
//
//go:embed people/*.json people/anchor.pem
var people embed.FS

// Person returns a new card of an embedded, invented person:
//
//	anna   a citizen, born in 1963, whom most examples use
//	bruno  another citizen
//	olga   an officer of the municipality
//	dario  another officer
//	banco  a bank card: a chip, and no CNS
//	muta   a card that is in upside down: nothing answers
//
// Their PIN is 12345678 and their PUK 87654321.
func Person(name string) (*Card, error) {
	data, err := people.ReadFile("people/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("simulating a card: nobody is called %q, there are %s", name, strings.Join(People(), ", "))
	}
	return Parse(data)
}

// People returns the names that [Person] knows, sorted.
func People() []string {
	var names []string
	entries, _ := people.ReadDir("people") // an embedded folder is always there
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Anchor returns the certificate of the invented authority, in PEM.
func Anchor() []byte {
	data, _ := people.ReadFile("people/anchor.pem")
	return data
}
