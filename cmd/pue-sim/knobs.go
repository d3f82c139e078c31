package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"pue/devices/smartcard/cardsim"
)

// The knobs of a simulator are a few POST addresses, the same in this process
// and on a control socket, so that the dock, a script and a test turn the same
// ones.

// slot is a place that takes one simulated card at a time.
type slot interface {
	insert(c *cardsim.Card) error
	remove() error
	slip() error // off the plate and back
}

// plug is a slot whose reader has a cable.
type plug interface{ plug(in bool) error }

func cardKnobs(s slot) http.Handler {
	mux := http.NewServeMux()
	person := ""
	mux.HandleFunc("POST /insert", func(w http.ResponseWriter, r *http.Request) {
		c, err := cardsim.Person(r.FormValue("person"))
		if err == nil {
			err = s.insert(c)
		}
		if err == nil {
			person = r.FormValue("person")
		}
		done(w, err)
	})
	mux.HandleFunc("POST /remove", func(w http.ResponseWriter, _ *http.Request) {
		person = ""
		done(w, s.remove())
	})
	mux.HandleFunc("POST /slip", func(w http.ResponseWriter, _ *http.Request) { done(w, s.slip()) })
	if p, ok := s.(plug); ok {
		mux.HandleFunc("POST /cable", func(w http.ResponseWriter, r *http.Request) {
			in, err := strconv.ParseBool(r.FormValue("on"))
			if err == nil {
				err = p.plug(in)
			}
			done(w, err)
		})
	}
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"person": person})
	})
	return oneAtATime(mux)
}

func done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v) // an error here is the peer's hanging up
}

// oneAtATime makes two hands on the same knob take turns.
func oneAtATime(h http.Handler) http.Handler {
	turn := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn <- struct{}{}
		defer func() { <-turn }()
		h.ServeHTTP(w, r)
	})
}

// serveKnobs offers knobs on a Unix socket until ctx ends. Without a path it
// only waits.
func serveKnobs(ctx context.Context, path string, h http.Handler) error {
	if path == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("opening the control socket: %w", err)
	}
	return serveHTTP(ctx, l, h)
}

func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return ctx.Err()
}
