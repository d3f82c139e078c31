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
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pue/devices/capture"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
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
	o       Options
	started time.Time
	store   *store.Store
	audit   *audit.Audit
	outbox  *outbox.Outbox
	journal *paper.Journal
	lines   lines
	anchors *trust.Anchors
	// revocations tells which cards were taken back.
	revocations *trust.Revocations
	messages    *messages.Catalogue
	shelf       *catalog.Shelf
	budget      *upstream.Budget
	courier     *courier
	printer     *printer.Printer
	sheets      *sheets // nil: there is no A4 printer
	press       *press
	cards       *cards
	session     *session.Session
	scanner     *capture.Folder // nil: there is none
	slots       *slots
	lending     sync.Mutex // one technician at a time
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

func (k *Kiosk) open() error {
	if err := k.load(); err != nil {
		return err
	}
	if err := k.trust(); err != nil {
		return err
	}
	officers, err := enrolled(k.o.Config.Officers)
	if err != nil {
		return err
	}
	if err := k.openStore(); err != nil {
		return err
	}
	if k.revocations, err = k.openRevocations(); err != nil {
		return err
	}
	if k.press, err = k.openPress(); err != nil {
		return err
	}
	if k.sheets, err = k.openSheets(); err != nil {
		return err
	}
	if folder := k.o.Config.Scanner.Folder; folder != "" {
		k.scanner = capture.NewFolder(folder, k.o.Log)
	}
	k.cards = &cards{readers: k.o.Readers, anchors: k.anchors}
	k.courier = k.newCourier()
	k.session = session.New(k.sessionOptions(officers, k.press))
	k.slots = newSlots(k.session.Report, k.o.Config.Cards, k.o.Log)
	return nil
}

// load reads the texts, and the services of the program or of the bundle that
// came last.
func (k *Kiosk) load() (err error) {
	if k.messages, err = messages.Load(); err != nil {
		return fmt.Errorf("loading the messages: %w", err)
	}
	if k.shelf, err = openShelf(k.o.Config, k.o.Log); err != nil {
		return err
	}
	if err = k.messages.SetServices(k.shelf.Catalog().Texts()); err != nil {
		return fmt.Errorf("taking the texts of the catalogue: %w", err)
	}
	return nil
}

// trust reads the keys by which cards and authorities are believed.
func (k *Kiosk) trust() (err error) {
	c := k.o.Config
	if k.anchors, err = openAnchors(c.Cards, k.o.Log, clock()); err != nil {
		return err
	}
	for _, s := range sides(c) {
		l := newLine(s.name, nil)
		if l.Client, err = connect(c, s, k.dial, k.o.Log.With("device", l.device())); err != nil {
			return err
		}
		for _, other := range k.lines {
			if id, shared := l.SharesKey(other.Client); shared {
				return fmt.Errorf("%s.sealing_keys: key %s is one of %s too, and what is sealed to it would go there", l.destination, id, other.destination)
			}
		}
		k.lines = append(k.lines, l)
	}
	return nil
}

// openStore opens the disk and what is kept on it. What an owner finds damaged
// sends the store back to save what can be saved, once.
func (k *Kiosk) openStore() error {
	err := k.openOwners()
	if k.store != nil && errors.Is(err, store.ErrDamaged) {
		if err := errors.Join(k.store.Suspect(), k.store.Close()); err != nil {
			return fmt.Errorf("sending the store to be saved: %w", err)
		}
		err = k.openOwners()
	}
	if err != nil {
		return err
	}
	if err := k.audit.NoteRecovery(context.Background()); err != nil {
		return fmt.Errorf("noting what was saved: %w", err)
	}
	return nil
}

func (k *Kiosk) openOwners() (err error) {
	c := k.o.Config
	if k.store, err = store.Open(filepath.Join(c.Data.Directory, "pue.db"), store.Options{Log: k.o.Log}); err != nil {
		return fmt.Errorf("opening the store in %s: %w", c.Data.Directory, err)
	}
	if k.budget, err = openBudget(c.INPS, k.store, k.o.Log); err != nil {
		return err
	}
	if k.audit, err = audit.Open(k.store); err != nil {
		return fmt.Errorf("opening the audit record: %w", err)
	}
	k.outbox, err = outbox.New(k.store, k.audit, outbox.Options{
		Terminal: c.Terminal.ID, Officers: pseudonyms(c.Officers), ClockTrusted: clockSynchronised, Route: k.lines.route,
		Attachments: filepath.Join(c.Data.Directory, "attachments"), Log: k.o.Log,
	})
	if err != nil {
		return fmt.Errorf("opening the outbox: %w", err)
	}
	if k.journal, err = paper.OpenJournal(k.store); err != nil {
		return fmt.Errorf("opening the print journal: %w", err)
	}
	return nil
}

// openPress makes the printer, which prints nothing before Run, and the press
// that feeds it.
func (k *Kiosk) openPress() (*press, error) {
	c := k.o.Config
	profile, err := printer.LookUp(c.Printer.Profile)
	if err != nil {
		return nil, fmt.Errorf("printer.profile: %w", err)
	}
	if profile, err = profile.With(c.Printer.Override); err != nil {
		return nil, fmt.Errorf("printer.override: %w", err)
	}
	k.printer = printer.New(k.o.OpenPrinter, profile, k.o.Log)
	k.printer.RetractAfter(c.Printer.RetractAfter)
	k.printer.UseLogo(k.logo(), k.journal)
	if c.Printer.Pictures != config.PicturesAlways {
		k.printer.LimitPictures(printer.PictureLimit(c.Printer.Baud))
	}
	k.printer.NumberFrom(k.journal.NumberFrom())
	if k.journal.Leftovers() {
		k.printer.AssumeLeftovers()
	}
	composer := paper.NewComposer(k.messages, k.shelf.Catalog, paper.Place{
		Municipality: c.Terminal.Municipality, Terminal: c.Terminal.ID,
		PhoneFixed: c.Contact.PhoneFixed, PhoneMobile: c.Contact.PhoneMobile,
		PhoneComune: c.Comune.Phone,
	}, clockSynchronised)
	p := &press{
		composer: composer, messages: k.messages, journal: k.journal, printer: k.printer, confirm: profile.Confirm, outbox: k.outbox, audit: k.audit,
		notices: k.notices(), reports: k, log: k.o.Log,
	}
	k.printer.WhenRetracted(p.tookBack)
	p.tellInterrupted(k.journal.Interrupted())
	return p, nil
}

func (k *Kiosk) sessionOptions(officers map[[32]byte]session.Enrolled, p *press) session.Options {
	c := k.o.Config
	return session.Options{
		Place:   place(c),
		Notice:  notice(c),
		Catalog: k.shelf.Catalog,
		Adopt:   k.adoptCatalogue,

		CatalogueRefused: k.courier.refused.Load,

		Officers: officers,
		Resume:   c.Session.Resume, Presence: c.Session.PresenceLimit, PresenceRequired: c.Session.PresenceRequired,
		Released: released, ClockTrusted: clockSynchronised, Revocation: k.revocations,
		MouthPatience: printer.GivesBackWithin(c.Printer.RetractAfter),
		Camera:        c.Screen.Camera, Scanner: k.paperScanner(),
		Cards: k.cards, INPS: k.lines.inps(), Filing: k.filing(), Outbox: k.outbox, Desk: k.outbox, Claims: k.outbox, Phones: k.outbox, Disk: disk{k.store, k.audit},
		Paper: p, Papers: p, Said: p.said, Sheets: k.printsSheets(), Audit: k.audit, Log: k.o.Log,
	}
}

// filing are the authorities that this terminal sends submissions to.
func (k *Kiosk) filing() map[string]session.Filing {
	notices, all := k.notices(), map[string]session.Filing{}
	for _, l := range k.lines {
		all[l.destination] = session.Filing{Packer: l, Notice: notices[l.destination]}
	}
	return all
}

// notices are what the authorities tell citizens about their data.
func (k *Kiosk) notices() map[string]session.NoticeView {
	c := k.o.Config
	return map[string]session.NoticeView{
		inpsSide: notice(c),
		comuneSide: {
			Controller: c.Comune.Controller, Processor: c.Privacy.Processor,
			Contact: c.Comune.Contact, Version: c.Comune.NoticeVersion,
		},
	}
}

func notice(c *config.Config) session.NoticeView {
	return session.NoticeView{
		Controller: c.Privacy.Controller, Processor: c.Privacy.Processor,
		Contact: c.Privacy.Contact, Version: c.Privacy.NoticeVersion,
	}
}

// Close lets go of the disk. Run must have returned.
func (k *Kiosk) Close() error {
	k.lines.Close()
	if k.revocations != nil {
		k.revocations.Close()
	}
	if k.store == nil {
		return nil
	}
	return k.store.Close()
}

// paperScanner is the scanner's folder, if the config names one.
func (k *Kiosk) paperScanner() session.Scanner {
	if k.scanner == nil {
		return nil
	}
	return k.scanner
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
	if k.scanner != nil {
		g.Go(func() error { return k.scanner.Run(ctx) })
	}
	g.Go(func() error { return k.outbox.Run(ctx, k.lines) })
	g.Go(func() error { return control.Serve(ctx, socket, k, k.o.Log) })
	g.Go(func() error { k.session.FollowQueue(ctx, k.outbox.Watch(ctx)); return nil })
	g.Go(func() error { k.session.FollowPapers(ctx, k.journal.Changed()); return nil })
	g.Go(func() error { return k.watchStore(ctx) })
	g.Go(func() error { k.watchReaders(ctx); return nil })
	g.Go(func() error { k.watchPrinter(ctx); return nil })
	g.Go(func() error { k.press.forget(ctx); return nil })
	if k.sheets != nil {
		g.Go(func() error { k.watchSheets(ctx); return nil })
	}
	for _, l := range k.lines {
		g.Go(func() error { k.watchLine(ctx, l); return nil })
	}
	g.Go(func() error { k.watchCatalogue(ctx); return nil })
	g.Go(func() error { k.budget.Run(ctx); return nil })
	g.Go(func() error { k.revocations.Run(ctx); return nil })
	g.Go(func() error { k.courier.run(ctx); return nil })
	k.o.Log.Info("terminal started", "terminal", c.Terminal.ID, "version", k.o.Version)
	ready()
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func place(c *config.Config) session.Place {
	return session.Place{
		Municipality: c.Terminal.Municipality, Terminal: c.Terminal.ID, CardSlot: c.Screen.CardSlot, CardPlate: c.Screen.CardPlate,
		Opening: c.Terminal.Opening, PhoneFixed: c.Contact.PhoneFixed, PhoneMobile: c.Contact.PhoneMobile,
		PhoneComune: c.Comune.Phone,
	}
}

// enrolled turns the config's officers into what a card's fingerprint is
// compared with.
func enrolled(officers []config.Officer) (map[[32]byte]session.Enrolled, error) {
	m := map[[32]byte]session.Enrolled{}
	for _, o := range officers {
		b, err := hex.DecodeString(o.CardSHA256)
		if err != nil || len(b) != 32 {
			return nil, fmt.Errorf("officer %s: card_sha256 is not 64 hexadecimal digits", o.Pseudonym)
		}
		m[[32]byte(b)] = session.Enrolled{Pseudonym: o.Pseudonym, Name: o.Name}
	}
	return m, nil
}
