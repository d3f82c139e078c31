package cardsim

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:generate go run people/generate.go people/identity.go people/sod.go -dir people

// people holds invented persons and the authority that issued their cards.
//
//go:embed people/*.json people/*.pem
var people embed.FS

// Person returns a new card of an embedded, invented person. With a CNS:
//
//	anna   a citizen, born in 1963, whom most examples use
//	bruno  another citizen
//	rita   a citizen with an old card: RSA-1024, version 1.0, no
//	       paths, its PIN without backtracking
//	sergio a citizen whose card ended in 2024
//	olga   an officer of the municipality
//	dario  another officer
//
// With a CIE, of four families of chips:
//
//	carla  a citizen (Gemalto): the parameters of the key agreement come one by
//	       one and at once
//	enzo   a citizen (Bit4id): files with a margin, content signed with PSS, the
//	       authority's name before its key
//	tina   a citizen whose card ended in 2025 (STM)
//	fulvia an officer (NXP)
//
// With neither:
//
//	banco    a bank card
//	telefono a telephone that pays
//	vecchia  an identity card of the first kind
//	muta     a card that is in upside down: nothing answers
//
// And cards that differ from those in one thing:
//
//	anna-jsign       the contactless face: an application keeps the files
//	anna-st2022      the same, with an answer to reset that says nothing
//	anna-ace         an ACe of 2025, under another application
//	anna-exact       answers 6Cxx to a read of more than there is
//	anna-fetched     answers 61xx to everything
//	anna-stepwise    selects one step of a path at a time
//	anna-sign        signs and does not decipher
//	anna-decipher    deciphers and does not sign
//	anna-backtracking knows its PIN only with the bit of backtracking, as STIncard
//	anna-silent      answers 6300 to a wrong PIN
//	anna-last        has one attempt at the PIN left
//	anna-blocked     has none
//	carla-silent     answers 6300 to a wrong PIN
//	carla-last       has one attempt at the PIN left
//	carla-blocked    has none
//	carla-outside    tells errors in clear, which ends the channel
//	carla-all        gives the parameters of the key agreement only at once
//	carla-forged     has a number that is not the signed one
//	carla-copy       has other keys than its files say
//	enzo-bare        has an answer to reset that says nothing
//	enzo-masterfile  knows no outer application, only the master file
//	enzo-long        answers in one piece, however long
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

// Provision writes the invented authorities below dir as a technician does the real
// ones: into one folder those of [Anchor], into another those of [DocumentAnchor].
func Provision(dir string) (anchors, documents string, err error) {
	anchors, documents = filepath.Join(dir, "anchors"), filepath.Join(dir, "document-anchors")
	for folder, certs := range map[string][]byte{anchors: Anchor(), documents: DocumentAnchor()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return "", "", err
		}
		if err := os.WriteFile(filepath.Join(folder, "simulated.pem"), certs, 0o600); err != nil {
			return "", "", err
		}
	}
	return anchors, documents, nil
}
