package session

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/kiosk/catalog"
	"pue/kiosk/upstream"
)

var ofComune = NoticeView{Controller: "Comune di Esempio", Contact: "protocollo@comune.example", Version: "comune-3"}

func TestTheNoticeOfAnotherAuthorityIsReadOnceBeforeItsFirstQuestion(t *testing.T) {
	s := begin(t)
	s.m.notices = map[string]NoticeView{"comune": ofComune}
	s.logsIn("anna").touches(Open, "comunale").wants(NoticeOther)
	if diff := cmp.Diff(&ofComune, s.view().Notice); diff != "" {
		t.Error(diff)
	}
	s.touches(PrintIt, "")
	if !slices.ContainsFunc(s.effects, func(e Effect) bool {
		p, ok := e.(Print)
		return ok && p.Order.Kind == PaperNotice && p.Order.Destination == "comune"
	}) {
		t.Errorf("printing asks for %+v", s.effects)
	}
	s.touches(StopWaiting, "").wants(NoticeOther).touches(GoBack, "").wants(Home)
	s.touches(Open, "comunale").wants(NoticeOther).touches(Continue, "").wants(Form)
	s.touches(GoBack, "").wants(Home).touches(Open, "comunale").wants(Form)
	s.pulls().inserts("bruno").touches(Continue, "").typesPIN().happens(LoggedIn{Visit: s.s.Visit})
	s.touches(Open, "comunale").wants(NoticeOther)
	s.touches(GoBack, "").opens("naspi").wants(Form) // INPS's own was read at the door
}

func TestWhatGoesToAnAuthorityThatIsNotConfiguredIsNotOffered(t *testing.T) {
	s := begin(t).logsIn("anna")
	has := func() bool {
		return slices.ContainsFunc(s.m.offered(&s.s), func(s *catalog.Service) bool { return s.ID == "comunale" })
	}
	if !has() {
		t.Fatal("the service of the municipality is never offered")
	}
	s.m.filing = []string{"inps"}
	if has() {
		t.Error("it is offered although nobody would receive it")
	}
}

func TestAKeyThatIsMissingStopsOnlyWhatIsSealedToIt(t *testing.T) {
	for missing, open := range map[string]string{"comune": "naspi", "inps": "comunale"} {
		s := begin(t).logsIn("anna")
		s.happens(UpkeepChanged{Upkeep{Keys: []KeyTrouble{{Destination: missing, Missing: true}}}})
		s.opens(open)
		if screen := s.s.visible(); screen == Unavailable {
			t.Errorf("without the key of %s, %s cannot be had", missing, open)
		}
		s.touches(GoHome, "").touches(GoBack, "")
		other := map[string]string{"comune": "comunale", "inps": "naspi"}[missing]
		if s.wants(Home).touches(Open, other).wants(Unavailable); s.s.Fault != FaultNoKey {
			t.Errorf("without the key of %s, %s is refused for %v", missing, other, s.s.Fault)
		}
	}
}

func TestAnAuthoritysOwnLineDecidesWhetherAFilingIsWaitedFor(t *testing.T) {
	up, down := devices.Status{State: devices.Ready}, devices.Status{State: devices.Absent}
	s := begin(t)
	for _, c := range []struct {
		inps, comune       devices.Status
		toINPS, toComune   bool
		comuneIsConfigured bool
	}{{up, down, true, false, true}, {down, up, false, true, true}, {up, down, true, false, false}} {
		s.happens(DeviceChanged{Name: "line", Status: c.inps})
		s.s.LineComune = nil
		if c.comuneIsConfigured {
			s.happens(DeviceChanged{Name: "line-comune", Status: c.comune})
		}
		if s.s.reaches("inps") != c.toINPS || s.s.reaches("comune") != c.toComune {
			t.Errorf("%+v: INPS %t, Comune %t", c, s.s.reaches("inps"), s.s.reaches("comune"))
		}
	}
}

func TestEachAuthoritysKeysAreLookedAfter(t *testing.T) {
	ends := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	good, soon := &testINPS{}, &testINPS{sealing: upstream.SealingStatus{Until: ends, Warn: true}}
	none := &testINPS{noKey: upstream.ErrNoSealingKey}
	for name, c := range map[string]struct {
		filing map[string]Filing
		want   []KeyTrouble
	}{
		"all well":           {map[string]Filing{"inps": {Packer: good}, "comune": {Packer: good}}, nil},
		"one ends":           {map[string]Filing{"inps": {Packer: good}, "comune": {Packer: soon}}, []KeyTrouble{{Destination: "comune", Ends: ends}}},
		"one gone, one ends": {map[string]Filing{"inps": {Packer: soon}, "comune": {Packer: none}}, []KeyTrouble{{Destination: "comune", Missing: true}, {Destination: "inps", Ends: ends}}},
	} {
		if diff := cmp.Diff(c.want, keyTrouble(c.filing, time.Now())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestARecordSaysWhomItIsForAndWhichNoticeWasRead(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		comune := &testINPS{}
		w.o.Filing["comune"] = Filing{comune, ofComune}
		w.m.filing, w.m.notices = authorities(w.o.Filing), notices(w.o.Filing)
		w.logIn(t)
		w.open("comunale")
		w.wants(t, NoticeOther)
		w.touch(Continue, "")
		for range 6 {
			w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: Form, Act: Answer, Fields: map[string]string{
				"mesi": "01", "figlio_cf.1": "SMPNNA63E54Z999V", "figlio_altro.1": "no", "dichiaro": "yes",
			}})
			synctest.Wait()
		}
		w.wants(t, Review)
		w.touch(Confirm, "")
		w.typePIN("12345678")
		time.Sleep(filingPatience)
		synctest.Wait()
		w.wants(t, Result)
		if r := comune.record; r.Destination != "comune" || r.NoticeVersion != "comune-3" || r.Service != "comunale" {
			t.Errorf("the Comune got %+v", r)
		}
		if w.inps.record.ID != "" {
			t.Error("INPS was to get it too")
		}
		if n := len(w.outbox.stored); n != 1 {
			t.Errorf("%d stored", n)
		}
	})
}
