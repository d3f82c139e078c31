package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"pue/devices/printer/printersim"
)

// printerKnobs turn what a hand could do to a printer, and show its paper.
func printerKnobs(s *printersim.Sim) http.Handler {
	mux := http.NewServeMux()
	for name, turn := range printerTurns(s) {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			err := r.ParseForm()
			if err == nil {
				err = turn(r.Form)
			}
			done(w, err)
		})
	}
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.State()) })
	mux.HandleFunc("GET /receipts", func(w http.ResponseWriter, _ *http.Request) {
		type receipt struct {
			Number int    `json:"number"`
			Text   string `json:"text"`
		}
		list := []receipt{}
		for _, r := range s.Receipts() {
			list = append(list, receipt{r.Number, r.Text})
		}
		answer(w, list)
	})
	mux.HandleFunc("GET /receipts/{file}", func(w http.ResponseWriter, r *http.Request) {
		for _, receipt := range s.Receipts() {
			if showReceipt(w, receipt, r.PathValue("file")) {
				return
			}
		}
		http.NotFound(w, r)
	})
	return mux
}

// printerTurns are the knobs by name, each with the form that turns it.
func printerTurns(s *printersim.Sim) map[string]func(url.Values) error {
	return map[string]func(url.Values) error{
		"paper":  onOff("on", s.SetPaper),
		"low":    onOff("on", s.SetPaperLow),
		"cover":  onOff("open", s.SetCover),
		"cutter": onOff("stuck", s.SetCutterJam),
		"jam":    onOff("on", s.SetJam),
		"hot":    onOff("on", s.SetHot),
		"broken": onOff("on", s.SetBroken),
		"mute":   onOff("on", s.SetMute),
		"stall":  onOff("on", s.SetStalled),
		"left":   number("mm", s.SetPaperLeft),
		"speed":  number("mm", s.SetSpeed),
		"flood":  count("bytes", s.SetFlood),
		"take":   button(s.Take),
		"tear":   button(s.Tear),
		"power":  button(s.PowerCycle),
		"cable": onOff("on", func(in bool) {
			if in {
				s.Plug()
			} else {
				s.Unplug()
			}
		}),
	}
}

func number(key string, turn func(float64)) func(url.Values) error {
	return func(form url.Values) error {
		n, err := strconv.ParseFloat(form.Get(key), 64)
		if err == nil {
			turn(n)
		}
		return err
	}
}

func button(push func()) func(url.Values) error {
	return func(url.Values) error {
		push()
		return nil
	}
}

// showReceipt answers with the receipt if the file is one of its forms.
func showReceipt(w http.ResponseWriter, r printersim.Receipt, file string) bool {
	switch file {
	case fmt.Sprintf("%d.png", r.Number):
		w.Header().Set("Content-Type", "image/png")
		w.Write(r.PNG())
	case fmt.Sprintf("%d.json", r.Number):
		answer(w, r.Items)
	case fmt.Sprintf("%d.bin", r.Number):
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write(r.Bytes)
	default:
		return false
	}
	return true
}
