package kiosk_test

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// publicCode holds the keys of publiccode.yml (standard 0.4, Italian extension
// 1.0) that the national catalogue wants. A key beside these is a mistake here.
type publicCode struct {
	Version          string   `yaml:"publiccodeYmlVersion"`
	Name             string   `yaml:"name"`
	ApplicationSuite string   `yaml:"applicationSuite"`
	URL              string   `yaml:"url"`
	SoftwareVersion  string   `yaml:"softwareVersion"`
	ReleaseDate      string   `yaml:"releaseDate"`
	Platforms        []string `yaml:"platforms"`
	Categories       []string `yaml:"categories"`
	Status           string   `yaml:"developmentStatus"`
	Type             string   `yaml:"softwareType"`
	IntendedAudience struct {
		Scope     []string `yaml:"scope"`
		Countries []string `yaml:"countries"`
	} `yaml:"intendedAudience"`
	Description map[string]struct {
		LocalisedName string   `yaml:"localisedName"`
		GenericName   string   `yaml:"genericName"`
		Short         string   `yaml:"shortDescription"`
		Long          string   `yaml:"longDescription"`
		Features      []string `yaml:"features"`
	} `yaml:"description"`
	Legal struct {
		License            string `yaml:"license"`
		MainCopyrightOwner string `yaml:"mainCopyrightOwner"`
	} `yaml:"legal"`
	Maintenance struct {
		Type     string `yaml:"type"`
		Contacts []struct {
			Name string `yaml:"name"`
		} `yaml:"contacts"`
	} `yaml:"maintenance"`
	Localisation struct {
		Ready     *bool    `yaml:"localisationReady"`
		Languages []string `yaml:"availableLanguages"`
	} `yaml:"localisation"`
	DependsOn map[string][]struct {
		Name       string `yaml:"name"`
		VersionMin string `yaml:"versionMin"`
		Optional   bool   `yaml:"optional"`
	} `yaml:"dependsOn"`
	IT struct {
		Version     string           `yaml:"countryExtensionVersion"`
		Conforme    map[string]*bool `yaml:"conforme"`
		Piattaforme map[string]*bool `yaml:"piattaforme"`
	} `yaml:"it"`
}

// language is a BCP 47 tag of a plain language.
var language = regexp.MustCompile(`^[a-z]{2,3}$`)

// publicCodeProblems says what the catalogue would not accept.
func publicCodeProblems(src string) (problems []string) {
	var p publicCode
	dec := yaml.NewDecoder(strings.NewReader(src))
	dec.KnownFields(true)
	if err := dec.Decode(&p); err != nil {
		return []string{err.Error()}
	}
	want := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	between := func(s string, least, most int) bool {
		n := utf8.RuneCountInString(strings.TrimSpace(s))
		return least <= n && n <= most
	}

	u, err := url.Parse(p.URL)
	_, badDate := time.Parse(time.DateOnly, p.ReleaseDate)
	want(slices.Contains([]string{"0.2", "0.3", "0.4", "0.5", "0.7"}, p.Version), "publiccodeYmlVersion is %q", p.Version)
	want(p.Name != "", "name is missing")
	want(err == nil && u.Scheme == "https" && u.Host != "", "url is %q", p.URL)
	want(badDate == nil, "releaseDate is %q", p.ReleaseDate)
	want(len(p.Platforms) > 0, "platforms are missing")
	want(len(p.Categories) > 0, "categories are missing")
	want(slices.Contains([]string{"concept", "development", "beta", "stable", "obsolete"}, p.Status), "developmentStatus is %q", p.Status)
	want(strings.HasPrefix(p.Type, "standalone/"), "softwareType is %q", p.Type)
	want(p.Legal.License == "EUPL-1.2", "legal.license is %q", p.Legal.License)
	want(slices.Contains([]string{"internal", "contract", "community", "none"}, p.Maintenance.Type), "maintenance.type is %q", p.Maintenance.Type)
	want(len(p.Maintenance.Contacts) > 0 && p.Maintenance.Contacts[0].Name != "", "maintenance.contacts are missing")
	want(p.Localisation.Ready != nil, "localisation.localisationReady is missing")
	want(len(p.Localisation.Languages) > 0, "localisation.availableLanguages are missing")
	for _, tag := range p.Localisation.Languages {
		want(language.MatchString(tag), "availableLanguages has %q", tag)
	}
	_, italian := p.Description["it"]
	want(italian, "description.it is missing")
	for tag, d := range p.Description {
		want(language.MatchString(tag), "description has the language %q", tag)
		want(between(d.Short, 1, 150), "description.%s.shortDescription has %d characters", tag, utf8.RuneCountInString(d.Short))
		want(between(d.Long, 150, 10000), "description.%s.longDescription has %d characters", tag, utf8.RuneCountInString(d.Long))
		want(len(d.Features) > 0, "description.%s.features are missing", tag)
	}
	for _, key := range []string{"lineeGuidaDesign", "modelloInteroperabilita", "misureMinimeSicurezza", "gdpr"} {
		want(p.IT.Conforme[key] != nil, "it.conforme.%s is missing", key)
	}
	for _, key := range []string{"spid", "pagopa", "cie", "anpr", "io"} {
		want(p.IT.Piattaforme[key] != nil, "it.piattaforme.%s is missing", key)
	}
	return problems
}

func TestPublicCodeIsAcceptable(t *testing.T) {
	src, err := os.ReadFile("../publiccode.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range publicCodeProblems(string(src)) {
		t.Error(problem)
	}
	for name, change := range map[string][2]string{
		"another licence":       {"license: EUPL-1.2", "license: MIT"},
		"an address in clear":   {"url: https://", "url: http://"},
		"an invented status":    {"developmentStatus: development", "developmentStatus: nearly"},
		"an unknown key":        {"platforms:", "platform:"},
		"a wordy summary":       {"shortDescription: ", "shortDescription: " + strings.Repeat("molto ", 30)},
		"no contact":            {"- name: The PUE maintainers", "- name: \"\""},
		"a platform left out":   {"    anpr: false\n", ""},
		"no word on languages":  {"  localisationReady: true\n", ""},
		"a date of another age": {"2026-11-22", "22/11/2026"},
	} {
		changed := strings.Replace(string(src), change[0], change[1], 1)
		if changed == string(src) || publicCodeProblems(changed) == nil {
			t.Errorf("%s would not be noticed", name)
		}
	}
}

func TestTheLicenceIsTheOneThatIsDeclared(t *testing.T) {
	text, err := os.ReadFile("../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(text), "\n")
	if !strings.Contains(strings.ToUpper(head), "EUROPEAN UNION PUBLIC LICENCE V. 1.2") {
		t.Errorf("LICENSE begins with %q", head)
	}
}
