package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
	"pue/kiosk/audit"
)

var quiet = slog.New(slog.DiscardHandler)

func TestOnlyAllowedUsersAreLetIn(t *testing.T) {
	for _, c := range []struct {
		allowed []int
		in      bool
	}{{[]int{os.Getuid()}, true}, {[]int{os.Getuid() + 1}, false}, {nil, false}} {
		raw, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
		if err != nil {
			t.Fatal(err)
		}
		l := admit(raw, c.allowed, quiet)
		accepted := make(chan net.Conn, 1)
		go func() {
			defer close(accepted)
			if conn, err := l.Accept(); err == nil {
				accepted <- conn
			}
		}()
		conn, err := net.Dial("unix", raw.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if c.in {
			(<-accepted).Close()
		} else if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("allowed %v: read %d bytes", c.allowed, n)
		}
		conn.Close()
		l.Close()
		if _, more := <-accepted; more {
			t.Errorf("allowed %v: let in", c.allowed)
		}
	}
}

func TestASocketThatAnswersIsNotTakenAndADeadOneIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := Listen(path, nil, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path, nil, quiet); err == nil || !strings.Contains(err.Error(), "another daemon") {
		t.Errorf("second listener: %v", err)
	}
	l.(*admitting).Listener.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close() // as a crash leaves it
	l, err = Listen(path, nil, quiet)
	if err != nil {
		t.Fatalf("after a crash: %v", err)
	}
	l.Close()
}

func TestAnUnknownUserIsNamed(t *testing.T) {
	if _, err := Users([]string{"root", "nobody-of-this-name"}); err == nil || !strings.Contains(err.Error(), "nobody-of-this-name") {
		t.Errorf("%v", err)
	}
}

// desk is a terminal for the socket.
type desk struct {
	readers *cardsim.Readers
	free    bool
	queue   *shelf
	anchors *trust.Anchors
}

func (d desk) Status() any  { return map[string]string{"screen": "welcome"} }
func (d desk) Queue() Queue { return d.queue }

func (d desk) VerifyAudit(context.Context) (audit.Report, error) {
	return audit.Report{Events: 7, Head: "00ff", BrokenAt: 8, Why: "changed"}, nil
}

func (d desk) ReadCard(ctx context.Context, q CardQuery) (CardInfo, error) {
	if !d.free {
		return CardInfo{}, ErrBusy
	}
	return Bench{Readers: d.readers, Anchors: d.anchors, Now: time.Now()}.ReadCard(ctx, q)
}

func serve(t *testing.T, d desk) *Client {
	t.Helper()
	d.anchors = simulated(t)
	return serveTerminal(t, d)
}

func serveTerminal(t *testing.T, d Terminal) *Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := Listen(path, nil, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); Serve(ctx, l, d, quiet) }()
	t.Cleanup(func() { stop(); <-ended })
	return Dial(path)
}

func reader(t *testing.T, person string) *cardsim.Readers {
	t.Helper()
	r := cardsim.NewReaders("A")
	c, err := cardsim.Person(person)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Insert("A", c); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestACardIsReadOverTheSocketWithoutItsHolderUnlessAsked(t *testing.T) {
	c := serve(t, desk{readers: reader(t, "anna"), free: true, queue: newShelf()})
	info, err := c.CardInfo(t.Context(), CardQuery{Reader: "A", PIN: []byte("12345678")})
	if err != nil {
		t.Fatal(err)
	}
	if info.TaxCode+info.Surname+info.GivenName+info.CardID != "" {
		t.Error("personal fields without --show")
	}
	if info.Chain != smartcard.ChainOK || !info.SignatureVerified || !info.PIN.OK || info.APDUs == 0 || info.BytesDown == 0 {
		t.Errorf("%+v", info)
	}
	info, err = c.CardInfo(t.Context(), CardQuery{Reader: "A", Show: true})
	if err != nil || info.Surname != "ESEMPIO" || info.PIN != nil {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestAWrongPINIsCountedNotRetried(t *testing.T) {
	c := serve(t, desk{readers: reader(t, "anna"), free: true, queue: newShelf()})
	for _, left := range []int{2, 1, 0} {
		info, err := c.CardInfo(t.Context(), CardQuery{Reader: "A", PIN: []byte("87654321")})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&PINInfo{Left: left}, info.PIN); diff != "" || info.SignatureVerified {
			t.Error(diff)
		}
	}
}

func TestTheReaderIsNotLentWhileACitizenUsesIt(t *testing.T) {
	c := serve(t, desk{readers: reader(t, "anna"), free: false, queue: newShelf()})
	if _, err := c.CardInfo(t.Context(), CardQuery{Reader: "A"}); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
}

func TestStatusAndQueueTravelAndAnAbsentDaemonIsSaid(t *testing.T) {
	c := serve(t, desk{free: true, queue: newShelf()})
	if s, err := c.Status(t.Context()); err != nil || !strings.Contains(string(s), "welcome") {
		t.Errorf("%s, %v", s, err)
	}
	if q, err := c.Queue(t.Context()); err != nil || len(q) != 3 || q[0].Claim != "PUE-0421-AAAA-BBBB" {
		t.Errorf("%v, %v", q, err)
	}
	if r, err := c.VerifyAudit(t.Context()); err != nil || r.Events != 7 || r.OK() || r.Why != "changed" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := Dial(filepath.Join(t.TempDir(), "s")).Status(t.Context()); !errors.Is(err, ErrNoDaemon) {
		t.Errorf("%v", err)
	}
}

func TestADaemonThatHangsUpIsNotTakenForNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close() // as it does to a user who is not on the list
		}
	}()
	if _, err := Dial(path).Status(t.Context()); !errors.Is(err, ErrNoAnswer) || errors.Is(err, ErrNoDaemon) {
		t.Errorf("%v", err)
	}
}

func TestNoQuestionWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{&http.Client{Transport: silent{}}}
		for name, ask := range map[string]func() error{
			"status": func() error { _, err := c.Status(t.Context()); return err },
			"queue":  func() error { _, err := c.Queue(t.Context()); return err },
			"audit":  func() error { _, err := c.VerifyAudit(t.Context()); return err },
			"card":   func() error { _, err := c.CardInfo(t.Context(), CardQuery{}); return err },
		} {
			if err := ask(); !errors.Is(err, ErrNoAnswer) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// silent is a daemon that never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAQueryThatIsNotUnderstoodIsRefused(t *testing.T) {
	for _, body := range []string{"", "{", `"reader"`, strings.Repeat(" ", 5000) + "{}"} {
		if q, err := query(strings.NewReader(body)); err == nil {
			t.Errorf("%.10q is read as %+v", body, q)
		}
	}
	if q, err := query(strings.NewReader(`{"reader":"A","pin":"MTIzNDU="}`)); err != nil || q.Reader != "A" || string(q.PIN) != "12345" {
		t.Errorf("%v", err)
	}
}

func TestTheFirstCardIsFoundAndItsAbsenceIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if name, err := FirstCard(t.Context(), reader(t, "bruno"), time.Minute); err != nil || name != "A" {
			t.Errorf("%q, %v", name, err)
		}
		if _, err := FirstCard(t.Context(), cardsim.NewReaders("A"), time.Minute); err == nil || !strings.Contains(err.Error(), "no card in any") {
			t.Errorf("%v", err)
		}
		if _, err := FirstCard(t.Context(), cardsim.NewReaders(), time.Minute); err == nil || !strings.Contains(err.Error(), "no card reader") {
			t.Errorf("%v", err)
		}
	})
}
