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
	rounds := flag.Int("rounds", 6, "turns of each row under each load")
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
		t := newTable(load)
		if err := t.measure(ctx, rounds, place, quick); err != nil {
			return err
		}
		t.print(os.Stdout, load.String())
	}
	if slowRounds == 0 {
		return nil
	}
	for _, producers := range []int{1, 16} {
		load := peers.Load{Bytes: 2 << 10, Producers: producers, Messages: 60 * min(producers, 8)}
		t := newTable(load)
		if err := t.measure(ctx, slowRounds, place, traced(slow)); err != nil {
			return err
		}
		t.print(os.Stdout, fmt.Sprintf("%s, barriers of %s more, counted", load, slow))
	}
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
