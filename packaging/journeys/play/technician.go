package play

import (
	"context"
	"fmt"
)

// Technician is the part of journey 5 that is about paper: the printer is not taken
// from the daemon, and tried out, as configured, once that is stopped.
func Technician(ctx context.Context, w World) error {
	j := w.begin(ctx, 5)
	j.see("welcome")
	j.printTest("the daemon keeps its printer", "failed", "in-use")
	j.step("daemon stopped", w.Stack.StopDaemon)
	j.printTest("puectl print-test", "printed", "")
	j.receipt(1, "test", []string{"Prova di stampa", "epson", "àèéìòù", "PUE-PROVA"}, nil)
	j.step("daemon starts again", func() error { return w.Stack.StartDaemon(ctx) })
	j.see("welcome")
	return j.err
}

// printTest has puectl try the terminal's printer, and wants such an end of it.
func (j *journey) printTest(name, state, reason string) {
	j.step(name, func() error {
		told, err := j.Stack.PrintTest(j.ctx)
		if err == nil && (told.State != state || told.Reason != reason) {
			err = fmt.Errorf("puectl says %+v, want %s %s", told, state, reason)
		}
		return err
	})
}
