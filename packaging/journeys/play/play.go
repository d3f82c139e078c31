// Package play walks the journeys of citizens on a running terminal: it presses
// what they press on the true pages, moves their cards, cuts the line and the
// power where a bad day would, and checks at every step what they must see.
package play

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pue/packaging/journeys/browser"
	"pue/packaging/journeys/stack"
	"pue/packaging/journeys/traces"
)

// pin is that of all simulated people.
const pin = "12345678"

// patience bounds a wait for something that happens by itself: a receipt, an
// answer of INPS after the line came back.
const patience = 3 * time.Minute

// World is what a journey happens in.
type World struct {
	Stack   *stack.Stack
	Page    *browser.Page
	Display string // where the true window is shown
	Report  *Report
}

// journey is one of them being walked.
type journey struct {
	World
	ctx      context.Context
	number   int
	err      error // the first thing that did not hold; nothing is done after it
	receipts int   // how many had been printed when it began
}

func (w World) begin(ctx context.Context, number int) *journey {
	j := &journey{World: w, ctx: ctx, number: number}
	j.step("printer answers", func() error {
		printed, err := w.Stack.Receipts(ctx)
		j.receipts = len(printed)
		return err
	})
	return j
}

// step does one thing, unless an earlier one did not hold.
func (j *journey) step(name string, do func() error) {
	if j.err != nil {
		return
	}
	j.err = j.Report.step(j.number, name, j.Page.Screen, do)
	if j.err != nil {
		j.err = errors.Join(j.err, j.picture(j.Page.Screen()+".failed"))
	}
}

// see waits for a screen with words on it and keeps its picture under its name.
func (j *journey) see(screen string, words ...string) {
	j.step("see "+screen, func() error {
		if err := j.Page.See(screen, words...); err != nil {
			return err
		}
		return j.picture(screen)
	})
}

func (j *journey) picture(name string) error {
	png, err := j.Page.Picture()
	if err != nil {
		return fmt.Errorf("picturing the page: %w", err)
	}
	return j.Report.keep(j.number, name+".png", png)
}

func (j *journey) press(act string) { j.step("press "+act, func() error { return j.Page.Press(act) }) }

func (j *journey) typePIN() { j.step("type the PIN", func() error { return j.Page.PIN(pin) }) }

func (j *journey) insert(person string) {
	j.step("card of "+person+" in", func() error { return j.Stack.InsertCard(j.ctx, person) })
}

func (j *journey) pull() {
	j.step("card out", func() error { return j.Stack.RemoveCard(j.ctx) })
}

func (j *journey) line(up bool) {
	name := map[bool]string{true: "line restored", false: "line cut"}[up]
	j.step(name, func() error { return j.Stack.Line(j.ctx, up) })
}

// photograph proves that the true window, another engine, paints what the
// citizen's browser shows.
func (j *journey) photograph(screen string) {
	j.step("window shows "+screen, func() error {
		page, err := j.Page.Picture()
		if err != nil {
			return fmt.Errorf("picturing the page: %w", err)
		}
		ctx, cancel := context.WithTimeoutCause(j.ctx, patience, errors.New("it did not in time"))
		defer cancel()
		photo, err := stack.Photograph(ctx, j.Display, page)
		return errors.Join(err, j.Report.keep(j.number, screen+".window.png", photo))
	})
}

// receipt waits for the nth receipt of this journey and checks its words; those
// after a dash must not be on it.
func (j *journey) receipt(n int, kind string, words, never []string) {
	j.step(kind+" receipt printed", func() error {
		r, err := j.nthReceipt(n)
		if err != nil {
			return err
		}
		png, err := j.Stack.Picture(j.ctx, r.Number)
		if err != nil {
			return err
		}
		err = errors.Join(j.Report.keep(j.number, "receipt-"+kind+".txt", []byte(r.Text)), j.Report.keep(j.number, "receipt-"+kind+".png", png))
		for _, w := range words {
			if !strings.Contains(r.Text, w) {
				err = errors.Join(err, fmt.Errorf("the receipt does not say %q", w))
			}
		}
		for _, w := range never {
			if strings.Contains(r.Text, w) {
				err = errors.Join(err, fmt.Errorf("the receipt says %q", w))
			}
		}
		return err
	})
}

func (j *journey) nthReceipt(n int) (stack.Receipt, error) {
	var found stack.Receipt
	err := j.until("receipt "+fmt.Sprint(n), func() (bool, error) {
		all, err := j.Stack.Receipts(j.ctx)
		if err != nil || len(all) < j.receipts+n {
			return false, err
		}
		found = all[j.receipts+n-1]
		return true, nil
	})
	return found, err
}

// until asks again and again whether something has happened.
func (j *journey) until(what string, happened func() (bool, error)) error {
	limit := time.After(patience)
	for again := time.NewTicker(50 * time.Millisecond); ; {
		yes, err := happened()
		if yes || err != nil {
			again.Stop()
			return err
		}
		select {
		case <-again.C:
		case <-limit:
			return fmt.Errorf("waited in vain for %s", what)
		case <-j.ctx.Done():
			return context.Cause(j.ctx)
		}
	}
}

// traceless searches everything the terminal's own programs wrote, and the page
// that is shown, for values of the person who was here. It first finds a control
// in each kind of place.
func (j *journey) traceless(values []string) {
	j.step("nothing personal left behind", func() error {
		places, err := j.places()
		if err != nil {
			return err
		}
		for _, value := range values {
			if err := traces.Prove(traces.Control(value), value); err != nil {
				return err
			}
		}
		for name, content := range places {
			place := traces.Look(content)
			for _, value := range values {
				if found := place.Find(value); found != nil {
					return fmt.Errorf("%s holds %.4s… %s", name, value, strings.Join(found, ", "))
				}
			}
		}
		return nil
	})
}

// controls are words known to be in a place, which a search must find there.
var controls = map[string]string{"pued.log": "terminal started", "pue.db": "session-started", "the page": "Borgo Esempio"}

func (j *journey) places() (map[string][]byte, error) {
	files, err := j.Stack.ProductFiles()
	if err != nil {
		return nil, err
	}
	places := map[string][]byte{}
	for _, file := range files {
		if places[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	source, err := j.Page.Source()
	if err != nil {
		return nil, err
	}
	places["the page"] = []byte(source)
	for name, control := range controls {
		if !bytes.Contains(places[name], []byte(control)) {
			return nil, fmt.Errorf("the search is blind: it does not see %q in %s", control, name)
		}
	}
	return places, nil
}
