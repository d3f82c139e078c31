package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// cardInfo is what puectl tells of a card.
type cardInfo struct {
	Kind              string `json:"kind"`
	TaxCode           string `json:"codice_fiscale"`
	Surname           string `json:"surname"`
	NIS               string `json:"nis"`
	Chain             string `json:"chain"`
	DocumentSigner    string `json:"document_signer"`
	SignatureVerified bool   `json:"signature_verified"`
	PIN               struct {
		OK bool `json:"ok"`
	} `json:"pin"`
	APDUs     int `json:"apdus"`
	BytesUp   int `json:"bytes_up"`
	BytesDown int `json:"bytes_down"`
}

// puectl begins to read a card; the other end gives what it told.
func (s *Stack) puectl(t *testing.T, ctx context.Context, args ...string) func() cardInfo {
	t.Helper()
	cmd := exec.CommandContext(ctx, s.bin("puectl"), append([]string{"card-info", "--json", "--show", "--pin-stdin"}, args...)...)
	cmd.Env = append(os.Environ(), "PCSCLITE_CSOCK_NAME="+s.readerSocket())
	cmd.Stdin = strings.NewReader("12345678\n")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() (info cardInfo) {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			t.Fatalf("puectl %q: %v: %s", args, err, &complaints)
		}
		if err := json.Unmarshal(out.Bytes(), &info); err != nil {
			t.Fatalf("%v: %s", err, &out)
		}
		return info
	}
}

// shows waits until the daemon's screen is the named one.
func (s *Stack) shows(t *testing.T, ctx context.Context, screen string) {
	t.Helper()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		out, err := exec.CommandContext(ctx, s.bin("puectl"), "status", "--json", "--socket", s.path("control.sock")).Output()
		if err == nil && strings.Contains(string(out), `"screen": "`+screen+`"`) {
			tick.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the screen %s did not come: %s", screen, out)
		}
	}
}

// Both kinds of card, read by the daemon that lends its reader and by the tool
// alone, by way of pcscd: the same commands, and the same to tell.
func TestATechnicianIsToldTheSameWithTheDaemonAndWithoutIt(t *testing.T) {
	bin := build(t)
	for person, kind := range map[string]string{"anna": "cns", "carla": "cie"} {
		t.Run(kind, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			s, err := Start(ctx, Options{Bin: bin, Tree: tree, Width: 1280, Height: 1024})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			s.shows(t, ctx, "welcome")
			told := s.puectl(t, ctx, "--socket", s.path("control.sock"))
			s.shows(t, ctx, "out-of-order") // from now on a card starts no visit
			if err := s.InsertCard(ctx, person); err != nil {
				t.Fatal(err)
			}
			daemon := told()
			if err := s.KillDaemon(); err != nil {
				t.Fatal(err)
			}
			alone := s.puectl(t, ctx, "--socket", s.path("nobody.sock"),
				"--anchors", s.path("anchors"), "--document-anchors", s.path("document-anchors"))()
			if alone != daemon {
				t.Errorf("alone: %+v, by the daemon: %+v", alone, daemon)
			}
			if alone.Kind != kind || alone.Chain != "ok" || !alone.PIN.OK || !alone.SignatureVerified || alone.TaxCode == "" {
				t.Errorf("%+v", alone)
			}
			if cie := kind == "cie"; cie != (alone.NIS != "") || cie != (alone.DocumentSigner == "ok") {
				t.Errorf("what only a CIE says: %+v", alone)
			}
		})
	}
}
