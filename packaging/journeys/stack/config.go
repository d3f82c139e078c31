package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"pue/devices/smartcard/cardsim"
	"pue/kiosk/upstream/upstreamsim"
)

// Terminal is the number of the invented terminal.
const Terminal = "PUE-0421"

// writeConfig makes the terminal's configuration from the example, as a
// technician would: by changing what differs, and asking puectl.
func (s *Stack) writeConfig(ctx context.Context) error {
	example, err := os.ReadFile(filepath.Join(s.o.Tree, "config.example.yaml"))
	if err != nil {
		return fmt.Errorf("reading the example: %w", err)
	}
	if err := os.MkdirAll(s.path("scans"), 0o700); err != nil {
		return err
	}
	anchors, documents, err := cardsim.Provision(s.dir)
	if err != nil {
		return err
	}
	fingerprint, err := exec.CommandContext(ctx, s.bin("pue-sim"), "card", "cns", "--person", "olga", "--fingerprint").Output()
	if err != nil {
		return fmt.Errorf("enrolling the officer: %w", err)
	}
	keys, err := upstreamsim.SealingKeys(s.path("keys"))
	if err != nil {
		return fmt.Errorf("asking INPS for its sealing keys: %w", err)
	}
	ofComune, err := upstreamsim.SealingKeys(s.path("keys-comune"))
	if err != nil {
		return fmt.Errorf("asking the municipality for its sealing keys: %w", err)
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	text := string(example)
	for _, change := range [][2]string{
		{"diagonal_inches: 21.5", "diagonal_inches: 17"},
		{"width: 1920", fmt.Sprintf("width: %d", s.o.Width)},
		{"height: 1080", fmt.Sprintf("height: %d", s.o.Height)},
		{"anchors: /etc/pue/anchors", "anchors: " + anchors},
		{"document_anchors: /etc/pue/document-anchors", "document_anchors: " + documents},
		{"device: /dev/ttyUSB0", "device: " + s.path("printer")},
		{"printer: ipps://stampante.comune.borgo-esempio.example/ipp/print", "printer: " + s.sheetsAddress()},
		{"ca: /etc/pue/documents-ca.pem", "ca: " + s.path("keys", "ca.pem")},
		{"folder: /srv/pue-scans", "folder: " + s.path("scans")},
		{"url: https://pue.inps.example/v1", "url: " + s.inpsURL},
		{"ca: /etc/pue/inps/ca.pem", "ca: " + s.path("keys", "ca.pem")},
		{"certificate: /etc/pue/inps/terminal.pem", "certificate: " + s.path("keys", "terminal.pem")},
		{"key: /etc/pue/inps/terminal.key", "key: " + s.path("keys", "terminal-key.pem")},
		{"file: /etc/pue/inps/sealing-2026.pub", "file: " + s.path("keys", keys[0].File)},
		{`from: "2026-07-01"`, "from: " + strconv.Quote(keys[0].From)},
		{`until: "2027-08-31"`, "until: " + strconv.Quote(keys[0].Until)},
		{"- file: /etc/pue/inps/sealing-2027.pub", "- file: " + s.path("keys", keys[1].File)},
		{`from: "2027-07-01"`, "from: " + strconv.Quote(keys[1].From)},
		{`until: "2028-08-31"`, "until: " + strconv.Quote(keys[1].Until)},
		{"confirmation: /etc/pue/inps/confirmation.pub", "confirmation: " + s.path("keys", "confirmation.pem")},
		{"url: https://sportello.comune.borgo-esempio.example/v1", "url: " + s.comuneURL},
		{"ca: /etc/pue/comune/ca.pem", "ca: " + s.path("keys-comune", "ca.pem")},
		{"certificate: /etc/pue/comune/terminal.pem", "certificate: " + s.path("keys-comune", "terminal.pem")},
		{"key: /etc/pue/comune/terminal.key", "key: " + s.path("keys-comune", "terminal-key.pem")},
		{"file: /etc/pue/comune/sealing-2026.pub", "file: " + s.path("keys-comune", ofComune[0].File)},
		{`from: "2026-09-01"`, "from: " + strconv.Quote(ofComune[0].From)},
		{`until: "2027-12-31"`, "until: " + strconv.Quote(ofComune[0].Until)},
		{"confirmation: /etc/pue/comune/confirmation.pub", "confirmation: " + s.path("keys-comune", "confirmation.pem")},
		{"certificate: /etc/pue/inps/catalogue.pem", "certificate: " + s.path("keys", "catalogue.pem")},
		{"name: Marta R.", "name: Olga R."},
		{`card_sha256: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"`, "card_sha256: " + strconv.Quote(strings.TrimSpace(string(fingerprint)))},
		{"directory: /var/lib/pue", "directory: " + s.path("data")},
		{"ui: /run/pue/ui.sock", "ui: " + s.path("ui.sock")},
		{"control: /run/pue/control.sock", "control: " + s.path("control.sock")},
		{"ui_users: [pue-ui]", "ui_users: [" + me.Username + "]"},
		{"control_users: [root]", "control_users: [" + me.Username + "]"},
	} {
		old, changed := "  "+change[0]+"\n", "  "+change[1]+"\n"
		if strings.Count(text, old) != 1 {
			return fmt.Errorf("making the configuration: the example has no single line %q", change[0])
		}
		text = strings.Replace(text, old, changed, 1)
	}
	if err := os.WriteFile(s.path("config.yaml"), []byte(text), 0o600); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, s.bin("puectl"), "config", "check", s.path("config.yaml")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("checking the configuration made from the example: %w\n%s", err, out)
	}
	return nil
}
