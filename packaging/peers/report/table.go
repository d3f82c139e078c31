package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"pue/packaging/peers"
)

// table is all rounds under one load.
type table struct {
	load    peers.Load
	results map[string][]result // by row, in the order of the rounds
}

type result struct {
	put, drain                 float64 // messages a second
	putBarriers, drainBarriers float64 // for each message
}

func newTable(load peers.Load) *table { return &table{load, map[string][]result{}} }

type measurer func(context.Context, peers.Job) (peers.Trace, error)

// measure gives each row its turn in each round, in another order each time.
func (t *table) measure(ctx context.Context, rounds int, place string, m measurer) error {
	for round := range rounds {
		for i := range peers.Rows {
			row := peers.Rows[(i+round*5)%len(peers.Rows)]
			r, err := t.turn(ctx, row.Name, place, m)
			if err != nil {
				return err
			}
			t.results[row.Name] = append(t.results[row.Name], r)
		}
	}
	return nil
}

func (t *table) turn(ctx context.Context, row, place string, m measurer) (result, error) {
	if err := ctx.Err(); err != nil {
		return result{}, err
	}
	dir, err := os.MkdirTemp(place, row+"-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	got, err := m(ctx, peers.Job{Row: row, Load: t.load, Dir: dir})
	n := float64(t.load.Messages)
	return result{
		t.load.Rate(got.Times), t.load.DrainRate(got.Times),
		float64(got.PutBarriers) / n, float64(got.DrainBarriers) / n,
	}, err
}

// print writes the table: the best rate, since other work only slows down; and
// ratios of one round to another row of the same round, of which the median.
func (t *table) print(w io.Writer, title string) {
	limit := peers.LimitFor(t.load.Producers)
	counted := t.results[limit][0].putBarriers > 0
	fmt.Fprintf(w, "\n%s; median of %d rounds, of-raw is of %s\n\n", title, len(t.results[limit]), limit)
	fmt.Fprint(w, "| row | put/s best | median | of-raw | x-otel | drain/s best | of-raw | x-otel |")
	line := "\n|---|---|---|---|---|---|---|---|"
	if counted {
		fmt.Fprint(w, " barriers put | drain |")
		line += "---|---|"
	}
	fmt.Fprintln(w, line)
	put := func(r result) float64 { return r.put }
	drain := func(r result) float64 { return r.drain }
	for _, row := range peers.Rows {
		rs := t.results[row.Name]
		fmt.Fprintf(w, "| %s | %.0f | %.0f | %.2f | %.1f | %.0f | %.2f | %.1f |", row.Name,
			best(rs, put), median(rs, put), t.ratio(row.Name, limit, put), t.ratio(row.Name, peers.OpenTelemetry, put),
			best(rs, drain), t.ratio(row.Name, limit, drain), t.ratio(row.Name, peers.OpenTelemetry, drain))
		if counted {
			fmt.Fprintf(w, " %.2f | %.2f |",
				median(rs, func(r result) float64 { return r.putBarriers }),
				median(rs, func(r result) float64 { return r.drainBarriers }))
		}
		fmt.Fprintln(w)
	}
}

// ratio is the median of the ratios of one row to another in the same round.
func (t *table) ratio(row, to string, of func(result) float64) float64 {
	var ratios []float64
	for i, r := range t.results[row] {
		ratios = append(ratios, of(r)/of(t.results[to][i]))
	}
	return middle(ratios)
}

func best(rs []result, of func(result) float64) float64 {
	most := 0.0
	for _, r := range rs {
		most = max(most, of(r))
	}
	return most
}

func median(rs []result, of func(result) float64) float64 {
	var all []float64
	for _, r := range rs {
		all = append(all, of(r))
	}
	return middle(all)
}

func middle(all []float64) float64 {
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}
