package trust_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"pue/devices/smartcard/trust"
)

func TestOnlyPublicAddressesAreReached(t *testing.T) {
	for text, want := range map[string]bool{
		"193.204.114.233": true, "2001:760:2::1": true, "::ffff:193.204.114.233": true,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "::ffff:192.168.1.1": false, "fd00::1": false,
		"169.254.169.254": false, "fe80::1": false, "100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "ff02::1": false,
	} {
		if got := trust.Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// A server on the loopback that sends everybody elsewhere, or asks for patience.
func TestAServerCannotSendTheTerminalWhereItLikes(t *testing.T) {
	b := newBench(t, nil)
	list := makeList(t, b.issuer, authorityKey(), now, nil)
	routes := http.NewServeMux()
	routes.HandleFunc("/list", func(w http.ResponseWriter, _ *http.Request) { w.Write(list) })
	routes.HandleFunc("/once", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/list", http.StatusFound) })
	routes.HandleFunc("/ever", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ever", http.StatusFound) })
	routes.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	routes.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://192.168.1.1/list", http.StatusFound)
	})
	routes.HandleFunc("/zipped", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Error("the list is asked for packed")
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(list[:10])
	})
	server := httptest.NewServer(routes)
	defer server.Close()
	home := netip.MustParseAddr("127.0.0.1")
	client := trust.Client(new(net.Dialer).DialContext, func(a netip.Addr) bool { return a == home })
	for path, want := range map[string]bool{"/list": true, "/once": true, "/ever": false, "/file": false, "/away": false, "/zipped": false, "/none": false} {
		template := leaf()
		template.CRLDistributionPoints = []string{server.URL + path}
		card := sign(t, template, b.issuer, cardKey().Public(), authorityKey())
		r, err := trust.OpenRevocations(trust.RevocationOptions{
			Anchors: b.anchors, Folder: t.TempDir(), Client: client, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Check(context.Background(), card); (got != unknown) != want {
			t.Errorf("%s: %+v", path, got)
		}
		r.Close()
	}
}
