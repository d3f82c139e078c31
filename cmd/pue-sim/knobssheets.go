package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"pue/devices/printer/ippsim"
)

// sheetsKnobs turn what a hand could do to the A4 printer, and tell what came out of it.
func sheetsKnobs(p *ippsim.Printer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /trouble", func(w http.ResponseWriter, r *http.Request) {
		err := r.ParseForm()
		if err == nil {
			p.Trouble(r.Form["reason"]...)
		}
		done(w, err)
	})
	mux.HandleFunc("POST /broken", func(w http.ResponseWriter, r *http.Request) {
		err := r.ParseForm()
		if err == nil {
			err = onOff("on", p.Break)(r.Form)
		}
		done(w, err)
	})
	mux.HandleFunc("POST /slow", func(w http.ResponseWriter, r *http.Request) {
		err := r.ParseForm()
		if err == nil {
			err = number("seconds", func(s float64) { p.SetPace(time.Duration(s * float64(time.Second))) })(r.Form)
		}
		done(w, err)
	})
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		digests := []string{}
		for _, pdf := range p.Printed() {
			sum := sha256.Sum256(pdf)
			digests = append(digests, hex.EncodeToString(sum[:]))
		}
		answer(w, map[string]any{"printed": len(digests), "waiting": p.Waiting(), "sha256": digests})
	})
	return mux
}
