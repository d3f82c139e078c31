// Command report measures all rows under all loads and prints one table in
// Markdown: rounds in which each row has its turn, then barriers counted, then
// once more with slow barriers. Run it on a machine with nothing else to do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"

	"pue/packaging/peers"
)

func main() {
	peers.DoOwnJob()
	rounds := flag.Int("rounds", 6, "turns of each row under each load; 0 for none of these tables")
	slow := flag.Duration("slow", 5*time.Millisecond, "what a slow barrier takes longer")
	slowRounds := flag.Int("slow-rounds", 3, "turns with slow barriers; 0 for none of these tables")
	dir := flag.String("dir", ".", "where to measure: on the disk in question")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	if err := report(ctx, *dir, *rounds, *slow, *slowRounds); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func report(ctx context.Context, dir string, rounds int, slow time.Duration, slowRounds int) error {
	if err := onDisk(dir); err != nil {
		return err
	}
	place, err := os.MkdirTemp(dir, "peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(place)
	for _, load := range peers.Loads {
		if err := tabulate(ctx, load, rounds, place, quick, load.String()); err != nil {
			return err
		}
	}
	for _, load := range []peers.Load{{Bytes: 2 << 10, Producers: 1, Messages: 60}, {Bytes: 2 << 10, Producers: 16, Messages: 160}} {
		title := fmt.Sprintf("%s, each barrier %s longer, and counted", load, slow)
		if err := tabulate(ctx, load, slowRounds, place, traced(slow), title); err != nil {
			return err
		}
	}
	return nil
}

func tabulate(ctx context.Context, load peers.Load, rounds int, place string, m measurer, title string) error {
	if rounds == 0 {
		return nil
	}
	t := newTable(load)
	if err := t.measure(ctx, rounds, place, m); err != nil {
		return err
	}
	t.print(os.Stdout, title)
	return nil
}

// onDisk refuses a file system in memory.
func onDisk(dir string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("looking at the file system: %w", err)
	}
	if fs.Type == unix.TMPFS_MAGIC || fs.Type == unix.RAMFS_MAGIC {
		return errors.New("this directory is in memory, where a barrier costs nothing: choose another with -dir")
	}
	return nil
}

func quick(_ context.Context, j peers.Job) (peers.Trace, error) {
	t, err := j.Do()
	return peers.Trace{Times: t}, err
}

func traced(slow time.Duration) measurer {
	return func(ctx context.Context, j peers.Job) (peers.Trace, error) { return peers.Traced(ctx, j, slow) }
}
