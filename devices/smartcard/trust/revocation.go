package trust

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"pue/devices/smartcard"
)

// Mode says how far a terminal goes to learn whether a card was taken back.
type Mode string

const (
	// Online asks the issuer about each card (RFC 6960), and where it does not
	// answer, its list (RFC 5280 §5).
	Online Mode = "online"
	// Cached lets no question about a card leave the terminal: the lists of the
	// issuers are fetched in advance, for everybody alike.
	Cached Mode = "cached"
	// Off asks nobody: of every card it is unknown.
	Off Mode = "off"
)

const (
	// clockSkew is how far the clocks of an authority and of a terminal may be
	// apart.
	clockSkew = 5 * time.Minute
	// staleFor is how long an answer decides after the day on which its authority
	// promised a newer one. A town hall may be without a line for weeks; what is
	// older still says too little to be called good.
	staleFor = 30 * 24 * time.Hour
)

// RevocationOptions are what [Revocations] need of the outside.
type RevocationOptions struct {
	Anchors *Anchors
	Folder  string       // where answers are kept, made when it is not there
	Mode    Mode         // empty: Online
	Client  *http.Client // see [Client]
	// Now is the clock; a zero time means that it cannot be trusted. Then nobody
	// comes out as good, since an old answer could not be told from a new one.
	Now func() time.Time
	// Wait returns when what can wait may use the line. Nil: at once.
	Wait func(context.Context) error
	Log  *slog.Logger
}

// Revocations know which certificates of cards their authorities took back, as
// far as the line, or else the disk, tells. What they keep survives restarts,
// and names nobody: see [shelf].
type Revocations struct {
	o      RevocationOptions
	shelf  shelf
	life   context.Context // of downloads, which outlive the citizen who caused them
	end    context.CancelFunc
	active sync.WaitGroup

	mu      sync.Mutex
	flights map[string]*flight // downloads under way, by address
	failed  map[string]time.Time
	wanted  map[string]bool // addresses of lists that were asked for and are not there
	wake    chan struct{}   // of capacity 1: something is wanted
}

// OpenRevocations prepares the folder. Close ends what goes on in the background.
func OpenRevocations(o RevocationOptions) (*Revocations, error) {
	switch o.Mode {
	case "":
		o.Mode = Online
	case Online, Cached, Off:
	default:
		return nil, fmt.Errorf("asking for revocations: %q is no way to do so", o.Mode)
	}
	r := &Revocations{
		o: o, shelf: shelf{o.Folder},
		flights: map[string]*flight{}, failed: map[string]time.Time{}, wanted: map[string]bool{}, wake: make(chan struct{}, 1),
	}
	if o.Mode != Off {
		if err := r.shelf.open(); err != nil {
			return nil, fmt.Errorf("opening the folder of revocations: %w", err)
		}
	}
	r.life, r.end = context.WithCancel(context.Background())
	return r, nil
}

// Close gives up the downloads that are under way, and waits for them.
func (r *Revocations) Close() {
	r.end()
	r.active.Wait()
}

// finding is what one answer says of a certificate.
type finding struct {
	smartcard.Revocation
	until time.Time // when its authority promised a newer one; zero: it did not
	hold  bool      // revoked, but the authority may think again (RFC 5280 §5.3.1)
}

var nothingKnown = finding{Revocation: smartcard.Revocation{State: smartcard.RevocationUnknown}}

// final reports whether no other answer can change it.
func (f finding) final() bool { return f.State == smartcard.RevocationRevoked && !f.hold }

// fresh reports whether its authority would not say more today.
func (f finding) fresh(now time.Time) bool {
	return f.State != smartcard.RevocationUnknown && !now.IsZero() && now.Before(f.until)
}

// better is the one of two findings that counts: a revocation for good, else the
// younger word.
func (f finding) better(other finding) finding {
	switch {
	case f.final():
		return f
	case other.final(), other.CheckedAt.After(f.CheckedAt):
		return other
	}
	return f
}

// at is what a finding is worth by the clock of the terminal.
func (f finding) at(now time.Time) smartcard.Revocation {
	if f.State == smartcard.RevocationRevoked {
		return f.Revocation
	}
	promised := f.until
	if promised.IsZero() {
		promised = f.CheckedAt
	}
	if now.IsZero() || f.CheckedAt.After(now.Add(clockSkew)) || now.After(promised.Add(staleFor)) {
		return nothingKnown.Revocation
	}
	return f.Revocation
}

// Check says whether the authority that issued cert has taken it back, and when
// the authority said so. It asks over the line until ctx ends, and falls back on
// what it kept. It asks only for certificates that lead to an anchor: nobody
// else makes the terminal connect anywhere.
func (r *Revocations) Check(ctx context.Context, cert *x509.Certificate) smartcard.Revocation {
	now := r.o.Now()
	if r.o.Mode == Off {
		return nothingKnown.Revocation
	}
	issuers := r.o.Anchors.issuers(cert, now)
	if len(issuers) == 0 {
		return nothingKnown.Revocation
	}
	q := question{cert, issuers}
	answered, listed := r.keptAnswer(q), r.keptList(q)
	best := answered.better(listed)
	if best.final() || answered.fresh(now) {
		return best.at(now)
	}
	if r.o.Mode == Online {
		best = best.better(r.ask(ctx, q, answered))
	}
	if !best.fresh(now) && !best.final() {
		best = best.better(r.fetchList(ctx, q))
	}
	return best.at(now)
}

// question is a certificate, and the authorities that may speak of it: several
// when one was renewed with the same key.
type question struct {
	cert    *x509.Certificate
	issuers []*x509.Certificate
}
