package upstream_test

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// dated are answers that fit the fields of services that are asked.
func dated(now time.Time) catalog.Answers {
	return catalog.Answers{
		"anno": strconv.Itoa(now.Year()), "mese": now.Format("2006-01"), "tipo": "ordinario", "protocollo": "",
	}
}

// ask asks with those answers that the service has questions for.
func ask(t *testing.T, c *upstream.Client, token upstream.Token, s *catalog.Service, behalf string) (upstream.Answer, error) {
	t.Helper()
	answers := catalog.Answers{}
	for name, v := range dated(time.Now()) {
		if _, asked := s.Field(name); asked {
			answers[name] = v
		}
	}
	return c.Query(t.Context(), token, s, upstream.Question{Answers: s.Asked(answers), Behalf: behalf})
}

// Whatever the catalogue asks, the archive answers in the catalogue's own shape:
// for somebody who works or for somebody with a pension.
func TestEveryServiceThatIsAskedIsAnswered(t *testing.T) {
	services, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t)
	carla := insert(t, "carla")
	r.sim.SetDelegations(carla.TaxCode.Reveal(), 3)
	token := logIn(t, r.client, carla, "")
	others, err := r.client.Delegations(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range services.Services() {
		if !s.Class.Asked() || s.Answer.View != "" || s.Destination != catalog.INPS {
			continue
		}
		answered := 0
		for _, behalf := range []string{"", others[0].ID, others[1].ID, others[2].ID} {
			a, err := ask(t, r.client, token, s, behalf)
			if errors.Is(err, upstream.ErrNothing) {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", s.ID, err)
				continue
			}
			answered++
			if len(a.Facts) != len(s.Answer.Facts) || a.AsOf.IsZero() {
				t.Errorf("%s: %d facts of %d", s.ID, len(a.Facts), len(s.Answer.Facts))
			}
			if (a.Document != nil) != s.Answer.Document {
				t.Errorf("%s: document %v", s.ID, a.Document)
			}
		}
		if answered == 0 {
			t.Errorf("%s: nobody of four has it", s.ID)
		}
	}
}

// certificate is a service with one question and a document, whatever the
// catalogue of the day has.
func certificate() *catalog.Service {
	return &catalog.Service{
		ID: "certificazione-unica", Version: 1, Class: catalog.Certificate,
		Steps: []catalog.Step{{ID: "quale", Fields: []catalog.Field{{Name: "anno", Kind: catalog.Year}}}},
		Answer: &catalog.Answer{
			Facts: []catalog.Fact{
				{Name: "anno", Kind: catalog.Year},
				{Name: "anno_redditi", Kind: catalog.Year},
				{Name: "redditi", Kind: catalog.Money},
				{Name: "ritenute", Kind: catalog.Money},
			},
			Document: true,
		},
	}
}

func TestADocumentNamesWhomItIsAbout(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	token := logIn(t, r.client, carla, "")
	pdf := fetch(t, r.client, token)
	for _, want := range []string{carla.TaxCode.Reveal(), "Certificazione Unica"} {
		if !bytes.Contains(pdf, []byte(want)) {
			t.Errorf("%q is not in the document", want)
		}
	}
}

// fetch asks for a certificate and its document.
func fetch(t *testing.T, c *upstream.Client, token upstream.Token) []byte {
	t.Helper()
	a, err := ask(t, c, token, certificate(), "")
	if err != nil {
		t.Fatal(err)
	}
	var pdf bytes.Buffer
	if err := c.Document(t.Context(), token, *a.Document, &pdf); err != nil {
		t.Fatal(err)
	}
	return pdf.Bytes()
}

func TestNobodyElseFetchesADocument(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "")
	a, err := ask(t, r.client, token, certificate(), "")
	if err != nil {
		t.Fatal(err)
	}
	other := logIn(t, r.client, insert(t, "dino"), "")
	var pdf bytes.Buffer
	if err := r.client.Document(t.Context(), other, *a.Document, &pdf); !errors.Is(err, upstream.ErrNothing) || pdf.Len() > 0 {
		t.Errorf("%d bytes, %v", pdf.Len(), err)
	}
}

func TestADocumentThatIsNotWhatINPSSignedForIsNotHandedOn(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "")
	a, err := ask(t, r.client, token, certificate(), "")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*upstream.Document){
		"digest":  func(d *upstream.Document) { d.SHA256[0]++ },
		"longer":  func(d *upstream.Document) { d.Size++ },
		"shorter": func(d *upstream.Document) { d.Size-- },
	} {
		d := *a.Document
		change(&d)
		var pdf bytes.Buffer
		if err := r.client.Document(t.Context(), token, d, &pdf); !errors.Is(err, upstream.ErrContract) || pdf.Len() > 0 {
			t.Errorf("%s: %d bytes, %v", name, pdf.Len(), err)
		}
	}
}

func TestAnAnswerThatTheCatalogueDoesNotNameIsNotShown(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "")
	const surprise = "RSSMRA80A01H501U"
	for name, answer := range map[string]upstreamsim.Answer{
		"another fact":     {Facts: map[string]string{"diagnosi": surprise}, Title: "x"},
		"another kind":     {Facts: map[string]string{"redditi": surprise}, Title: "x"},
		"not canonical":    {Facts: map[string]string{"redditi": "1.820,40"}, Title: "x"},
		"control sequence": {Facts: map[string]string{"anno": "\x1b@2026"}, Title: "x"},
		"rows":             {Rows: []map[string]string{{"anno": "2026"}}, Title: "x"},
		"no document":      {Facts: map[string]string{"anno": "2026"}},
	} {
		r.sim.SetAnswer("certificazione-unica", &answer)
		_, err := ask(t, r.client, token, certificate(), "")
		if !errors.Is(err, upstream.ErrContract) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && bytes.Contains([]byte(err.Error()), []byte(surprise)) {
			t.Errorf("%s: the error quotes the answer", name)
		}
	}
	r.sim.SetAnswer("certificazione-unica", &upstreamsim.Answer{Facts: map[string]string{"anno": "2026", "redditi": ""}, Title: "x"})
	if a, err := ask(t, r.client, token, certificate(), ""); err != nil || a.Facts["anno"] != "2026" {
		t.Errorf("control: %v", err)
	}
}

// Errors are logged, and net/http puts the address into its own: what a citizen
// asked for stands in there.
func TestNoErrorOfTheLineNamesWhatWasAskedFor(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "")
	for name, fault := range map[string]func(){
		"cut":  func() { r.sim.CutAnswers(0, -1) },
		"down": func() { r.sim.SetLine(false) },
	} {
		fault()
		_, err := ask(t, r.client, token, certificate(), "")
		if err == nil || strings.Contains(err.Error(), certificate().ID) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
