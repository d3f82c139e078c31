package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"pue/devices/printer"
	"pue/devices/printer/ippsim"
	"pue/devices/printer/printersim"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk"
	"pue/kiosk/config"
	"pue/kiosk/control"
	"pue/kiosk/upstream/upstreamsim"
	"pue/ui"
	"pue/ui/gate"
)

// terminalID is an invented terminal in an invented municipality.
const terminalID = "PUE-0421"

// The readers: the second one is there where officers have one of their own.
const (
	readerName     = "Lettore simulato"
	officersReader = "Lettore del facilitatore"
)

// runTerminal is the whole terminal in this process: the true kiosk and the true
// pages over simulated devices and a reference INPS side on loopback.
func runTerminal(ctx context.Context, args []string, log *slog.Logger) error {
	f := flag.NewFlagSet("pue-sim", flag.ContinueOnError)
	kioskAddr := f.String("kiosk", "127.0.0.1:0", "address of the kiosk page, loopback only")
	dockAddr := f.String("dock", "127.0.0.1:0", "address of the dock page, loopback only")
	data := f.String("data", "", "folder to keep between runs; a temporary one otherwise")
	speed := f.Float64("speed", paperSpeed, "paper speed in mm/s, 0 for no waiting")
	camera := f.Bool("camera", false, "papers are photographed with the browser's camera")
	scans := f.String("scans", "", "folder into which a scanner writes papers, and nothing else; its files are removed")
	pdnd := f.Bool("pdnd", false, "speak with vouchers of the PDND, which the reference INPS side plays")
	cardTLS := f.Bool("card-tls", false, "citizens log in by the TLS connection that their card makes, not by what it signs")
	own := f.Bool("officers-reader", false, "officers have a reader of their own")
	noSheets := f.Bool("no-a4", false, "there is no A4 printer")
	model := f.String("printer", "epson", "which receipt printer: "+strings.Join(printersim.Names(), ", "))
	quiet := f.Bool("quiet", false, "log warnings only")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if *quiet {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if *data == "" {
		dir, err := os.MkdirTemp("", "pue-sim-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		*data = dir
	}
	s, err := simulate(*data, *speed, ways{pdnd: *pdnd, cardTLS: *cardTLS, printer: *model}, log)
	if err != nil {
		return err
	}
	s.config.Screen.Camera, s.config.Scanner.Folder = *camera, *scans
	if *noSheets {
		s.config.Documents = config.Documents{}
	}
	if *own {
		s.readers = cardsim.NewReaders(readerName, officersReader)
		s.config.Cards.CitizenReaders, s.config.Cards.OfficerReaders = []string{readerName}, []string{officersReader}
	}
	defer s.inps.Close()
	defer s.comune.Close()
	return s.run(ctx, *kioskAddr, *dockAddr, os.Stdout)
}

// simulated is the world around one kiosk, and the kiosk.
type simulated struct {
	config  *config.Config
	readers *cardsim.Readers
	printer *printersim.Sim
	sheets  a4
	inps    side
	comune  side
	log     *slog.Logger
}

// a4 is an A4 printer on loopback.
type a4 struct {
	ippsim.Printer
	line net.Listener
}

// side is an authority on loopback, and where its keys are.
type side struct {
	*upstreamsim.Server
	line  net.Listener
	cards net.Listener // where citizens show their card; nil: nowhere
	keys  string
}

// ways are how this terminal deals with INPS that are not the usual ones, and which
// receipt printer it has.
type ways struct {
	pdnd, cardTLS bool
	printer       string
}

// openSide opens the side of a destination with its keys in dir.
func openSide(destination, dir string, log *slog.Logger) (s side, err error) {
	s.keys = dir
	if s.Server, err = authority(destination, dir, terminalID, log.With("simulator", destination)); err != nil {
		return s, err
	}
	s.line, err = net.Listen("tcp", "127.0.0.1:0")
	return s, err
}

// section is the part of the configuration that leads to this side.
func (s side) section() (string, error) {
	sealing, err := sealingKeys(s.keys)
	return strings.NewReplacer("{url}", "https://"+s.line.Addr().String(), "{keys}", s.keys, "{sealing}", sealing).Replace(
		`  url: "{url}"
  ca: "{keys}/ca.pem"
  certificate: "{keys}/terminal.pem"
  key: "{keys}/terminal-key.pem"
  sealing_keys: [{sealing}]
  confirmation: "{keys}/confirmation.pem"`), err
}

// simulate provisions a terminal in dir, as a technician would: keys from INPS and
// from the municipality, card anchors, and one YAML file.
func simulate(dir string, speed float64, by ways, log *slog.Logger) (*simulated, error) {
	s := &simulated{readers: cardsim.NewReaders(readerName), printer: printersim.New(by.printer), log: log}
	s.printer.SetSpeed(speed)
	if speed == 0 {
		s.sheets.Pace = -1
	}
	vouchers, err := provisionPDND(by.pdnd, filepath.Join(dir, "keys"))
	if err != nil {
		return nil, err
	}
	if s.inps, err = openSide("inps", filepath.Join(dir, "keys"), log); err != nil {
		return nil, err
	}
	if s.comune, err = openSide("comune", filepath.Join(dir, "keys-comune"), log); err != nil {
		return nil, err
	}
	if s.sheets.line, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if by.cardTLS {
		if s.inps.cards, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
	}
	path := filepath.Join(dir, "config.yaml")
	yaml, err := s.configure(dir, by, vouchers)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		return nil, err
	}
	s.config, err = config.Load(path)
	return s, err
}

// configure is the YAML file of this terminal, with the keys and anchors it names.
func (s *simulated) configure(dir string, by ways, vouchers string) (string, error) {
	anchors, documents, err := cardsim.Provision(dir)
	if err != nil {
		return "", err
	}
	olga, err := fingerprint("olga")
	if err != nil {
		return "", err
	}
	fulvia, err := fingerprint("fulvia")
	if err != nil {
		return "", err
	}
	toINPS, err := s.inps.section()
	if err != nil {
		return "", err
	}
	toINPS += strings.ReplaceAll(vouchers, "{url}", "https://"+s.inps.line.Addr().String())
	if by.cardTLS {
		toINPS += fmt.Sprintf("\n  login: %s\n  card_url: \"https://%s\"", config.LoginCard, s.inps.cards.Addr())
	}
	toComune, err := s.comune.section()
	if err != nil {
		return "", err
	}
	return strings.NewReplacer(
		"{id}", terminalID, "{printer}", by.printer, "{anchors}", anchors, "{documents}", documents,
		"{sheets}", s.sheets.line.Addr().String(), "{inps}", toINPS, "{comune}", toComune,
		"{olga}", olga, "{fulvia}", fulvia, "{data}", filepath.Join(dir, "data"), "{run}", dir,
	).Replace(configuration), nil
}

// sealingKeys lists the keys that INPS gave this terminal, as the configuration
// has them.
func sealingKeys(dir string) (string, error) {
	list, err := upstreamsim.SealingKeys(dir)
	if err != nil {
		return "", err
	}
	var items []string
	for _, k := range list {
		items = append(items, fmt.Sprintf("{file: %q, from: %q, until: %q}", filepath.Join(dir, k.File), k.From, k.Until))
	}
	return strings.Join(items, ", "), nil
}

// configuration is what a technician would write for this terminal.
const configuration = `version: 1
terminal: {id: "{id}", municipality: Borgo Esempio, istat: "099999", opening: "lunedì–venerdì 9–12"}
screen: {diagonal_inches: 17, width: 1280, height: 1024, card_slot: right, card_plate: below}
privacy: {controller: "INPS", processor: "Comune di Borgo Esempio", contact: "privacy@comune.example", notice_version: "2026-11"}
contact: {phone_fixed: "803 164", phone_mobile: "06 164 164"}
cards: {anchors: "{anchors}", document_anchors: "{documents}"}
printer: {device: /dev/null, profile: {printer}, baud: 38400, flow: none}
documents: {printer: "ipp://{sheets}/ipp/print"}
inps:
{inps}
comune:
{comune}
  controller: "Comune di Borgo Esempio"
  contact: "protocollo@comune.example"
  notice_version: "comune-2026-11"
  phone: "099 999 9999"
session: {resume: 60s, presence_required: false, presence_limit: 30m}
officers:
- {pseudonym: op-1, name: Olga R., card_sha256: "{olga}"}
- {pseudonym: op-2, name: Fulvia M., card_sha256: "{fulvia}"}
data: {directory: "{data}"}
sockets: {ui: "{run}/ui.sock", control: "{run}/control.sock"}
log: {level: info}
`

// run lives the terminal and tells out where to look.
func (s *simulated) run(ctx context.Context, kioskAddr, dockAddr string, out io.Writer) error {
	k, err := kiosk.New(kiosk.Options{
		Config: s.config, Readers: s.readers, Log: s.log, Version: "pue-sim",
		OpenPrinter: func(context.Context) (printer.Line, error) { return s.printer.Line() },
	})
	if err != nil {
		return err
	}
	defer k.Close()
	c := s.config
	pages, err := ui.New(k.Session(), k.Messages(), ui.Options{
		DiagonalInches: c.Screen.DiagonalInches, Width: c.Screen.Width, Height: c.Screen.Height, Log: s.log,
	})
	if err != nil {
		return err
	}
	socket, err := control.Listen(c.Sockets.UI, nil, s.log)
	if err != nil {
		return err
	}
	door, err := gate.Open(gate.Options{Socket: c.Sockets.UI, Listen: kioskAddr, Log: s.log})
	if err != nil {
		return err
	}
	buttons, err := net.Listen("tcp", dockAddr)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.inps.Serve(ctx, s.inps.line) })
	if s.inps.cards != nil {
		g.Go(func() error { return s.inps.ServeCards(ctx, s.inps.cards) })
	}
	g.Go(func() error { return s.comune.Serve(ctx, s.comune.line) })
	g.Go(func() error { return serveHTTP(ctx, s.sheets.line, &s.sheets.Printer) })
	g.Go(func() error { return pages.Serve(ctx, socket) })
	g.Go(func() error { return door.Serve(ctx) })
	g.Go(func() error { return serveHTTP(ctx, buttons, s.dock(door.Ticket)) })
	g.Go(func() error {
		return k.Run(ctx, func() {
			fmt.Fprintf(out, "kiosk  %s\ndock   http://%s/\n", door.Ticket(), buttons.Addr())
		})
	})
	return g.Wait()
}

func (s *simulated) dock(kiosk func() string) http.Handler {
	return dock(cardKnobs(inProcess{s.readers, readerName}), cardKnobs(inProcess{s.readers, officersReader}), printerKnobs(s.printer), sheetsKnobs(&s.sheets.Printer), inpsKnobs(s.inps.Server), inpsKnobs(s.comune.Server), through(s.config.Sockets.Control), kiosk)
}

// inProcess is the slot of a simulated reader.
type inProcess struct {
	*cardsim.Readers
	reader string
}

func (s inProcess) insert(c *cardsim.Card) error { return s.Insert(s.reader, c) }
func (s inProcess) remove() error                { return s.Remove(s.reader) }
func (s inProcess) slip() error                  { return s.Slip(s.reader) }

func (s inProcess) plug(in bool) error {
	if in {
		return s.Plug(s.reader)
	}
	return s.Unplug(s.reader)
}
