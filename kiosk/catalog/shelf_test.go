package catalog

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// office signs catalogues.
type office struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

func newOffice(t testing.TB) office {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(0, 0)} // long over
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return office{key, certificate}
}

// signs makes a compact JWS (RFC 7515 §7.1) with ES256 (RFC 7518 §3.4).
func (o office) signs(t testing.TB, header string, payload []byte) []byte {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64([]byte(header)) + "." + b64(payload)
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, o.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return []byte(input + "." + b64(signature))
}

// signsUnencoded signs the payload as it is, and sends it encoded (RFC 7797 §3).
func (o office) signsUnencoded(t testing.TB, header string, payload []byte) []byte {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	digest := sha256.Sum256([]byte(b64([]byte(header)) + "." + string(payload)))
	r, s, err := ecdsa.Sign(rand.Reader, o.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return []byte(b64([]byte(header)) + "." + b64(payload) + "." + b64(signature))
}

// signsWithWhatAllKnow takes the certificate for the key of a MAC (RFC 8725 §2.1).
func (o office) signsWithWhatAllKnow(payload []byte) []byte {
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64([]byte(`{"alg":"HS256","typ":"pue-catalogue+jws"}`)) + "." + b64(payload)
	mac := hmac.New(sha256.New, o.certificate.Raw)
	mac.Write([]byte(input))
	return []byte(input + "." + b64(mac.Sum(nil)))
}

const bundleHeader = `{"alg":"ES256","typ":"pue-catalogue+jws"}`

func payload(t testing.TB, version int, services ...string) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"schema": "pue-catalogue/1", "version": version, "issued_at": "2026-11-22T10:00:00Z", "services": services,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (o office) bundle(t testing.TB, version int, services ...string) []byte {
	t.Helper()
	return o.signs(t, bundleHeader, payload(t, version, services...))
}

func openShelf(t *testing.T, file string, o office) *Shelf {
	t.Helper()
	s, err := OpenShelf(file, o.certificate, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// later is a version after the built-in one.
func later(t *testing.T) int { t.Helper(); return builtIn(t).Version() + 10 }

func hasChanged(s *Shelf) bool {
	select {
	case <-s.Changed():
		return true
	default:
		return false
	}
}

func TestANewerBundleIsUsedAndKept(t *testing.T) {
	o, file := newOffice(t), filepath.Join(t.TempDir(), "catalogue.jws")
	s := openShelf(t, file, o)
	if st := s.Status(); st.Bundle || st.Version != builtIn(t).Version() || st.Problem != "" {
		t.Errorf("without a bundle: %+v", st)
	}
	first := s.Catalog()
	v := later(t)
	if err := s.Take(o.bundle(t, v, sound)); err != nil {
		t.Fatal(err)
	}
	if !hasChanged(s) || hasChanged(s) {
		t.Error("a change was not told once")
	}
	if _, ok := s.Catalog().Service("prova"); !ok || s.Catalog().Version() != v {
		t.Error("the bundle is not in use")
	}
	if _, ok := first.Service("prova"); ok {
		t.Error("the catalogue taken before has changed")
	}
	want := ShelfStatus{Version: v, Bundle: true, At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	if got := s.Status(); got != want {
		t.Errorf("status %+v", got)
	}
	if got := openShelf(t, file, o).Status(); got != want {
		t.Errorf("status after a start %+v", got)
	}
}

func TestTheSameBundleAgainIsNoNews(t *testing.T) {
	o := newOffice(t)
	file := filepath.Join(t.TempDir(), "catalogue.jws")
	s := openShelf(t, file, o)
	bundle := o.bundle(t, later(t), sound)
	for range 2 {
		if err := s.Take(bundle); err != nil {
			t.Fatal(err)
		}
	}
	hasChanged(s)
	s = openShelf(t, file, o)
	if err := s.Take(bundle); err != nil || hasChanged(s) {
		t.Errorf("after a start: %v", err)
	}
}

func TestARefusedBundleLeavesTheLastGoodOneInUse(t *testing.T) {
	o, stranger := newOffice(t), newOffice(t)
	v := later(t)
	good := string(o.bundle(t, v+1, sound))
	newer := payload(t, v+1, sound)
	broken := func(old, new string) []byte { return o.bundle(t, v+1, strings.Replace(sound, old, new, 1)) }
	for _, tt := range []struct {
		name   string
		bundle []byte
		want   error
		says   string
	}{
		{"nothing", nil, ErrUntrusted, ""},
		{"unsigned", []byte(good[:strings.LastIndex(good, ".")+1]), ErrUntrusted, "does not verify"},
		{"alg none", []byte(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"pue-catalogue+jws"}`)) + good[strings.Index(good, "."):strings.LastIndex(good, ".")+1]), ErrUntrusted, "ES256"},
		{"signed by another", stranger.bundle(t, v+1, sound), ErrUntrusted, "does not verify"},
		{"a key of its own", stranger.signs(t, `{"alg":"ES256","typ":"pue-catalogue+jws","x5c":["`+base64.StdEncoding.EncodeToString(stranger.certificate.Raw)+`"]}`, newer), ErrUntrusted, ""},
		{"another algorithm", o.signs(t, `{"alg":"RS256","typ":"pue-catalogue+jws"}`, newer), ErrUntrusted, "ES256"},
		{"signed as something else", o.signs(t, `{"alg":"ES256","typ":"pue-receipt+jws"}`, newer), ErrUntrusted, "something else"},
		{"what it must understand", o.signs(t, `{"alg":"ES256","typ":"pue-catalogue+jws","crit":["x"],"x":1}`, newer), ErrUntrusted, ""},
		{"an unencoded payload", o.signsUnencoded(t, `{"alg":"ES256","typ":"pue-catalogue+jws","crit":["b64"],"b64":false}`, newer), ErrUntrusted, ""},
		{"an extension that changes nothing", o.signs(t, `{"alg":"ES256","typ":"pue-catalogue+jws","crit":["b64"],"b64":true}`, newer), ErrUntrusted, ""},
		{"nothing it must understand", o.signs(t, `{"alg":"ES256","typ":"pue-catalogue+jws","crit":[]}`, newer), ErrUntrusted, ""},
		{"a shared secret that is no secret", o.signsWithWhatAllKnow(newer), ErrUntrusted, "ES256"},
		{"older", o.bundle(t, v-1, sound), ErrNotNewer, ""},
		{"equal and different", o.bundle(t, v, sound+"\n# more\n"), ErrNotNewer, ""},
		{"too large", bytes.Repeat([]byte("a"), bundleLargest+1), ErrTooLarge, ""},
		{"another schema", o.signs(t, bundleHeader, bytes.Replace(newer, []byte("catalogue/1"), []byte("catalogue/2"), 1)), nil, "its form"},
		{"an unknown member", o.signs(t, bundleHeader, bytes.Replace(newer, []byte(`"schema"`), []byte(`"more":1,"schema"`), 1)), nil, "more"},
		{"two documents", o.signs(t, bundleHeader, append(bytes.Clone(newer), '{', '}')), nil, "follows"},
		{"no services", o.bundle(t, v+1), nil, "no services"},
		{"services without end", o.bundle(t, v+1, slices.Repeat([]string{sound}, 61)...), nil, "more than 60 services"},
		{"one service twice", o.bundle(t, v+1, sound, sound), nil, "stands twice"},
		{"an unknown rule", broken("repeat: 3", "repeatUntil: 3"), nil, "repeatUntil"},
		{"an unknown kind", broken("kind: taxcode, unique: true, under: 3", "kind: passport"), nil, `"passport"`},
		{"an unknown class", broken("class: application", "class: gift"), nil, `"gift"`},
		{"no Italian", broken("title: Una prova", "hint.x: Una prova"), nil, "missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "catalogue.jws")
			s := openShelf(t, file, o)
			if err := s.Take(o.bundle(t, v, sound)); err != nil {
				t.Fatal(err)
			}
			hasChanged(s)
			before := s.Catalog()
			err := s.Take(tt.bundle)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
			if st := s.Status(); s.Catalog() != before || hasChanged(s) || st.Problem == "" || st.Version != v {
				t.Errorf("afterwards %+v", st)
			}
			if st := openShelf(t, file, o).Status(); st.Version != v || st.Problem != "" {
				t.Errorf("after a start %+v", st)
			}
			if err := s.Take(o.bundle(t, v+2, sound)); err != nil || s.Status().Problem != "" {
				t.Errorf("a good one after it: %v, %+v", err, s.Status())
			}
		})
	}
}

// What a kill, a full disk or a stranger left in the file must not keep a
// terminal from its services.
func TestATornFileLeavesTheBuiltInServices(t *testing.T) {
	o := newOffice(t)
	bundle := o.bundle(t, later(t), sound)
	for name, left := range map[string][]byte{
		"empty": {}, "torn": bundle[:len(bundle)/2], "one bit": append(bytes.Clone(bundle[:len(bundle)-1]), bundle[len(bundle)-1]^1),
		"large": make([]byte, bundleLargest+1), "zeros": make([]byte, len(bundle)),
	} {
		file := filepath.Join(t.TempDir(), "catalogue.jws")
		if err := os.WriteFile(file, left, 0o600); err != nil {
			t.Fatal(err)
		}
		s := openShelf(t, file, o)
		if st := s.Status(); st.Bundle || st.Problem == "" || len(s.Catalog().Services()) == 0 {
			t.Errorf("%s: %+v", name, st)
		}
		if err := s.Take(bundle); err != nil {
			t.Errorf("%s: the next bundle: %v", name, err)
		}
	}
	if st := openShelf(t, t.TempDir(), o).Status(); st.Bundle || st.Problem == "" {
		t.Errorf("a folder: %+v", st)
	}
}

// A kill between the draft and its new name leaves the old bundle.
func TestADraftIsNoBundle(t *testing.T) {
	o, file := newOffice(t), filepath.Join(t.TempDir(), "catalogue.jws")
	v := later(t)
	if err := openShelf(t, file, o).Take(o.bundle(t, v, sound)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".new", o.bundle(t, v+1, sound)[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	s := openShelf(t, file, o)
	if st := s.Status(); st.Version != v || st.Problem != "" {
		t.Errorf("%+v", st)
	}
	if err := s.Take(o.bundle(t, v+1, sound)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the draft is still there: %v", err)
	}
}

func TestABundleThatCannotBeKeptIsNotUsed(t *testing.T) {
	o := newOffice(t)
	s := openShelf(t, filepath.Join(t.TempDir(), "gone", "catalogue.jws"), o)
	if err := s.Take(o.bundle(t, later(t), sound)); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, ErrNotKept) || s.Status().Bundle || s.Status().Problem == "" {
		t.Errorf("got %v, %+v", err, s.Status())
	}
}

func TestAProgramThatIsNewerThanTheBundleUsesItsOwnServices(t *testing.T) {
	o, file := newOffice(t), filepath.Join(t.TempDir(), "catalogue.jws")
	if err := os.WriteFile(file, o.bundle(t, builtIn(t).Version(), sound), 0o600); err != nil {
		t.Fatal(err)
	}
	if st := openShelf(t, file, o).Status(); st.Bundle || st.Problem != "" {
		t.Errorf("%+v", st)
	}
}

func TestWithoutACertificateNoBundleIsBelieved(t *testing.T) {
	o, file := newOffice(t), filepath.Join(t.TempDir(), "catalogue.jws")
	bundle := o.bundle(t, later(t), sound)
	if err := os.WriteFile(file, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenShelf(file, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Take(bundle); !errors.Is(err, ErrNoSigner) || s.Status().Bundle {
		t.Errorf("got %v, %+v", err, s.Status())
	}
}

func TestACertificateThatCannotSignCataloguesIsAnError(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := &x509.Certificate{PublicKey: key.Public()}
	if _, err := OpenShelf(filepath.Join(t.TempDir(), "c"), certificate, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a key on P-384 was taken")
	}
}

// The vectors were signed with openssl dgst -sha256 -sign, the parts put
// together by hand.
func TestBundlesSignedByAnotherToolAreRead(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256"} {
		src, err := os.ReadFile(filepath.Join("testdata", "bundle", alg+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(src)
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		jws, err := os.ReadFile(filepath.Join("testdata", "bundle", alg+".jws"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := OpenBundle(jws, certificate)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if _, ok := b.Catalog.Service("promemoria"); !ok || b.Catalog.Version() != 1000000 {
			t.Errorf("%s: version %d", alg, b.Catalog.Version())
		}
	}
}

func TestManyMayUseTheShelfAtOnce(t *testing.T) {
	o := newOffice(t)
	s := openShelf(t, filepath.Join(t.TempDir(), "catalogue.jws"), o)
	v := later(t)
	var bundles [][]byte
	for i := range 5 {
		bundles = append(bundles, o.bundle(t, v+i, sound))
	}
	done := make(chan struct{})
	for _, b := range bundles {
		go func() {
			_ = s.Take(b) // the older ones lose, in whatever order they come
			s.Catalog().Service("prova")
			s.Status()
			done <- struct{}{}
		}()
	}
	for range bundles {
		<-done
	}
	if got := s.Status().Version; got != v+4 {
		t.Errorf("version %d, want %d", got, v+4)
	}
}

func FuzzOpenBundle(f *testing.F) {
	o := newOffice(f)
	f.Add([]byte(bundleHeader), payload(f, 9, sound))
	f.Add([]byte(`{"alg":"none"}`), []byte(`{}`))
	f.Add([]byte(bundleHeader), []byte(`{"schema":"pue-catalogue/1","version":1,"issued_at":"2026-11-22T10:00:00Z","services":["a: &a [*a]"]}`))
	f.Fuzz(func(t *testing.T, header, payload []byte) {
		b, err := OpenBundle(o.signs(t, string(header), payload), o.certificate)
		if (err == nil) != (b.Catalog != nil) {
			t.Error("both or neither of catalogue and error")
		}
		if err == nil && len(b.Catalog.Services()) == 0 {
			t.Error("an empty catalogue")
		}
	})
}

// The answers to the services of testdata/services.
const invented = "testdata/services/whole"

// A service of each class, in one bundle, with no line of Go for any of them.
func TestABundleAddsServicesWithoutNewCode(t *testing.T) {
	o := newOffice(t)
	s := openShelf(t, filepath.Join(t.TempDir(), "catalogue.jws"), o)
	var services []string
	names, err := filepath.Glob(filepath.Join("testdata", "services", "*.yaml"))
	if err != nil || len(names) != 5 {
		t.Fatalf("%d services: %v", len(names), err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		services = append(services, string(src))
	}
	if err := s.Take(o.bundle(t, later(t), services...)); err != nil {
		t.Fatal(err)
	}
	m := spoken(t, s.Catalog())
	classes := map[Class]bool{}
	for _, service := range s.Catalog().Services() {
		classes[service.Class] = true
		for _, tag := range []string{"it", "de", "fr", "sl", "en"} {
			if got := m.In(tag).T(service.Key("title")); strings.Contains(got, "⟦") {
				t.Errorf("%s in %s: %q", service.ID, tag, got)
			}
		}
		if len(service.Steps) > 0 {
			answerWhole(t, service, wholeAnswers(t, invented, service.ID))
		}
	}
	if len(classes) != 5 {
		t.Errorf("classes %v", classes)
	}
	application, _ := s.Catalog().Service("prova-domanda")
	if de := m.In("de"); !de.InItalian(application.Key("recapito", "title")) || de.InItalian(application.Key("title")) {
		t.Error("a text that only Italian has is not known as such")
	}
	if got := fmt.Sprint(application.DocumentsFor(wholeAnswers(t, invented, "prova-domanda"))); !strings.Contains(got, "lettera") {
		t.Errorf("documents %s", got)
	}
}
