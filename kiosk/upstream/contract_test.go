package upstream_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"pue/kiosk/outbox"
)

// consultations are in the contract for the terminals with an officer of INPS on
// the screen; this client has no use for them yet.
func notUsed(operation string) bool { return strings.Contains(operation, "/consultations") }

// Every operation of the contract is asked for by the client, over TLS, and
// answered by the reference side.
func TestTheClientUsesEveryOperationOfTheContract(t *testing.T) {
	r := newRoad(t)
	carla := insert(t, "carla")
	r.sim.SetCatalogue(longBody(t))
	if err := r.client.Reachable(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.client.Catalogue(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if _, err := r.client.Slots(t.Context()); err != nil {
		t.Error(err)
	}
	token := logIn(t, r.client, carla, "")
	if _, err := r.client.Delegations(t.Context(), token); err != nil {
		t.Error(err)
	}
	if _, err := r.client.Statement(t.Context(), token, ""); err != nil {
		t.Error(err)
	}
	if pdf := fetch(t, r.client, token); !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Error("the document is none")
	}
	if err := r.client.Revoke(t.Context(), token); err != nil {
		t.Error(err)
	}
	document := r.attach(scan(1, 1000), nil)
	if e := r.send(r.confirm(1, document)); e.State != outbox.Filed {
		t.Errorf("the submission is %s", e.State)
	}

	var declared []string
	for _, operation := range operations(t) {
		if !notUsed(operation) {
			declared = append(declared, operation)
		}
	}
	slices.Sort(declared)
	if diff := cmp.Diff(declared, slices.Sorted(maps.Keys(r.sim.Requests()))); diff != "" {
		t.Errorf("declared and asked for (-declared +asked):\n%s", diff)
	}
}

// operations are those of openapi.yaml, "GET /status".
func operations(t *testing.T) (all []string) {
	t.Helper()
	var document struct {
		Paths map[string]map[string]any
	}
	if err := yaml.Unmarshal(readFile(t, "openapi.yaml"), &document); err != nil {
		t.Fatal(err)
	}
	for path, item := range document.Paths {
		for method := range item {
			if method != "parameters" {
				all = append(all, strings.ToUpper(method)+" "+path)
			}
		}
	}
	return all
}
