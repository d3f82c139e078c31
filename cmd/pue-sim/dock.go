package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
)

//go:embed dock.html
var dockPage []byte

func runDock(ctx context.Context, args []string, _ *slog.Logger) error {
	f := flag.NewFlagSet("dock", flag.ContinueOnError)
	card := f.String("card", "", "control socket of the card")
	printer := f.String("printer", "", "control socket of the printer")
	inps := f.String("inps", "", "control socket of the INPS side")
	comune := f.String("comune", "", "control socket of the municipality's side")
	pued := f.String("pued", "", "control socket of the daemon, for the queue")
	kiosk := f.String("kiosk", "", "address of the kiosk page")
	listen := f.String("listen", "127.0.0.1:0", "address, loopback only")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", l.Addr())
	return serveHTTP(ctx, l, dock(through(*card), http.NotFoundHandler(), through(*printer), http.NotFoundHandler(), through(*inps), through(*comune), through(*pued), func() string { return *kiosk }))
}

// dock is one page over the knobs. kiosk gives the address of the terminal's
// page, if there is one to offer.
func dock(card, officers, printer, sheets, inps, comune, pued http.Handler, kiosk func() string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(dockPage)
	})
	mux.HandleFunc("GET /kiosk", func(w http.ResponseWriter, r *http.Request) {
		if to := kiosk(); to != "" {
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		http.NotFound(w, r)
	})
	mux.Handle("/card/", http.StripPrefix("/card", card))
	mux.Handle("/officers/", http.StripPrefix("/officers", officers))
	mux.Handle("/printer/", http.StripPrefix("/printer", printer))
	mux.Handle("/sheets/", http.StripPrefix("/sheets", sheets))
	mux.Handle("/inps/", http.StripPrefix("/inps", inps))
	mux.Handle("/comune/", http.StripPrefix("/comune", comune))
	// Of the daemon only what the dock shows: the status and the queue.
	mux.Handle("GET /pued/status", http.StripPrefix("/pued", pued))
	mux.Handle("GET /pued/queue", http.StripPrefix("/pued", pued))
	return http.NewCrossOriginProtection().Handler(mux)
}

// through forwards to an HTTP server on a Unix socket.
func through(path string) http.Handler {
	if path == "" {
		return http.NotFoundHandler()
	}
	p := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "simulator"})
	p.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	p.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug) // away for a moment: the page asks again
	return p
}
