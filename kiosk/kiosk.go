// Package kiosk is the terminal, put together: it opens the store, loads
// catalogue and messages, watches readers, printer and line, and runs the
// session over them. The pages are not its business; they ask [Kiosk.Session].
package kiosk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/config"
	"pue/kiosk/control"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
)

// released is when this version was made: a clock that shows an earlier time is
// wrong, and must not decide about certificates.
var released = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// Options are the two outside worlds a kiosk cannot make itself, its
// configuration and its log.
type Options struct {
	Config      *config.Config
	Readers     smartcard.Readers
	OpenPrinter func(context.Context) (printer.Line, error)
	Log         *slog.Logger
	Version     string
}

// Kiosk is one terminal. New opens it, Run lives it, Close lets go of the disk.
type Kiosk struct {
	o        Options
	started  time.Time
	store    *store.Store
	audit    *audit.Audit
	outbox   *outbox.Outbox
	inps     *upstream.Client
	anchors  *smartcard.Anchors
	messages *messages.Catalogue
	printer  *printer.Printer
	session  *session.Session
}

// New opens everything that must be there: the store, the keys, the catalogue.
// Readers, printer and line may come later. A second terminal on the same data
// is store.ErrInUse.
func New(o Options) (*Kiosk, error) {
	k := &Kiosk{o: o, started: time.Now()}
	if err := k.open(); err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

func (k *Kiosk) open() (err error) {
	c := k.o.Config
	if k.messages, err = messages.Load(); err != nil {
		return fmt.Errorf("loading the messages: %w", err)
	}
	services, err := catalog.Load()
	if err != nil {
		return fmt.Errorf("loading the catalogue: %w", err)
	}
	if k.anchors, err = smartcard.ReadAnchors(c.Cards.Anchors); err != nil {
		return fmt.Errorf("reading the card anchors: %w", err)
	}
	if k.inps, err = connect(c, k.o.Log.With("device", "line")); err != nil {
		return err
	}
	profile, err := printer.LookUp(c.Printer.Profile)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data.Directory, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	if k.store, err = store.Open(filepath.Join(c.Data.Directory, "pue.db"), k.o.Log); err != nil {
		return fmt.Errorf("opening the store in %s: %w", c.Data.Directory, err)
	}
	if k.audit, err = audit.Open(k.store); err != nil {
		return fmt.Errorf("opening the audit record: %w", err)
	}
	k.outbox, err = outbox.New(k.store, k.audit, outbox.Options{Terminal: c.Terminal.ID, Log: k.o.Log})
	if err != nil {
		return fmt.Errorf("opening the outbox: %w", err)
	}
	journal, err := paper.OpenJournal(k.store)
	if err != nil {
		return fmt.Errorf("opening the print journal: %w", err)
	}
	k.printer = printer.New(k.o.OpenPrinter, profile, k.o.Log.With("device", "printer"))
	if journal.Interrupted() {
		k.printer.AssumeLeftovers()
	}
	officers, err := enrolled(c.Officers)
	if err != nil {
		return err
	}
	press := &press{
		composer: paper.NewComposer(k.messages, services, paper.Place{
			Municipality: c.Terminal.Municipality, Terminal: c.Terminal.ID,
			PhoneFixed: c.Contact.PhoneFixed, PhoneMobile: c.Contact.PhoneMobile,
		}),
		journal: journal, printer: k.printer, outbox: k.outbox, audit: k.audit, privacy: c.Privacy, log: k.o.Log,
	}
	k.session = session.New(session.Options{
		Place:    place(c),
		Notice:   session.NoticeView{Controller: c.Privacy.Controller, Processor: c.Privacy.Processor, Contact: c.Privacy.Contact, Version: c.Privacy.NoticeVersion},
		Services: services.Services(),
		Resume:   c.Session.Resume, Presence: c.Session.PresenceLimit, PresenceRequired: c.Session.PresenceRequired,
		Officers: officers, Released: released, ClockTrusted: clockSynchronised,
		Cards: cards{k.o.Readers, k.anchors}, INPS: k.inps, Outbox: k.outbox, Paper: press,
		Audit: k.audit, Log: k.o.Log.With("device", "session"),
	})
	return nil
}

// Close lets go of the disk. Run must have returned.
func (k *Kiosk) Close() error {
	if k.inps != nil {
		k.inps.Close()
	}
	if k.store == nil {
		return nil
	}
	return k.store.Close()
}

// Session is what the pages show and touch.
func (k *Kiosk) Session() *session.Session { return k.session }

// Messages are the texts of all screens and papers.
func (k *Kiosk) Messages() *messages.Catalogue { return k.messages }

// Run lives the terminal until ctx ends or a part of it that everything needs
// is lost. ready is called once all parts are running.
func (k *Kiosk) Run(ctx context.Context, ready func()) error {
	c := k.o.Config
	users, err := control.Users(c.Sockets.ControlUsers)
	if err != nil {
		return fmt.Errorf("sockets.control_users: %w", err)
	}
	socket, err := control.Listen(c.Sockets.Control, users, k.o.Log)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return k.session.Run(ctx) })
	g.Go(func() error { return k.outbox.Run(ctx, k.inps) })
	g.Go(func() error { return control.Serve(ctx, socket, k, k.o.Log) })
	g.Go(func() error { k.session.FollowQueue(ctx, k.outbox.Watch(ctx)); return nil })
	g.Go(func() error { return k.watchStore(ctx) })
	g.Go(func() error { k.watchReaders(ctx); return nil })
	g.Go(func() error { k.watchPrinter(ctx); return nil })
	g.Go(func() error { k.watchLine(ctx); return nil })
	k.o.Log.Info("terminal started", "terminal", c.Terminal.ID, "version", k.o.Version)
	ready()
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func place(c *config.Config) session.Place {
	return session.Place{
		Municipality: c.Terminal.Municipality, Terminal: c.Terminal.ID, CardSlot: c.Screen.CardSlot,
		Opening: c.Terminal.Opening, PhoneFixed: c.Contact.PhoneFixed, PhoneMobile: c.Contact.PhoneMobile,
	}
}

// enrolled turns the config's officers into what a card's certificate is
// compared with.
func enrolled(officers []config.Officer) (map[[32]byte]session.Enrolled, error) {
	m := map[[32]byte]session.Enrolled{}
	for _, o := range officers {
		b, err := hex.DecodeString(o.CertificateSHA256)
		if err != nil || len(b) != 32 {
			return nil, fmt.Errorf("officer %s: certificate_sha256 is not 64 hexadecimal digits", o.Pseudonym)
		}
		m[[32]byte(b)] = session.Enrolled{Pseudonym: o.Pseudonym, Name: o.Name}
	}
	return m, nil
}

// cards opens cards for the session.
type cards struct {
	readers smartcard.Readers
	anchors *smartcard.Anchors
}

func (c cards) Open(ctx context.Context, reader string) (smartcard.Card, error) {
	line, err := c.readers.Connect(ctx, reader)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", reader, err)
	}
	card, err := smartcard.Open(line, c.anchors)
	if err != nil {
		line.Close()
		return nil, fmt.Errorf("recognising the card in %s: %w", reader, err)
	}
	return card, nil
}
