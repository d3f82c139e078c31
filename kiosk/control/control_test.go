package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/outbox"
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
}

func (d desk) Status() any { return map[string]string{"screen": "welcome"} }
func (d desk) Queue() []outbox.Entry {
	return []outbox.Entry{{Claim: "PUE-0421-AAAA-BBBB", Service: "naspi"}}
}
func (d desk) Free() bool { return d.free }

func (d desk) ReadCard(ctx context.Context, q CardQuery) (CardInfo, error) {
	anchors, err := smartcard.ParseAnchors(cardsim.Anchor())
	if err != nil {
		return CardInfo{}, err
	}
	return ReadCard(ctx, d.readers, anchors, q)
}

func serve(t *testing.T, d desk) *Client {
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
	c := serve(t, desk{reader(t, "anna"), true})
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
	c := serve(t, desk{reader(t, "anna"), true})
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
	c := serve(t, desk{reader(t, "anna"), false})
	if _, err := c.CardInfo(t.Context(), CardQuery{Reader: "A"}); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
}

func TestStatusAndQueueTravelAndAnAbsentDaemonIsSaid(t *testing.T) {
	c := serve(t, desk{nil, true})
	if s, err := c.Status(t.Context()); err != nil || !strings.Contains(string(s), "welcome") {
		t.Errorf("%s, %v", s, err)
	}
	if q, err := c.Queue(t.Context()); err != nil || len(q) != 1 || q[0].Claim != "PUE-0421-AAAA-BBBB" {
		t.Errorf("%v, %v", q, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := Dial(filepath.Join(t.TempDir(), "s")).Status(ctx); !errors.Is(err, ErrNoDaemon) {
		t.Errorf("%v", err)
	}
}

func TestTheFirstCardIsFoundAndItsAbsenceIsSaid(t *testing.T) {
	if name, err := FirstCard(t.Context(), reader(t, "bruno"), time.Minute); err != nil || name != "A" {
		t.Errorf("%q, %v", name, err)
	}
	if _, err := FirstCard(t.Context(), cardsim.NewReaders("A"), 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "no card") {
		t.Errorf("%v", err)
	}
	if _, err := FirstCard(t.Context(), cardsim.NewReaders(), 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "no card reader") {
		t.Errorf("%v", err)
	}
}
