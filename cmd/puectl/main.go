// Command puectl is the technician's tool.
//
//	puectl config check FILE
//	puectl status | queue list | audit verify [--socket PATH] [--json]
//	puectl queue export FILE|DIR
//	puectl queue import FILE
//	puectl queue proof ID|CLAIM [--json]
//	puectl queue retry ID|CLAIM
//	puectl queue close ID|CLAIM [--yes]
//	puectl catalogue check FILE|DIR [--certificate FILE]
//	puectl trust import --list FILE --certificate FILE --into DIR [--json]
//	puectl trust list [--anchors DIR] [--document-anchors DIR] [--json]
//	puectl card-info [--reader R] [--pin-stdin] [--show] [--json] [--trace FILE]
//	puectl print-test --config FILE | --device PATH --profile P [--baud N] [--flow rts|xon|none] [--json]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"

	"pue/devices/smartcard/trust/tsl"
	"pue/kiosk/control"
	"pue/kiosk/outbox"
)

// Exit codes of sysexits(3).
const (
	exitUsage       = 64
	exitData        = 65 // a card, or a PIN, that is not what it should be
	exitNoInput     = 66 // no card, no reader
	exitUnavailable = 69
	exitIO          = 74 // the card went away
	exitTemporary   = 75
	exitNoPermit    = 77 // the PIN was refused
)

// errUsage is a call that was not understood; what is right was printed.
var errUsage = errors.New("usage")

// command is one verb: its words, its run, and how it is called.
type command struct {
	words string
	usage string
	run   func(ctx context.Context, args []string, out io.Writer) error
}

var commands = []command{
	{"config check", "FILE", configCheck},
	{"status", "[--socket PATH] [--json]", status},
	{"queue list", "[--socket PATH] [--json]", queueList},
	{"queue export", "FILE|DIR [--to inps|comune] [--socket PATH] [--json]", queueExport},
	{"queue import", "FILE [--socket PATH] [--json]", queueImport},
	{"queue proof", "ID|CLAIM [--socket PATH] [--json]", queueProof},
	{"queue retry", "ID|CLAIM [--socket PATH] [--json]", queueRetry},
	{"queue close", "ID|CLAIM [--yes] [--socket PATH] [--json]", queueClose},
	{"audit verify", "[--socket PATH] [--json]", auditVerify},
	{"catalogue check", "FILE|DIR [--certificate FILE]", catalogueCheck},
	{"trust import", "--list FILE --certificate FILE --into DIR [--json]", trustImport},
	{"trust list", "[--anchors DIR] [--document-anchors DIR] [--json]", trustList},
	{"card-info", "[--reader R] [--pin-stdin] [--show] [--json] [--trace FILE] [--socket PATH] [--anchors DIR] [--document-anchors DIR]", cardInfo},
	{"print-test", "--config FILE | --device PATH --profile P [--baud N] [--flow rts|xon|none] [--json]", printTest},
}

func main() {
	secret()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(report(err))
}

// secret keeps a PIN out of core dumps, and away from other processes of the
// same user.
func secret() {
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	line := strings.Join(args, " ")
	for _, c := range commands {
		if line == c.words || strings.HasPrefix(line, c.words+" ") {
			return c.run(ctx, args[len(strings.Fields(c.words)):], out)
		}
	}
	return errUsage
}

// report tells people what went wrong and what to do, and picks the exit code.
func report(err error) int {
	var page printed
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp), errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "puectl: the commands are")
		for _, c := range commands {
			fmt.Fprintf(os.Stderr, "  puectl %s %s\n", c.words, c.usage)
		}
		return exitUsage
	case errors.Is(err, errProblems):
		return 1
	case errors.As(err, &page):
		return page.exitCode()
	case errors.Is(err, control.ErrBusy):
		fmt.Fprintln(os.Stderr, "puectl: a citizen is using the reader\npuectl: hint: try again when the welcome screen is back")
		return exitTemporary
	case errors.Is(err, control.ErrNoDaemon):
		fmt.Fprintf(os.Stderr, "puectl: %v\npuectl: hint: systemctl status pued; or give --socket\n", err)
		return exitUnavailable
	case errors.Is(err, control.ErrNoAnswer):
		fmt.Fprintf(os.Stderr, "puectl: %v\npuectl: hint: is this user among sockets.control_users? else: systemctl status pued\n", err)
		return exitUnavailable
	case errors.Is(err, outbox.ErrNoEntry):
		fmt.Fprintf(os.Stderr, "puectl: %v\npuectl: hint: puectl queue list shows all that are here; what was settled a month ago is forgotten\n", err)
		return 1
	case errors.Is(err, outbox.ErrNotDead):
		fmt.Fprintf(os.Stderr, "puectl: %v\npuectl: hint: only what is stuck can be tried again, and only what is refused, stuck or damaged can be closed\n", err)
		return 1
	case errors.Is(err, tsl.ErrSignature):
		fmt.Fprintf(os.Stderr, "puectl: %v\npuectl: hint: the list must be whole, and --certificate that of its signer, had from elsewhere than the list\n", err)
		return 1
	}
	fmt.Fprintf(os.Stderr, "puectl: %v\n", err)
	code, hint := adviseCard(err)
	if hint != "" {
		fmt.Fprintf(os.Stderr, "puectl: hint: %s\n", hint)
	}
	return code
}

// flags makes a flag set that prints nothing by itself.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// parse accepts flags and exactly n other words, in any order.
func parse(f *flag.FlagSet, args []string, n int) error {
	var words []string
	for len(args) > 0 {
		if err := f.Parse(args); err != nil {
			fmt.Fprintf(os.Stderr, "puectl: %v\n", err)
			return errUsage
		}
		if args = f.Args(); len(args) > 0 {
			words, args = append(words, args[0]), args[1:]
		}
	}
	if len(words) != n {
		return errUsage
	}
	return f.Parse(append([]string{"--"}, words...))
}
