package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"pue/kiosk/store"
)

// What the program "queue" does, in params.Ways.
const (
	sending = "sending" // it also sends what it has, to the file that is INPS
	// onOneThread keeps each of its goroutines that write on one thread.
	onOneThread = "on one thread"
)

// producers is how many citizens confirm at the same time. A terminal has one;
// more make groups, of which every member must survive.
const producers = 4

// workUntilKilled is the terminal: producers who say on standard output what Put
// has acknowledged, and perhaps a sender.
func workUntilKilled(p params) error {
	k, err := openTerminal(p.Dir, io.Discard)
	if err != nil {
		return err
	}
	defer k.st.Close()
	fmt.Println("open")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	numbers := make(chan int)
	go func() {
		defer close(numbers)
		for n := p.From; p.Count == 0 || n < p.From+p.Count; n++ {
			numbers <- n
		}
	}()
	var all sync.WaitGroup
	if p.does(sending) {
		inps, err := openFileINPS(p.INPS)
		if err != nil {
			return err
		}
		all.Go(func() {
			if err := k.Run(ctx, inps); err != nil {
				fmt.Println("trouble", err)
			}
		})
	}
	var producing sync.WaitGroup
	for range producers {
		producing.Go(func() {
			for n := range numbers {
				k.putAndSay(ctx, n)
			}
		})
	}
	producing.Wait()
	stop()
	all.Wait()
	fmt.Println("done")
	return nil
}

// putAndSay stores submission n and says what came of it.
func (k *terminal) putAndSay(ctx context.Context, n int) (stored bool) {
	_, err := k.Put(ctx, parcel(n))
	say(n, err)
	return err == nil
}

// say is what the citizen is told.
func say(n int, err error) {
	switch {
	case err == nil:
		fmt.Println("stored", idOf(n))
	case errors.Is(err, store.ErrUnknown):
		fmt.Println("unknown", idOf(n))
	default:
		fmt.Println("failed", idOf(n), err)
	}
}

// workStepByStep is the terminal with one citizen, who waits each time until
// INPS has what was stored: every barrier and every write has its place in one
// order.
func workStepByStep(p params) error {
	if p.does(onOneThread) {
		runtime.LockOSThread()
		pinWriter = true
	}
	k, err := openTerminal(p.Dir, io.Discard)
	if err != nil {
		return err
	}
	defer k.st.Close()
	inps, err := openFileINPS(p.INPS)
	if err != nil {
		return err
	}
	fmt.Println("open")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := k.Run(ctx, inps); err != nil {
			fmt.Println("trouble", err)
			stop()
		}
	}()
	for n := p.From; n < p.From+p.Count; n++ {
		if k.putAndSay(ctx, n) {
			k.Await(ctx, idOf(n))
		}
	}
	stop()
	<-ended
	fmt.Println("done")
	return nil
}
