package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

func runFleet(ctx context.Context, args []string, _ *slog.Logger) error {
	f := flag.NewFlagSet("fleet", flag.ContinueOnError)
	fl := fleet{}
	f.IntVar(&fl.Terminals, "terminals", 7900, "terminals in the country")
	f.IntVar(&fl.Most, "pending", 60, "most submissions that one terminal has waiting")
	f.DurationVar(&fl.Outage, "outage", 3*time.Hour, "how long INPS is away")
	f.Uint64Var(&fl.Seed, "seed", 1, "another one is another day")
	capacities := f.String("capacity", "20,100,500", "submissions that INPS files in a second")
	asJSON := f.Bool("json", false, "one JSON object")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if fl.Terminals < 1 || fl.Most < 1 || fl.Outage < 0 {
		return errUsage
	}
	var outcomes []outcome
	for text := range strings.SplitSeq(*capacities, ",") {
		c, err := strconv.ParseFloat(text, 64)
		if err != nil || !(c > 0) || math.IsInf(c, 1) {
			return errUsage
		}
		fl.Capacity = c
		for _, p := range policies {
			o, err := fl.run(ctx, p.name, p.follow)
			if err != nil {
				return err
			}
			outcomes = append(outcomes, o)
		}
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(struct {
			Terminals int       `json:"terminals"`
			Outage    float64   `json:"outage_s"`
			Seed      uint64    `json:"seed"`
			Outcomes  []outcome `json:"outcomes"`
		}{fl.Terminals, fl.Outage.Seconds(), fl.Seed, outcomes})
	}
	return printOutcomes(os.Stdout, outcomes)
}

func printOutcomes(w io.Writer, outcomes []outcome) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "capacity/s\tpolicy\tpeak/s\tpeak/C\trefused %\tseconds over C\tdrained s\tdrained/ideal\t")
	for _, o := range outcomes {
		drained, ratio := fmt.Sprintf("%.0f", o.Drained), fmt.Sprintf("%.2f", o.ratio())
		if o.Pending > 0 {
			drained, ratio = "never", "–"
		}
		fmt.Fprintf(t, "%g\t%s\t%d\t%.2f\t%.1f\t%d\t%s\t%s\t\n",
			o.Capacity, o.Policy, o.Peak, o.PeakRatio, o.Refused, o.Over, drained, ratio)
	}
	return t.Flush()
}
