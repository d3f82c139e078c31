package play

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// anna is the invented citizen: what her card says of her, none of which may
// stay behind.
var anna = []string{"SMPNNA63E54Z999V", pin}

// enzo is the invented citizen with a CIE, which says who he is after the PIN alone.
var enzo = []string{"CMPNZE51R30Z999G", pin}

// application is what Enzo writes into the form for NASpI.
var application = map[string]string{
	"telefono":              "0423 555 0199",
	"email":                 "",
	"indirizzo":             "Via della Prova 12",
	"comune":                "Borgo Inventato",
	"cap":                   "31099",
	"provincia":             "TV",
	"datore_denominazione":  "Officine Inventate Srl",
	"datore_codice":         "80078750587",
	"tipo_rapporto":         "tempo_determinato",
	"data_inizio":           "01/02/2020",
	"data_cessazione":       "31/10/2026",
	"causale":               "fine_contratto",
	"altra_attivita":        "no",
	"iban":                  "IT60X0542811101000000123456",
	"did":                   "yes",
	"pensione_o_invalidita": "no",
	"dichiara_vero":         "yes",
	"intestatario_conferma": "yes",
	"dichiara_avviso":       "yes",
}

// written are those of his answers that name him, in the forms they take.
var written = []string{"IT60X0542811101000000123456", "4235550199", "423 555 0199", "Via della Prova", "Borgo Inventato", "Officine Inventate"}

// Statement is journey 1: the contribution statement is seen and printed, and
// the next person finds nothing.
func Statement(ctx context.Context, w World) error {
	j := w.begin(ctx, 1)
	j.see("welcome")
	j.photograph("welcome")
	j.press("start")
	j.see("notice")
	j.press("continue")
	j.see("insert-card")
	j.insert("anna")
	j.see("pin")
	j.hides("Anna", "ANNA", "ESEMPIO")
	j.typePIN()
	j.see("home", "Anna")
	j.open("see", "estratto-contributivo")
	j.see("statement", "settimane")
	j.photograph("statement")
	j.press("table:1")
	j.see("statement-table")
	j.press("print")
	j.see("printed")
	j.receipt(1, "statement", []string{"PUE-0421"}, anna)
	j.press("taken")
	j.see("home", "Anna")
	j.pull()
	j.see("removed")
	j.hides("Anna", "ANNA", "ESEMPIO")
	j.see("welcome")
	j.hides("Anna", "ANNA", "ESEMPIO", "settimane")
	j.step("nothing was submitted", func() error {
		filed, err := w.Stack.Filed(ctx)
		if err == nil && len(filed) > 0 {
			err = fmt.Errorf("INPS has %d submissions", len(filed))
		}
		return err
	})
	return j.err
}

// Application is journey 2: NASpI is asked for with a CIE while INPS is unreachable, the
// daemon dies, and INPS gets the application once all the same.
func Application(ctx context.Context, w World) error {
	j := w.begin(ctx, 2)
	j.see("welcome")
	j.line(false)
	j.press("start")
	j.see("notice")
	j.press("continue")
	j.see("insert-card")
	j.insert("enzo")
	j.see("pin")
	j.typePIN()
	j.see("home", "Enzo")
	j.open("ask", "naspi")
	j.see("bring")
	j.press("continue")
	j.see("form")
	j.fill()
	j.see("review")
	j.press("confirm")
	j.see("sign-pin")
	j.typePIN()
	j.see("result", "PUE-0421-")
	j.photograph("result")
	j.press("print")
	j.see("printed")
	j.receipt(1, "local", []string{"PUE-0421-", "NON"}, slices.Concat(enzo, written, []string{"INPS.7003"}))
	j.step("INPS has nothing yet", func() error { return j.filed(0) })

	j.step("kill -9", w.Stack.KillDaemon)
	j.step("daemon starts again", func() error { return w.Stack.StartDaemon(ctx) })
	j.see("notice") // the card is still in; whose it is, nobody says before the PIN
	j.hides(slices.Concat(written, []string{"Enzo"})...)
	j.press("exit")
	j.see("goodbye")
	j.pull()
	j.see("welcome")
	j.line(true)
	j.step("INPS has it", func() error {
		return j.until("INPS to have the application", func() (bool, error) {
			filed, err := w.Stack.Filed(ctx)
			return len(filed) > 0, err
		})
	})

	j.insert("enzo")
	j.see("notice")
	j.press("continue")
	j.see("pin")
	j.typePIN()
	j.see("home", "Enzo")
	j.press("open:requests")
	protocol := j.protocol()
	j.see("requests", protocol)
	j.step("filed exactly once", func() error { return j.filed(1) })
	j.step("open it", j.openFirst)
	j.see("request", protocol)
	j.photograph("request")
	j.press("print")
	j.see("printed")
	j.receipt(2, "final", []string{protocol}, slices.Concat(enzo, written))
	j.photograph("printed")
	j.press("taken")
	j.see("request", protocol)
	j.pull()
	j.see("removed")
	j.see("welcome")
	j.hides(slices.Concat(written, []string{"Enzo", protocol})...)
	j.traceless(slices.Concat(enzo, written, []string{"naspi", "NASpI"})) // which service it was is nobody's business
	return j.err
}

// fill answers question after question until the form is done, keeping a
// picture of each.
func (j *journey) fill() {
	j.step("fill the form", func() error {
		for range 30 {
			if j.Page.Screen() != "form" {
				return nil
			}
			step, err := j.Page.Answer(application)
			if err != nil {
				return fmt.Errorf("question %s: %w", step, err)
			}
			if j.Page.Screen() == "form" {
				if err := j.picture("form"); err != nil {
					return err
				}
			}
		}
		return fmt.Errorf("the form does not end")
	})
}

// hides demands that words are nowhere in the page.
func (j *journey) hides(words ...string) {
	j.step("nothing personal on "+j.Page.Screen(), func() error {
		source, err := j.Page.Source()
		if err != nil {
			return err
		}
		for _, w := range words {
			if w != "" && strings.Contains(source, w) {
				return fmt.Errorf("the page says %q", w)
			}
		}
		return nil
	})
}

func (j *journey) filed(want int) error {
	filed, err := j.Stack.Filed(j.ctx)
	if err == nil && len(filed) != want {
		err = fmt.Errorf("INPS has %d submissions, want %d", len(filed), want)
	}
	return err
}

// protocol is the number that INPS gave the only submission it has.
func (j *journey) protocol() (number string) {
	j.step("protocol arrived", func() error {
		filed, err := j.Stack.Filed(j.ctx)
		if err == nil && (len(filed) != 1 || filed[0].Protocol == "") {
			err = fmt.Errorf("INPS has %+v", filed)
		}
		if err == nil {
			number = filed[0].Protocol
		}
		return err
	})
	return number
}

// open presses a service, in its group where services stand in groups.
func (j *journey) open(group, service string) {
	j.step("open "+service, func() error {
		if err := j.Page.OpenGroup(group); err != nil {
			return err
		}
		return j.Page.Press("open:" + service)
	})
}

// openFirst presses the newest request.
func (j *journey) openFirst() error {
	var act string
	if err := j.Page.Ask(`(document.querySelector('button[value^="open:"]') || {value: ""}).value`, &act); err != nil {
		return err
	}
	if act == "" {
		return fmt.Errorf("the list is empty")
	}
	return j.Page.Press(act)
}
