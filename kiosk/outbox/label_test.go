package outbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

var (
	annasCard = sha256.Sum256([]byte("certificate of Anna"))
	luisCard  = sha256.Sum256([]byte("certificate of Lui"))
)

// labelled is an invented submission with a label.
func labelled(k *terminal, n int, text string) Entry {
	p := parcel(n)
	p.Label = k.SealLabel(annasCard, p.ID, text)
	return k.put(p)
}

func TestALabelOpensWithTheCardThatSealedItAlsoAfterARestart(t *testing.T) {
	k := newTerminal(t)
	for n, text := range []string{"naspi", "", "Assegno sociale per chi è già in età"} {
		labelled(k, n+1, text)
		k.reopen()
		if got, ok := k.OpenLabel(annasCard, k.entry(parcel(n+1).ID)); !ok || got != text {
			t.Errorf("%q, %v, want %q", got, ok, text)
		}
	}
}

func TestALabelStaysClosedToAnotherCardSubmissionOrTerminal(t *testing.T) {
	k, elsewhere := newTerminal(t), newTerminal(t)
	e := labelled(k, 1, "naspi")
	closed := func(what string, o *terminal, card [32]byte, e Entry) {
		t.Helper()
		if got, ok := o.OpenLabel(card, e); ok || got != "" {
			t.Errorf("%s reads %q", what, got)
		}
	}
	closed("another card", k, luisCard, e)
	closed("another terminal", elsewhere, annasCard, e)
	other := e
	other.ID = parcel(2).ID
	closed("another submission", k, annasCard, other)
	for at := range e.Label {
		changed := e
		changed.Label = append([]byte(nil), e.Label...)
		changed.Label[at] ^= 1
		closed("a changed label", k, annasCard, changed)
		changed.Label = e.Label[:at]
		closed("a label cut short", k, annasCard, changed)
	}
}

func TestLabelsTellNothingByTheirLengthNorByBeingTheSame(t *testing.T) {
	k := newTerminal(t)
	var seen []string
	for _, text := range []string{"", "naspi", "naspi", strings.Repeat("è", 20), strings.Repeat("è", 400)} {
		seen = append(seen, string(k.SealLabel(annasCard, "id", text)))
	}
	for i, a := range seen {
		for _, b := range seen[:i] {
			if a == b || len(a) != len(b) {
				t.Errorf("%x and %x can be told apart, or are the same", a, b)
			}
		}
	}
}

func FuzzALongLabelIsCutBetweenLetters(f *testing.F) {
	f.Add(strings.Repeat("a", 39) + "è")
	f.Add("€€€€€€€€€€€€€€")
	f.Add("")
	k := newTerminal(f)
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := k.OpenLabel(annasCard, Entry{ID: "x", Label: k.SealLabel(annasCard, "x", text)})
		if !ok || !strings.HasPrefix(text, got) || len(got) > labelText {
			t.Fatalf("%q became %q, %v", text, got, ok)
		}
		if utf8.ValidString(text) && (!utf8.ValidString(got) || len(text)-len(got) > max(0, len(text)-labelText)+utf8.UTFMax-1) {
			t.Errorf("%q was cut to %q", text, got)
		}
	})
}

// vectors were made by pyca/cryptography (testdata/people.py).
type peopleVectors struct {
	LabelSecret   string `json:"label_secret"`
	Card          string `json:"card"`
	ID            string `json:"id"`
	Text          string `json:"text"`
	Label         string `json:"label"`
	Terminal      string `json:"terminal"`
	Officer       string `json:"officer"`
	OfficerSecret string `json:"officer_secret"`
	OfficerPublic string `json:"officer_public"`
	Phone         string `json:"phone"`
	SealedPhone   string `json:"sealed_phone"`
}

func readPeopleVectors(t *testing.T) (v peopleVectors) {
	t.Helper()
	data, err := os.ReadFile("testdata/people.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestALabelMadeByAnotherToolOpens(t *testing.T) {
	v := readPeopleVectors(t)
	b := &Outbox{labelKey: unhex(t, v.LabelSecret)}
	got, ok := b.OpenLabel([32]byte(unhex(t, v.Card)), Entry{ID: v.ID, Label: unhex(t, v.Label)})
	if !ok || got != v.Text {
		t.Errorf("%q, %v, want %q", got, ok, v.Text)
	}
}
