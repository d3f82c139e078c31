package upstream_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// manifest is the payload of manifest.jws, as the contract has it.
type manifest map[string]any

func manifestOf(parcels ...outbox.Parcel) manifest {
	items := []map[string]any{}
	for _, p := range parcels {
		sum := sha256.Sum256(p.Sealed)
		items = append(items, map[string]any{
			"id": p.ID, "class": p.Class, "key_id": p.KeyID, "digest": hex.EncodeToString(sum[:]),
			"captured_at": p.CapturedAt.UTC(), "size": len(p.Sealed),
		})
	}
	return manifest{"schema": "pue-bundle/1", "terminal": terminal, "made_at": time.Now().UTC(), "items": items}
}

func (m manifest) item(i int) map[string]any { return m["items"].([]map[string]any)[i] }

// bundle is what is carried to INPS.
type bundle struct{ bytes.Buffer }

func newBundle(t *testing.T, jws []byte, parcels ...outbox.Parcel) *bundle {
	t.Helper()
	b := &bundle{}
	z := zip.NewWriter(b)
	put := func(name string, data []byte) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if jws != nil {
		put("manifest.jws", jws)
	}
	for _, p := range parcels {
		put(p.ID+".sealed", p.Sealed)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bundle) carry(sim *upstreamsim.Server) ([]byte, error) {
	return sim.Import(bytes.NewReader(b.Bytes()), int64(b.Len()))
}

func sign(t *testing.T, c *upstream.Client, m manifest) []byte {
	t.Helper()
	payload, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := c.SignManifest(payload)
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

func TestABundleIsFiledOnceWhicheverWayItsItemsCame(t *testing.T) {
	r := newRig(t)
	byLine, byHand, later := pack(t, r.client, 1), pack(t, r.client, 2), pack(t, r.client, 3)
	first, err := r.client.Send(t.Context(), byLine)
	if err != nil {
		t.Fatal(err)
	}
	b := newBundle(t, sign(t, r.client, manifestOf(byLine, byHand, later)), byLine, byHand, later)
	text, err := b.carry(r.sim)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.carry(r.sim)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("handed in again: %v\n%s", err, again)
	}
	var back []outbox.Confirmation
	for line := range strings.Lines(string(text)) {
		c, err := r.client.ReadConfirmation([]byte(strings.TrimSuffix(line, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, c)
	}
	if len(back) != 3 {
		t.Fatalf("%d confirmations came back", len(back))
	}
	if diff := cmp.Diff(first, back[0]); diff != "" {
		t.Errorf("the line and the stick differ: %s", diff)
	}
	third, err := r.client.Send(t.Context(), later)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(third, back[2]); diff != "" {
		t.Errorf("the stick and the line differ: %s", diff)
	}
	if n := len(r.sim.Filed()); n != 3 {
		t.Errorf("%d were filed", n)
	}
}

func TestABundleOfWhichAnythingIsChangedIsRefusedWhole(t *testing.T) {
	r := newRig(t)
	p, q := pack(t, r.client, 1), pack(t, r.client, 2)
	other := pack(t, r.client, 2)
	good := func() manifest { return manifestOf(p, q) }
	changed := func(change func(manifest)) []byte {
		m := good()
		change(m)
		return sign(t, r.client, m)
	}
	short := q
	short.Sealed = q.Sealed[:len(q.Sealed)-1]
	jws := sign(t, r.client, good())
	tampered := bytes.Clone(jws)
	tampered[len(tampered)/2] ^= 1
	for name, b := range map[string]*bundle{
		"nothing":               {},
		"no manifest":           newBundle(t, nil, p, q),
		"tampered manifest":     newBundle(t, tampered, p, q),
		"unsigned manifest":     newBundle(t, []byte("e30.e30."), p, q),
		"another body":          newBundle(t, jws, p, other),
		"a body cut short":      newBundle(t, jws, p, short),
		"an item missing":       newBundle(t, jws, p),
		"an item too many":      newBundle(t, jws, p, q, pack(t, r.client, 3)),
		"an item twice":         newBundle(t, jws, p, q, q),
		"listed twice":          newBundle(t, sign(t, r.client, manifestOf(p, p)), p, q),
		"another schema":        newBundle(t, changed(func(m manifest) { m["schema"] = "pue-bundle/2" }), p, q),
		"another terminal":      newBundle(t, changed(func(m manifest) { m["terminal"] = "PUE-0422" }), p, q),
		"no time":               newBundle(t, changed(func(m manifest) { delete(m, "made_at") }), p, q),
		"no items":              newBundle(t, changed(func(m manifest) { delete(m, "items") })),
		"an unknown member":     newBundle(t, changed(func(m manifest) { m["note"] = "x" }), p, q),
		"an id that is a path":  newBundle(t, changed(func(m manifest) { m.item(0)["id"] = "../1" }), p, q),
		"a size too small":      newBundle(t, changed(func(m manifest) { m.item(0)["size"] = len(p.Sealed) - 1 }), p, q),
		"a size without bounds": newBundle(t, changed(func(m manifest) { m.item(0)["size"] = 1 << 40 }), p, q),
		"no key":                newBundle(t, changed(func(m manifest) { delete(m.item(0), "key_id") }), p, q),
		"legal term outside":    newBundle(t, changed(func(m manifest) { m.item(0)["deadline"] = "2027-01-07" }), p, q),
	} {
		if text, err := b.carry(r.sim); !errors.Is(err, upstreamsim.ErrBundle) || text != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(r.sim.Filed()); n != 0 {
		t.Errorf("%d were filed", n)
	}
	if _, err := newBundle(t, jws, p, q).carry(r.sim); err != nil {
		t.Errorf("control: %v", err)
	}
}

// One item that INPS cannot take keeps no other back.
func TestAnItemThatDoesNotOpenKeepsNoOtherBack(t *testing.T) {
	r := newRig(t)
	p, q := pack(t, r.client, 1), pack(t, r.client, 2)
	q.ID = "0192f0c1-7a3e-7c55-9d1b-00000000ffff" // sealed for another
	text, err := newBundle(t, sign(t, r.client, manifestOf(p, q)), p, q).carry(r.sim)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n != 1 || len(r.sim.Filed()) != 1 {
		t.Errorf("%d confirmed, %d filed", n, len(r.sim.Filed()))
	}
}

func TestOnlyATerminalOfINPSCanHandInABundle(t *testing.T) {
	r := newRig(t)
	p := pack(t, r.client, 1)
	stranger := t.TempDir()
	if err := upstreamsim.Provision(stranger, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	ofStranger := newClient(t, r.dir, r.url, func(o *upstream.Options) { o.Certificate = options(t, stranger, r.url).Certificate })
	if _, err := newBundle(t, sign(t, ofStranger, manifestOf(p)), p).carry(r.sim); !errors.Is(err, upstreamsim.ErrBundle) {
		t.Errorf("a stranger's: %v", err)
	}
	if err := upstreamsim.Provision(r.dir, "PUE-0422", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	neighbour := newClient(t, r.dir, r.url)
	if _, err := newBundle(t, sign(t, neighbour, manifestOf(p)), p).carry(r.sim); !errors.Is(err, upstreamsim.ErrBundle) {
		t.Errorf("signed by the neighbour: %v", err)
	}
	m := manifestOf(p)
	m["terminal"] = "PUE-0422"
	text, err := newBundle(t, sign(t, neighbour, m), p).carry(r.sim)
	if err != nil || len(text) > 0 || len(r.sim.Filed()) > 0 {
		t.Errorf("sealed by us, carried by the neighbour: %v, %s", err, text)
	}
}

func TestADeviceKeySignsInTheWayOfItsKind(t *testing.T) {
	r := newRig(t)
	p := pack(t, r.client, 1)
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey := insert(t, "carla").key
	for name, c := range map[string]struct {
		key  any
		want string
	}{
		"RSA":           {rsaKey, ""},
		"P-384":         {ecKey, "P-256"},
		"no key at all": {nil, "cannot sign"},
	} {
		o := options(t, r.dir, r.url)
		o.Certificate.PrivateKey = c.key
		if key, ok := c.key.(*rsa.PrivateKey); ok {
			o.Certificate.Certificate = [][]byte{deviceCertificate(t, r.dir, key, time.Now().Add(time.Hour))}
		}
		client, err := upstream.New(o)
		if c.want != "" { // nothing could be sent either
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		payload, err := json.Marshal(manifestOf(p))
		if err != nil {
			t.Fatal(err)
		}
		jws, err := client.SignManifest(payload)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text, err := newBundle(t, jws, p).carry(r.sim); err != nil || len(text) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestABundleMadeBeforeTheDeviceCertificateEndedIsGood(t *testing.T) {
	r := newRig(t)
	p, ended := pack(t, r.client, 1), time.Now().Add(-30*time.Minute) // the authority is an hour old
	client := newClient(t, r.dir, r.url, func(o *upstream.Options) {
		key := insert(t, "carla").key
		o.Certificate.PrivateKey, o.Certificate.Certificate = key, [][]byte{deviceCertificate(t, r.dir, key, ended)}
	})
	for _, c := range []struct {
		made time.Time
		good bool
	}{
		{time.Now(), false},
		{ended.AddDate(-1, 0, 0), false},
		{ended.AddDate(1, 0, 0), false},
		{ended.Add(-time.Minute), true},
	} {
		m := manifestOf(p)
		m["made_at"] = c.made.UTC()
		if _, err := newBundle(t, sign(t, client, m), p).carry(r.sim); errors.Is(err, upstreamsim.ErrBundle) == c.good {
			t.Errorf("made %v: %v", c.made, err)
		}
	}
}

// deviceCertificate is one for this terminal.
func deviceCertificate(t *testing.T, dir string, key *rsa.PrivateKey, until time.Time) []byte {
	t.Helper()
	template := *readCertificate(t, dir+"/terminal.pem")
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(7), until.AddDate(0, -1, 0), until
	block, _ := pem.Decode(readFile(t, dir+"/inps/ca-key.pem"))
	caKey, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, readCertificate(t, dir+"/ca.pem"), key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestAConfirmationOfWhateverLengthIsReadOrRefused(t *testing.T) {
	r := newRig(t)
	for name, text := range map[string]string{
		"nothing": "", "words": "protocollo 42", "endless": strings.Repeat("a", 1<<20), "a line end": fmt.Sprintln(""),
	} {
		if c, err := r.client.ReadConfirmation([]byte(text)); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
