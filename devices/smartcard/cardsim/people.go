package cardsim

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:generate go run people/generate.go people/identity.go people/sod.go -dir people

// people holds invented persons and the authority that issued their cards.
//
//go:embed people/*.json people/*.pem
var people embed.FS

// Person returns a new card of an embedded, invented person:
//
//	anna   a citizen, born in 1963, whom most examples use
//	bruno  another citizen
//	olga   an officer of the municipality
//	dario  another officer
//	carla  a citizen with a CIE (Gemalto): one answer has all parameters of the
//	       key agreement, errors end the channel
//	enzo   a citizen with a CIE (Bit4id): three answers, errors inside the
//	       channel, a newer kind of signed content
//	fulvia an officer with a CIE (NXP)
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

// DocumentAnchor returns the certificate of the invented authority over those
// who sign what a CIE holds, the country signing CA (ICAO 9303-12), in PEM.
func DocumentAnchor() []byte {
	data, _ := people.ReadFile("people/documents.pem")
	return data
}

// Anchor returns the certificates of the invented authorities, in PEM: of the
// CNS, then the national root of the CIE and below it the one that issues to
// citizens.
func Anchor() []byte {
	data, _ := people.ReadFile("people/anchor.pem")
	return data
}
