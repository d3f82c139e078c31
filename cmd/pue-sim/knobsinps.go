package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"pue/devices/smartcard/cardsim"
	"pue/kiosk/upstream/upstreamsim"
)

// inpsKnobs turn the faults of the reference side on and off, and tell what its
// books say.
func inpsKnobs(s *upstreamsim.Server) http.Handler {
	mux := http.NewServeMux()
	for name, turn := range inpsFaults(s) {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			err := r.ParseForm()
			if err == nil {
				err = turn(r.Form)
			}
			done(w, err)
		})
	}
	mux.HandleFunc("POST /catalogue", func(w http.ResponseWriter, r *http.Request) {
		jws, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
		if err == nil {
			s.SetCatalogue(jws)
		}
		done(w, err)
	})
	mux.HandleFunc("GET /filed", func(w http.ResponseWriter, _ *http.Request) {
		filed := s.Filed()
		if filed == nil {
			filed = []upstreamsim.Filed{}
		}
		answer(w, filed)
	})
	mux.HandleFunc("POST /bundle", receiveBundle(s))
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.Requests()) })
	return mux
}

// inpsFaults are the knobs by name, each with the form that turns it.
func inpsFaults(s *upstreamsim.Server) map[string]func(url.Values) error {
	return map[string]func(url.Values) error{
		"line":          onOff("up", s.SetLine),
		"busy":          seconds(s.SetBusy),
		"quota":         seconds(s.SetQuota),
		"slow":          seconds(s.SetSlow),
		"clock":         seconds(s.SetClock),
		"lose":          count("n", s.LoseAnswers),
		"repeat":        count("n", s.RepeatAnswers),
		"endless":       onOff("on", s.SetEndless),
		"bomb":          onOff("on", s.SetBomb),
		"mixup":         onOff("on", s.MixUpCitizens),
		"signing":       oneOf("how", func(how string) { s.SetSigning(upstreamsim.Signing(how)) }, "", "unsigned", "forged"),
		"portal":        oneOf("kind", func(k string) { s.SetPortal(upstreamsim.Portal(k)) }, "", "page", "redirect"),
		"confirmations": oneOf("wrong", s.SpoilConfirmations, "", upstreamsim.OtherID, upstreamsim.OtherDigest, upstreamsim.OtherForm),
		"cut": func(form url.Values) error {
			after, err1 := strconv.Atoi(form.Get("after"))
			answers, err2 := strconv.Atoi(form.Get("answers"))
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			s.CutAnswers(after, answers)
			return nil
		},
		"delegations": func(form url.Values) error {
			c, err := cardsim.Person(form.Get("person"))
			if err != nil {
				return err
			}
			return count("n", func(n int) { s.SetDelegations(c.Holder().TaxCode, n) })(form)
		},
	}
}

func onOff(key string, turn func(bool)) func(url.Values) error {
	return func(form url.Values) error {
		on, err := strconv.ParseBool(form.Get(key))
		if err == nil {
			turn(on)
		}
		return err
	}
}

func seconds(turn func(time.Duration)) func(url.Values) error {
	return count("seconds", func(n int) { turn(time.Duration(n) * time.Second) })
}

func count(key string, turn func(int)) func(url.Values) error {
	return func(form url.Values) error {
		n, err := strconv.Atoi(form.Get(key))
		if err == nil {
			turn(n)
		}
		return err
	}
}

func oneOf(key string, turn func(string), allowed ...string) func(url.Values) error {
	return func(form url.Values) error {
		for _, a := range allowed {
			if form.Get(key) == a {
				turn(a)
				return nil
			}
		}
		return fmt.Errorf("%s is none of %q", key, allowed)
	}
}
