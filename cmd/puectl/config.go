package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"pue/kiosk/config"
)

// errProblems: the problems were printed already.
var errProblems = errors.New("the configuration has problems")

func configCheck(_ context.Context, args []string, out io.Writer) error {
	f := flags("config check")
	if err := parse(f, args, 1); err != nil {
		return err
	}
	path := f.Arg(0)
	if _, err := config.Load(path); err != nil {
		var invalid *config.InvalidError
		if !errors.As(err, &invalid) {
			return err
		}
		for _, p := range invalid.Problems {
			fmt.Fprintln(os.Stderr, p)
		}
		return errProblems
	}
	fmt.Fprintf(out, "%s: good\n", path)
	return nil
}
