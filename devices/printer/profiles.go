package printer

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed profiles/*.yaml
var profileFiles embed.FS

// profiles are read once. They are part of the program: one that is wrong stops
// it at its first use, which every test is.
var profiles = sync.OnceValue(func() map[string]Profile {
	all := map[string]Profile{}
	files, err := profileFiles.ReadDir("profiles")
	if err != nil {
		panic("printer: the embedded profiles cannot be listed: " + err.Error())
	}
	for _, f := range files {
		src, err := profileFiles.ReadFile("profiles/" + f.Name())
		if err != nil {
			panic("printer: an embedded profile cannot be read: " + err.Error())
		}
		p, err := readProfile(src)
		if err != nil {
			panic("printer: " + f.Name() + ": " + err.Error())
		}
		p.Name = strings.TrimSuffix(f.Name(), ".yaml")
		all[p.Name] = p
	}
	return all
})

// unsaid is what holds for a profile that does not say otherwise.
var unsaid = Profile{
	QR: QRRaster, Storage: NotStored, Confirm: ByNothing, Dialect: StatusNone,
	Presenter: Presenter{Mouth: MouthUnknown},
}

// readProfile reads the file of a profile. A key that does not exist is an error.
func readProfile(src []byte) (Profile, error) {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	var o Override
	if err := dec.Decode(&o); err != nil {
		return Profile{}, fmt.Errorf("reading a profile: %w", err)
	}
	if err := dec.Decode(new(yaml.Node)); err != io.EOF {
		return Profile{}, fmt.Errorf("reading a profile: there is more than one document in it")
	}
	return unsaid.With(o)
}

// LookUp returns the profile of that name; the error lists the known ones.
func LookUp(name string) (Profile, error) {
	p, ok := profiles()[name]
	if !ok {
		return Profile{}, fmt.Errorf("no printer profile %q; known: %s", name, strings.Join(Profiles(), ", "))
	}
	p.Pages = slices.Clone(p.Pages)
	return p, nil
}

// Profiles returns the known names in order.
func Profiles() []string { return slices.Sorted(maps.Keys(profiles())) }
