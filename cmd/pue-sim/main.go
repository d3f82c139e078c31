// Command pue-sim is the terminal on simulators, in pure Go, and each simulator
// alone.
//
//	pue-sim                    the whole terminal: a kiosk address and a dock address
//	pue-sim card KIND          a card on the virtual reader of pcscd (vpcd)
//	pue-sim printer            a receipt printer on a pseudo terminal
//	pue-sim inps               the reference INPS side
//	pue-sim gate               the pages of a running pued for any browser here
//	pue-sim dock               the dock page over simulators that run elsewhere
//	pue-sim catalogue          signs a folder of services for terminals
//	pue-sim fleet              all terminals of the country after an outage of INPS
//
// The simulated people, their keys and their PIN exist only here and in tests.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

const exitUsage = 64

// simulator is one subcommand; its flags are defined by set up.
type simulator struct {
	name, usage string
	run         func(ctx context.Context, args []string, log *slog.Logger) error
}

var simulators = []simulator{
	{"card", "cns|cie|bank|mute [--person NAME] [--data FILE] [--vpcd HOST:PORT] [--control SOCKET]", runCard},
	{"printer", "--link PATH [--profile P] [--speed MM] [--baud N] [--flow rts|xon|none] [--buffer N] [--busy full|offline]\n" +
		"      [--out DIR] [--control SOCKET]\n" +
		"  pue-sim printer --decode FILE [--profile P] [--out DIR]", runPrinter},
	{"inps", "--listen ADDRESS --dir DIR [--terminal ID] [--control SOCKET]\n" +
		"  pue-sim inps import --control SOCKET --bundle FILE --confirmations FILE", runINPS},
	{"comune", "--listen ADDRESS --dir DIR [--terminal ID] [--control SOCKET]", runComune},
	{"gate", "--socket PATH [--listen ADDRESS]", runGate},
	{"dock", "--card SOCKET --printer SOCKET --inps SOCKET [--comune SOCKET] [--pued SOCKET] [--kiosk URL] [--listen ADDRESS]", runDock},
	{"catalogue", "pack DIR --key FILE --certificate FILE [--out FILE]", runCatalogue},
	{"fleet", "[--terminals N] [--pending N] [--outage D] [--capacity C,…] [--seed N] [--json]", runFleet},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	err := dispatch(ctx, os.Args[1:])
	stop()
	switch {
	case err == nil, errors.Is(err, context.Canceled):
	case errors.Is(err, flag.ErrHelp), errors.Is(err, errUsage):
		usage()
		os.Exit(exitUsage)
	default:
		fmt.Fprintf(os.Stderr, "pue-sim: %v\n", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

func dispatch(ctx context.Context, args []string) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	if len(args) == 0 || args[0][0] == '-' {
		return runTerminal(ctx, args, log)
	}
	for _, s := range simulators {
		if s.name == args[0] {
			return s.run(ctx, args[1:], log.With("simulator", s.name))
		}
	}
	return errUsage
}

func usage() {
	fmt.Fprintln(os.Stderr, "pue-sim: the terminal, or one simulator:")
	fmt.Fprintln(os.Stderr, "  pue-sim [--kiosk ADDRESS] [--dock ADDRESS] [--data DIR] [--pdnd | --card-tls]")
	for _, s := range simulators {
		fmt.Fprintf(os.Stderr, "  pue-sim %s %s\n", s.name, s.usage)
	}
}

// parse reads flags and allows at most words other arguments, which come first.
func parse(f *flag.FlagSet, args []string, words int) ([]string, error) {
	var first []string
	for len(args) > 0 && len(first) < words && args[0][0] != '-' {
		first, args = append(first, args[0]), args[1:]
	}
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, errUsage
	}
	return first, nil
}
