package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// Each fault of the reference side, and what the client makes of it when it asks
// whether INPS is there, reads, and submits.
func TestEveryFaultOfTheLineHasItsMeaning(t *testing.T) {
	for name, c := range map[string]struct {
		fault      func(*upstreamsim.Server)
		read, send string
		contract   bool // reading says: outside the contract
	}{
		"down":            {fault: func(s *upstreamsim.Server) { s.SetLine(false) }, read: "no-line", send: "no-line"},
		"503":             {fault: func(s *upstreamsim.Server) { s.SetBusy(time.Minute) }, read: "busy", send: "busy"},
		"quota":           {fault: func(s *upstreamsim.Server) { s.SetQuota(time.Minute) }, read: "busy", send: "busy"},
		"cut at once":     {fault: func(s *upstreamsim.Server) { s.CutAnswers(0, -1) }, read: "unknown", send: "unknown"},
		"cut in the body": {fault: func(s *upstreamsim.Server) { s.CutAnswers(10, -1) }, read: "unknown", send: "unknown"},
		"portal page":     {fault: func(s *upstreamsim.Server) { s.SetPortal(upstreamsim.PortalPage) }, send: "unknown", contract: true},
		"portal redirect": {fault: func(s *upstreamsim.Server) { s.SetPortal(upstreamsim.PortalRedirect) }, send: "unknown", contract: true},
		"endless":         {fault: func(s *upstreamsim.Server) { s.SetEndless(true) }, send: "unknown", contract: true},
		"bomb":            {fault: func(s *upstreamsim.Server) { s.SetBomb(true) }, send: "unknown", contract: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			token := logIn(t, r.client, insert(t, "carla"), "")
			p := pack(t, r.client, 1)
			c.fault(r.sim)
			if err := r.client.Reachable(t.Context()); err == nil {
				t.Error("INPS is said to be there")
			}
			_, err := r.client.Statement(t.Context(), token, "")
			if meaning(err) != c.read || errors.Is(err, upstream.ErrContract) != c.contract {
				t.Errorf("read: %q, %v", meaning(err), err)
			}
			if _, err := r.client.Send(t.Context(), p); meaning(err) != c.send {
				t.Errorf("send: %q, %v", meaning(err), err)
			}
		})
	}
}

func TestTheAnswerToAnotherQuestionIsNone(t *testing.T) {
	r := newRig(t)
	carla, dino := insert(t, "carla"), insert(t, "dino")
	if _, err := r.client.Statement(t.Context(), logIn(t, r.client, carla, ""), ""); err != nil {
		t.Fatal(err)
	}
	r.sim.RepeatAnswers(1)
	if err := r.client.Reachable(t.Context()); !errors.Is(err, upstream.ErrContract) {
		t.Errorf("status, with an answer to something else: %v", err)
	}
	token := logIn(t, r.client, dino, "")
	for range 2 { // the second answer is the first one, and would fit
		if _, err := r.client.Statement(t.Context(), token, ""); err != nil {
			t.Fatal(err)
		}
	}
	r.sim.RepeatAnswers(1)
	if _, err := r.client.Statement(t.Context(), token, ""); !errors.Is(err, upstream.ErrContract) {
		t.Errorf("statement, the one before it: %v", err)
	}
	p := pack(t, r.client, 1)
	if _, err := r.client.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	r.sim.RepeatAnswers(1)
	if _, err := r.client.Ask(t.Context(), p); meaning(err) != "unknown" {
		t.Errorf("ask, with the answer before it: %q, %v", meaning(err), err)
	}
}

func TestAClockThatIsOffIsSaidToBe(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "")
	r.sim.SetClock(90 * time.Second)
	if _, err := r.client.Statement(t.Context(), token, ""); !errors.Is(err, upstream.ErrClock) {
		t.Errorf("off: %v", err)
	}
	if err := r.client.Reachable(t.Context()); !errors.Is(err, upstream.ErrClock) {
		t.Errorf("status, off: %v", err)
	}
	r.sim.SetClock(0)
	if err := r.client.Reachable(t.Context()); err != nil {
		t.Fatalf("right again: %v", err)
	}
	if _, err := r.client.Statement(t.Context(), token, ""); err != nil {
		t.Errorf("right again: %v", err)
	}
}

// arrivals is a way to INPS that tells when something has arrived there.
type arrivals struct {
	net.Listener
	told chan<- struct{}
}

func (a arrivals) Accept() (net.Conn, error) {
	c, err := a.Listener.Accept()
	return arriving{c, a.told}, err
}

type arriving struct {
	net.Conn
	told chan<- struct{}
}

func (a arriving) Read(b []byte) (int, error) {
	n, err := a.Conn.Read(b)
	if n > 0 {
		select {
		case a.told <- struct{}{}:
		default:
		}
	}
	return n, err
}

func TestASlowINPSIsWaitedForNoLongerThanTheCallerSays(t *testing.T) {
	r := newRig(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{}, 1)
	client := newClient(t, r.dir, serveOn(t, r.sim, arrivals{ln, arrived}))
	token := logIn(t, client, insert(t, "carla"), "")
	r.sim.SetSlow(time.Hour)
	<-arrived // of the log-in
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { <-arrived; cancel() }()
	if _, err := client.Statement(ctx, token, ""); meaning(err) != "unknown" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q: %v", meaning(err), err)
	}
}

func TestAnAnswerAboutAnotherPersonIsNotShown(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	r.sim.SetDelegations(carla.TaxCode.Reveal(), 1)
	token := logIn(t, r.client, carla, "")
	if _, err := r.client.Delegations(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	r.sim.MixUpCitizens(true)
	st, err := r.client.Statement(t.Context(), token, "")
	if !errors.Is(err, upstream.ErrContract) || len(st.Periods) > 0 {
		t.Errorf("statement: %d periods, %v", len(st.Periods), err)
	}
	a, err := ask(t, r.client, token, certificate(), "")
	if !errors.Is(err, upstream.ErrContract) || len(a.Facts) > 0 || a.Document != nil {
		t.Errorf("answer: %d facts, %v", len(a.Facts), err)
	}
}

func TestAConfirmationOfSomethingElseConfirmsNothing(t *testing.T) {
	for how, want := range map[string]string{
		upstreamsim.OtherID: "unknown", upstreamsim.OtherDigest: "refused", upstreamsim.OtherForm: "unknown",
	} {
		r := newRig(t)
		p := pack(t, r.client, 1)
		r.sim.SpoilConfirmations(how)
		conf, err := r.client.Send(t.Context(), p)
		if meaning(err) != want || conf.Protocol != "" {
			t.Errorf("%s: %q, %v", how, meaning(err), err)
		}
		r.sim.SpoilConfirmations("")
		if conf, err := r.client.Ask(t.Context(), p); err != nil || conf.Protocol == "" {
			t.Errorf("%s, then right: %v", how, err)
		}
		if n := len(r.sim.Filed()); n != 1 {
			t.Errorf("%s: %d filings", how, n)
		}
	}
}

func TestADocumentComesOverALineThatBreaksAllTheTime(t *testing.T) {
	r := newRig(t)
	token := logIn(t, r.client, insert(t, "carla"), "")
	a, err := ask(t, r.client, token, certificate(), "")
	if err != nil {
		t.Fatal(err)
	}
	r.sim.CutAnswers(700, -1)
	var pdf bytes.Buffer
	if err := r.client.Document(t.Context(), token, *a.Document, &pdf); err != nil || int64(pdf.Len()) != a.Document.Size {
		t.Errorf("%d bytes of %d, %v", pdf.Len(), a.Document.Size, err)
	}
	if n := r.sim.Requests()["GET /documents/{document}"]; n < 3 {
		t.Errorf("%d requests: the line did not break", n)
	}
	r.sim.CutAnswers(0, -1)
	pdf.Reset()
	err = r.client.Document(t.Context(), token, *a.Document, &pdf)
	if !errors.Is(err, outbox.ErrUnknownOutcome) || pdf.Len() > 0 {
		t.Errorf("over a line that brings nothing: %d bytes, %v", pdf.Len(), err)
	}
}

func TestTheCatalogueComesOverALineThatBreaksAllTheTime(t *testing.T) {
	r := newRig(t)
	want := longBody(t)
	r.sim.SetCatalogue(want)
	r.sim.CutAnswers(5000, -1)
	got, tag, err := r.client.Catalogue(t.Context(), "")
	if err != nil || !bytes.Equal(got, want) || tag == "" {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
	if n := r.sim.Requests()["GET /catalogue"]; n < 5 {
		t.Errorf("%d requests: the line did not break", n)
	}
}

func TestACatalogueThatGrowsBeyondMeasureIsRefused(t *testing.T) {
	for name, fault := range map[string]func(*upstreamsim.Server){
		"bomb":    func(s *upstreamsim.Server) { s.SetBomb(true) },
		"endless": func(s *upstreamsim.Server) { s.SetEndless(true) },
		"portal":  func(s *upstreamsim.Server) { s.SetPortal(upstreamsim.PortalPage) },
	} {
		r := newRig(t)
		r.sim.SetCatalogue(longBody(t))
		fault(r.sim)
		if jws, _, err := r.client.Catalogue(t.Context(), ""); !errors.Is(err, upstream.ErrContract) || jws != nil {
			t.Errorf("%s: %d bytes, %v", name, len(jws), err)
		}
	}
}
