package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
)

// Receipt is what the printer printed.
type Receipt struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// Filed is one submission as INPS has it.
type Filed struct {
	ID       string
	Protocol string
}

// PrintTest is what puectl tells of the terminal's own printer.
type PrintTest struct {
	State  string `json:"state"`
	Reason string `json:"reason"`
	Bytes  int    `json:"bytes"`
	Millis int    `json:"ms"`
	Model  string `json:"model"`
}

// PrintTest has puectl try the printer as the terminal is configured to drive it.
func (s *Stack) PrintTest(ctx context.Context) (told PrintTest, err error) {
	// The exit code says the same as the state.
	out, err := exec.CommandContext(ctx, s.bin("puectl"), "print-test", "--config", s.path("config.yaml"), "--json").Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return told, fmt.Errorf("trying the printer: %w", err)
	}
	if err := json.Unmarshal(out, &told); err != nil {
		return told, fmt.Errorf("reading what puectl says of the printer: %w", err)
	}
	return told, nil
}

// knob asks a simulator on its control socket.
func knob(ctx context.Context, socket, method, path string) ([]byte, error) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://simulator"+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("turning a knob: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("turning a knob: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, res.Status, bytes.TrimSpace(body))
	}
	return body, nil
}

func (s *Stack) post(ctx context.Context, simulator, path string) error {
	_, err := knob(ctx, s.knobs(simulator), http.MethodPost, path)
	return err
}

// InsertCard puts the card of an invented person into the reader.
func (s *Stack) InsertCard(ctx context.Context, person string) error {
	return s.post(ctx, "card", "/insert?person="+person)
}

// RemoveCard pulls the card out.
func (s *Stack) RemoveCard(ctx context.Context) error { return s.post(ctx, "card", "/remove") }

// Line cuts the line to INPS or restores it.
func (s *Stack) Line(ctx context.Context, up bool) error {
	return s.post(ctx, "inps", fmt.Sprintf("/line?up=%t", up))
}

// Filed is what INPS has.
func (s *Stack) Filed(ctx context.Context) ([]Filed, error) {
	var list []Filed
	return list, s.get(ctx, "inps", "/filed", &list)
}

// Receipts are what the printer printed so far.
func (s *Stack) Receipts(ctx context.Context) ([]Receipt, error) {
	var list []Receipt
	return list, s.get(ctx, "printer", "/receipts", &list)
}

// Picture is a receipt as people see it, a PNG.
func (s *Stack) Picture(ctx context.Context, number int) ([]byte, error) {
	return knob(ctx, s.knobs("printer"), http.MethodGet, fmt.Sprintf("/receipts/%d.png", number))
}

func (s *Stack) get(ctx context.Context, simulator, path string, into any) error {
	body, err := knob(ctx, s.knobs(simulator), http.MethodGet, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("reading what the %s simulator says: %w", simulator, err)
	}
	return nil
}
