package upstream_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// shows looks for planted words in data as it is and behind every coding that
// somebody without a key can undo.
func shows(data []byte, planted string) bool {
	forms := [][]byte{data}
	for _, run := range regexp.MustCompile(`[A-Za-z0-9_+/-]{8,}`).FindAll(data, -1) {
		text := strings.NewReplacer("-", "+", "_", "/").Replace(string(run))
		for cut := range 4 {
			if cut < len(text) {
				part := text[cut:]
				plain, _ := base64.RawStdEncoding.DecodeString(part[:len(part)/4*4])
				forms = append(forms, plain)
			}
		}
		if plain, err := hex.DecodeString(text[:len(text)/2*2]); err == nil {
			forms = append(forms, plain)
		}
	}
	return slices.ContainsFunc(forms, func(f []byte) bool { return bytes.Contains(f, []byte(planted)) })
}

// showsPacked also tries to decompress from each of the first bytes on.
func showsPacked(data []byte, planted string) bool {
	if shows(data, planted) {
		return true
	}
	for from := range min(64, len(data)) {
		plain, _ := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data[from:])), 1<<20))
		if shows(plain, planted) {
			return true
		}
	}
	return false
}

func TestAParcelShowsNothingOfTheCitizen(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	planted := []string{carla.TaxCode.Reveal(), "2026-10-31", "pue-submission", "naspi", "service"}

	// First what the search finds when nothing is sealed.
	for _, words := range planted {
		clear := []byte(`{"a":"` + words + `"}`)
		var packed bytes.Buffer
		packed.Write([]byte{0, 0, 1, 2})
		d, err := flate.NewWriter(&packed, flate.HuffmanOnly)
		if err != nil {
			t.Fatal(err)
		}
		d.Write([]byte("e30." + base64.RawURLEncoding.EncodeToString(clear) + ".c2ln"))
		d.Close()
		for name, control := range map[string][]byte{
			"clear": clear, "hex": []byte(hex.EncodeToString(clear)), "packed": packed.Bytes(),
			"base64url": []byte("e30." + base64.RawURLEncoding.EncodeToString(clear) + ".c2ln"),
		} {
			if !showsPacked(control, words) {
				t.Fatalf("control: %q is not found in %s", words, name)
			}
		}
	}

	p := pack(t, r.client, 1)
	outside, err := json.Marshal(outbox.Parcel{
		ID: p.ID, Class: p.Class, CapturedAt: p.CapturedAt, Deadline: p.Deadline, KeyID: p.KeyID, Label: p.Label, Replaces: p.Replaces,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range planted {
		if showsPacked(p.Sealed, words) {
			t.Errorf("%q shows in the sealed body", words)
		}
		if words != "service" && shows(outside, words) {
			t.Errorf("%q shows beside the sealed body", words)
		}
	}
	if again := pack(t, r.client, 1); bytes.Equal(p.Sealed, again.Sealed) {
		t.Error("two seals of one record are the same")
	}
}

// The length of what is sent, stored and counted must not name the service.
func TestEveryApplicationIsOfTheSameLength(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	lengths := map[int][]string{}
	for service, answers := range map[string]catalog.Answers{
		"naspi": {
			"data-cessazione": "2026-10-31", "motivo": "fine-contratto", "iban": "IT60X0542811101000000123456",
			"telefono": "+39 333 1234567", "email": "una.persona.dal.nome.lungo@posta.esempio.example",
		},
		"ap70":                         {"ricovero": "no"},
		"assegno-unico-universale":     {"figli": "3", "conviventi": "si", "isee": "12345,67", "iban": "IT60X0542811101000000123456"},
		"estratto-conto-certificativo": {},
		"nota":                         {"testo": strings.Repeat("Chiedo che la domanda sia riesaminata. ", 20)},
	} {
		rec := record(carla, 1)
		rec.Service, rec.Answers = service, answers
		p, err := r.client.Pack(rec, carla.Identity, carla)
		if err != nil {
			t.Fatal(err)
		}
		lengths[len(p.Sealed)] = append(lengths[len(p.Sealed)], service)
	}
	if len(lengths) != 1 {
		t.Errorf("lengths tell services apart: %v", lengths)
	}
	const want = 4096 + 48 // the least, the encapsulated key and the tag
	if !slices.Equal(slices.Collect(maps.Keys(lengths)), []int{want}) {
		t.Errorf("lengths %v, want %d", lengths, want)
	}
}

func TestALongSubmissionGrowsInSteps(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	lengths := map[int]bool{}
	for n := range 60 {
		rec := record(carla, n)
		rec.Answers = longAnswers(n * 137)
		p, err := r.client.Pack(rec, carla.Identity, carla)
		if err != nil {
			t.Fatal(err)
		}
		if (len(p.Sealed)-48)%1024 != 0 {
			t.Errorf("answers of %d bytes: %d bytes sealed", n*137, len(p.Sealed))
		}
		if _, err := r.client.Send(t.Context(), p); err != nil {
			t.Errorf("answers of %d bytes: %v", n*137, err)
		}
		lengths[len(p.Sealed)] = true
	}
	if len(lengths) < 5 || len(lengths) > 15 {
		t.Errorf("%d different lengths", len(lengths))
	}
}

// longAnswers hold so many bytes that do not compress, each in two characters.
func longAnswers(n int) catalog.Answers {
	a := catalog.Answers{}
	for text := hex.EncodeToString(noise(n)); len(text) > 0; {
		part := text[:min(len(text), 4000)]
		a[fmt.Sprintf("a%d", len(a))], text = part, text[len(part):]
	}
	return a
}

// noise does not compress (a linear congruential generator).
func noise(n int) []byte {
	data, x := make([]byte, n), uint32(1)
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	return data
}

func TestTheLargestSubmissionIsReceived(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	rec := record(carla, 1)
	rec.Answers = longAnswers(2<<20 - 10_000) // 4 MiB of JSON
	p, err := r.client.Pack(rec, carla.Identity, carla)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Send(t.Context(), p); err != nil {
		t.Errorf("%d bytes: %v", len(p.Sealed), err)
	}
}

func TestATerminalMovesOnToTheNextKeyAndINPSOpensBoth(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	keys := sealingKeys(t, r.dir)
	change := keys[1].From
	client := newClient(t, r.dir, r.url, func(o *upstream.Options) {
		// As if the next key were given out an hour ago.
		shift := time.Now().Add(-time.Hour).Sub(change)
		for i := range o.SealingKeys {
			o.SealingKeys[i].From = o.SealingKeys[i].From.Add(shift)
			o.SealingKeys[i].Until = o.SealingKeys[i].Until.Add(shift)
		}
	})
	ids := map[string]bool{}
	for n, when := range []time.Time{time.Now().Add(-2 * time.Hour), time.Now().Add(-time.Minute)} {
		rec := record(carla, n)
		rec.CapturedAt = when
		p, err := client.Pack(rec, carla.Identity, carla)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := client.Sealing(when); err != nil || s.KeyID != p.KeyID {
			t.Errorf("sealed to %s, %+v %v", p.KeyID, s, err)
		}
		if _, err := client.Send(t.Context(), p); err != nil {
			t.Error(err)
		}
		ids[p.KeyID] = true
	}
	if len(ids) != 2 {
		t.Errorf("keys in use: %v", ids)
	}
}

func TestAKeyThatINPSDoesNotHoldRefusesTheSubmission(t *testing.T) {
	r, elsewhere := newRig(t), newRig(t)
	other := newClient(t, r.dir, r.url, func(o *upstream.Options) { o.SealingKeys = sealingKeys(t, elsewhere.dir) })
	_, err := other.Send(t.Context(), pack(t, other, 1))
	var refused *outbox.RefusedError
	if !errors.As(err, &refused) || refused.Reason != "sealing-key" {
		t.Errorf("got %v", err)
	}
	// Nor does it help to name a key that INPS holds.
	p := pack(t, other, 2)
	p.KeyID = pack(t, r.client, 3).KeyID
	if _, err := r.client.Send(t.Context(), p); !errors.As(err, &refused) || refused.Reason != "seal" {
		t.Errorf("under another key's name: %v", err)
	}
}

func TestTheStatusOfTheKeysWarnsAMonthBeforeTheLastOneEnds(t *testing.T) {
	r := newRig(t)
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	trusted := true
	var log bytes.Buffer
	client := newClient(t, r.dir, r.url, func(o *upstream.Options) {
		o.SealingKeys[0].From, o.SealingKeys[0].Until = day("2026-01-01"), day("2027-02-01")
		o.SealingKeys[1].From, o.SealingKeys[1].Until = day("2027-01-01"), day("2028-01-01")
		o.ClockTrusted = func() bool { return trusted }
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	first, err := client.Sealing(day("2026-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := client.Sealing(day("2027-06-01"))
	if err != nil || second.KeyID == first.KeyID {
		t.Fatalf("%+v, %v", second, err)
	}
	for _, c := range []struct {
		now  string
		id   string
		warn bool
	}{
		{"2026-01-01", first.KeyID, false},
		{"2026-12-31", first.KeyID, false},
		{"2027-01-01", second.KeyID, false}, // both are valid
		{"2027-12-01", second.KeyID, false},
		{"2027-12-02", second.KeyID, true},
		{"2027-12-31", second.KeyID, true},
	} {
		got, err := client.Sealing(day(c.now))
		want := upstream.SealingStatus{KeyID: c.id, Until: day("2028-01-01"), Warn: c.warn}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", c.now, got, err, want)
		}
	}
	carla := insert(t, "carla")
	for _, now := range []string{"2025-12-31", "2028-01-01"} {
		trusted = true
		if _, err := client.Sealing(day(now)); !errors.Is(err, upstream.ErrNoSealingKey) {
			t.Errorf("%s: %v", now, err)
		}
		rec := record(carla, 1)
		rec.CapturedAt, rec.ClockTrusted = day(now), true
		if _, err := client.Pack(rec, carla.Identity, carla); !errors.Is(err, upstream.ErrNoSealingKey) {
			t.Errorf("%s: packed, %v", now, err)
		}
		// A clock that nobody keeps must not stop a citizen.
		trusted, rec.ClockTrusted = false, false
		if got, err := client.Sealing(day(now)); err != nil || got.KeyID != second.KeyID {
			t.Errorf("%s, clock not trusted: %+v, %v", now, got, err)
		}
		if p, err := client.Pack(rec, carla.Identity, carla); err != nil || p.KeyID != second.KeyID {
			t.Errorf("%s, clock not trusted: %v", now, err)
		}
	}
	if n := strings.Count(log.String(), "sealing key"); n != 1 { // of 2028, packed with a clock not trusted
		t.Errorf("warned %d times: %s", n, &log)
	}
}
