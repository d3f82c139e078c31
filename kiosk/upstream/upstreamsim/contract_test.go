package upstreamsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/outbox"
)

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// operations calls f for every operation of the document.
func (d document) operations(f func(method, path string, op map[string]any)) {
	for path := range d.at("paths") {
		for _, method := range methods {
			if op, ok := d.at("paths", path)[method]; ok {
				f(strings.ToUpper(method), path, d.resolve(op))
			}
		}
	}
}

func TestTheReferenceSideHasExactlyTheOperationsOfTheContract(t *testing.T) {
	var declared, served []string
	readDocument(t).operations(func(method, path string, _ map[string]any) { declared = append(declared, method+" "+path) })
	for _, r := range routes {
		served = append(served, r.method+" "+r.path)
	}
	slices.Sort(declared)
	slices.Sort(served)
	if diff := cmp.Diff(declared, served); diff != "" {
		t.Error(diff)
	}
}

func TestEveryExampleOfTheContractFitsItsSchema(t *testing.T) {
	d, found := readDocument(t), 0
	var walk func(at string, node any)
	walk = func(at string, node any) {
		switch n := node.(type) {
		case []any:
			for i, v := range n {
				walk(fmt.Sprintf("%s/%d", at, i), v)
			}
		case map[string]any:
			schema := n["schema"]
			if schema == nil && (n["type"] != nil || n["properties"] != nil) {
				schema = n
			}
			if example, ok := n["example"]; ok && schema != nil {
				found++
				for _, f := range d.faults(at, schema, plain(t, example)) {
					t.Error(f)
				}
			}
			for k, v := range n {
				if k != "example" {
					walk(at+"/"+k, v)
				}
			}
		}
	}
	walk("", d.root)
	if found < 60 {
		t.Errorf("only %d examples were found", found)
	}
}

// plain is what the value becomes on the wire.
func plain(t *testing.T, v any) any {
	t.Helper()
	out := onTheWire(v)
	if out == nil && v != nil {
		t.Fatalf("%T does not travel as JSON", v)
	}
	return out
}

func onTheWire(v any) (out any) {
	data, err := json.Marshal(v)
	if err != nil || json.Unmarshal(data, &out) != nil {
		return nil
	}
	return out
}

// witness checks every answer against the contract and remembers which of the
// declared ones it saw.
type witness struct {
	document
	t    *testing.T
	seen map[string]bool
}

func (w *witness) look(r *http.Request, answer *httptest.ResponseRecorder) {
	path := pathOf(r.URL.Path)
	op := w.resolve(w.at("paths", path)[strings.ToLower(r.Method)])
	name := fmt.Sprintf("%s %s %d", r.Method, path, answer.Code)
	response := w.resolve(w.resolve(op["responses"])[strconv.Itoa(answer.Code)])
	if response == nil {
		w.t.Errorf("%s: not declared", name)
		return
	}
	w.seen[name] = true
	for header, node := range w.resolve(response["headers"]) {
		value := any(answer.Header().Get(header))
		schema := w.resolve(w.resolve(node)["schema"])
		if schema["type"] == "integer" {
			value, _ = strconv.Atoi(value.(string))
		}
		if answer.Header().Get(header) == "" {
			w.t.Errorf("%s: no %s", name, header)
		}
		for _, f := range w.faults(name+" "+header, schema, value) {
			w.t.Error(f)
		}
	}
	if response["content"] == nil && answer.Body.Len() == 0 {
		return
	}
	media, _, _ := mime.ParseMediaType(answer.Header().Get("Content-Type"))
	content := w.resolve(w.resolve(response["content"])[media])
	if content == nil {
		w.t.Errorf("%s: media type %q not declared", name, media)
		return
	}
	var body any = answer.Body.String()
	if strings.HasSuffix(media, "json") {
		if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
			w.t.Errorf("%s: %v", name, err)
		}
	}
	for _, f := range w.faults(name, content["schema"], body) {
		w.t.Error(f)
	}
}

func pathOf(path string) string {
	path = regexp.MustCompile(`/chunks/[^/]+`).ReplaceAllString(path, "/chunks/{n}")
	path = regexp.MustCompile(`/attachments/[^/]+`).ReplaceAllString(path, "/attachments/{aid}")
	path = regexp.MustCompile(`^/documents/[^/]+`).ReplaceAllString(path, "/documents/{document}")
	path = regexp.MustCompile(`^/services/[^/]+`).ReplaceAllString(path, "/services/{service}")
	path = regexp.MustCompile(`^/consultations/[^/]+`).ReplaceAllString(path, "/consultations/{ticket}")
	return regexp.MustCompile(`^/applications/[^/]+`).ReplaceAllString(path, "/applications/{id}")
}

func TestEveryAnswerIsDeclaredAndEveryDeclaredAnswerIsGiven(t *testing.T) {
	dir := t.TempDir()
	if err := Provision(dir, testTerminal, "inps.example"); err != nil {
		t.Fatal(err)
	}
	b := openBench(t, dir, t.TempDir())
	w := &witness{readDocument(t), t, map[string]bool{}}
	b.check = w.look

	every := func() {
		w.operations(func(method, path string, _ map[string]any) {
			b.do(method, strings.NewReplacer(
				"{id}", testID(1), "{aid}", testID(2), "{n}", "0", "{document}", "document-1", "{ticket}", "ticket-1",
				"{service}", "certificazione-unica",
			).Replace(path), nil, nil)
		})
	}
	device := b.device
	b.device = nil
	every() // 401
	b.device = device
	b.SetBusy(time.Minute)
	every() // 503
	b.SetBusy(0)
	b.SetQuota(time.Minute)
	every() // 429
	b.SetQuota(0)
	walkAccess(t, b)
	walkAttachments(t, b)
	walkFiling(t, b, w)

	var missing []string
	w.operations(func(method, path string, op map[string]any) {
		for status := range w.resolve(op["responses"]) {
			if name := method + " " + path + " " + status; !w.seen[name] {
				missing = append(missing, name)
			}
		}
	})
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("declared, never given: %v; given: %v", missing, slices.Sorted(maps.Keys(w.seen)))
	}
}

func walkAccess(t *testing.T, b *bench) {
	b.do("GET", "/status", nil, nil)
	bearer := http.Header{"Pue-Citizen": {b.token(t)}}
	walkReading(t, b, bearer)
	for _, path := range []string{"/auth/token", "/auth/revoke"} {
		b.do("POST", path, nil, nil)
		b.form(path, nil)
		b.form(path+"?token=x", nil)
	}
	b.redeem("nonsense")
	b.form("/auth/revoke", url.Values{"token": {bearer.Get("Pue-Citizen")}})
}

func walkReading(t *testing.T, b *bench, bearer http.Header) {
	ask := func(path, media, question string) {
		h := bearer.Clone()
		h.Set("Content-Type", media)
		b.do("POST", path, h, []byte(question))
	}
	for _, path := range []string{"/statement", "/services/stato-domande/query"} {
		ask(path, "application/json", `{}`)
		ask(path, "application/json", `{"behalf":"delega-unknown"}`)
		ask(path, "application/json", `{"wishes":3}`)
		ask(path, "text/plain", `{}`)
	}
	ask("/services/unknown/query", "application/json", `{}`)
	b.do("GET", "/delegations", bearer, nil)
	b.do("GET", "/slots", nil, nil)

	now := time.Now()
	kept := b.papers.keep(paper{
		pdf: []byte("%PDF-1.4 of a test"), subject: carlaCode, device: thumbprint(b.device), until: now.Add(time.Minute),
	}, 1, now)
	walkPieces(b, "/documents/"+kept.ID, bearer)
	b.do("GET", "/documents/document-1", bearer, nil)
	b.do("GET", "/catalogue", nil, nil)
	b.SetCatalogue([]byte("eyJhbGciOiJFUzI1NiJ9.eyJ2ZXJzaW9uIjo3fQ.c2lnbmF0dXJl"))
	tag := b.do("GET", "/catalogue", nil, nil).Header().Get("ETag")
	b.do("GET", "/catalogue", http.Header{"If-None-Match": {tag}}, nil)
	walkPieces(b, "/catalogue", http.Header{})

	place := b.do("POST", "/consultations", bearer, nil).Header().Get("Location")
	for _, method := range []string{"GET", "DELETE", "GET", "DELETE"} {
		b.do(method, place, bearer, nil)
	}
}

// walkPieces asks for a body, for a part of it and for what is behind its end.
func walkPieces(b *bench, path string, header http.Header) {
	for _, asked := range []string{"", "bytes=0-3", "bytes=900-"} {
		h := header.Clone()
		if asked != "" {
			h.Set("Range", asked)
		}
		b.do("GET", path, h, nil)
	}
}

func walkFiling(t *testing.T, b *bench, w *witness) {
	b.submit(b.goodSubmission(t, 1))
	b.submit(b.goodSubmission(t, 1)) // 409: sealed anew, so another body
	b.do("GET", "/applications/"+testID(1), nil, nil)
	confirmation := b.do("GET", "/applications/"+testID(1)+"/confirmation", nil, nil)
	payload, err := b64.DecodeString(strings.Split(confirmation.Body.String(), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	for _, f := range w.faults("confirmation", w.at("components", "schemas", "Confirmation"), claims) {
		t.Error(f)
	}
	b.do("GET", "/applications/"+testID(2), nil, nil)
	b.do("GET", "/applications/"+testID(2)+"/confirmation", nil, nil)
	b.SetFilingDelay(time.Hour)
	b.submit(b.goodSubmission(t, 3))
	b.do("GET", "/applications/"+testID(3), nil, nil)
	b.do("GET", "/applications/"+testID(3)+"/confirmation", nil, nil)
	b.SetFilingDelay(0)

	late := goodRecord(4)
	late["deadline"] = "2020-01-01"
	b.submit(b.seal(t, late, carla(t).sign("pue-submission+jws", late)))
	b.do("GET", "/applications/"+testID(4), nil, nil)

	method, path, header, body := b.submission(b.goodSubmission(t, 5))
	b.do(method, path, nil, body)
	for _, name := range []string{"Idempotency-Key", "Pue-Class", "Pue-Key-Id", "Digest"} {
		without := header.Clone()
		without[name] = nil
		b.do(method, path, without, body)
	}
	b.do(method, path, header, append(bytes.Clone(body), make([]byte, sealedLargest)...))
	b.submit(envelope{id: testID(5), class: "application", keyID: "0123456789abcdef", terminal: testTerminal, sealed: make([]byte, 100)})
	b.Close() // the ledger can no longer be written
	b.submit(b.goodSubmission(t, 6))
}

func TestTheContractListsTheReasonsThatTheTerminalKnows(t *testing.T) {
	d := readDocument(t)
	var listed, problems []string
	for _, reason := range d.at("components", "schemas", "Refusal")["enum"].([]any) {
		listed = append(listed, reason.(string))
	}
	for _, name := range d.at("components", "schemas", "Problem", "properties", "type")["enum"].([]any) {
		problems = append(problems, strings.TrimPrefix(name.(string), "urn:pue:problem:"))
	}
	known := outbox.Refusals()
	slices.Sort(known)
	slices.Sort(listed)
	if diff := cmp.Diff(known, listed); diff != "" {
		t.Errorf("known to the terminal and in the contract (-terminal +contract):\n%s", diff)
	}
	for _, reason := range listed {
		if !slices.Contains(problems, reason) {
			t.Errorf("%s is no problem", reason)
		}
	}
}

func TestRecordAndAssertionAreAsTheContractSays(t *testing.T) {
	d, b := readDocument(t), newBench(t)
	var fromVector any
	if err := json.Unmarshal([]byte(loadVectors(t).Record), &fromVector); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"Record": fromVector, "Assertion": plain(t, b.claims(t))} {
		for _, f := range d.faults(name, d.at("components", "schemas", name), v) {
			t.Error(f)
		}
	}
}

func TestTheManifestOfTheContractIsOneThatIsRead(t *testing.T) {
	example, err := json.Marshal(readDocument(t).at("components", "schemas", "Manifest")["example"])
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	d := json.NewDecoder(bytes.NewReader(example))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil || m.Schema != bundleSchema || len(m.Items) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	if err := m.Items[0].check(); err != nil {
		t.Error(err)
	}
}

func TestWhatTheContractDoesNotHaveIsNotServed(t *testing.T) {
	b := newBench(t)
	if w := b.do("GET", "/applications", nil, nil); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET /applications: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	for _, path := range []string{"/", "/filed", "/applications/x/y", "/auth"} {
		if w := b.do("GET", path, nil, nil); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
}
