package session

import "testing"

func TestEachReasonOfAPrinterHasItsOwnWords(t *testing.T) {
	for reason, want := range map[string]Fault{
		"paper-out":       FaultPaperOut,
		"cover-open":      FaultCoverOpen,
		"absent":          FaultNoPrinter,
		"unplugged":       FaultNoPrinter,
		"no-answer":       FaultNoAnswer,
		"paper-in-mouth":  FaultPaperWaits,
		"wrong-device":    FaultNotAPrinter,
		"cutter-jam":      FaultPaperJam,
		"printer-jam":     FaultPaperJam,
		"stalled":         FaultPaused,
		"printer-hot":     FaultPaused,
		"printer-offline": FaultPaused,
		"line-errors":     FaultLineErrors,
		"printer-error":   FaultPrinterStuck,
	} {
		if got := printFault(reason); got != want {
			t.Errorf("%s is %s, want %s", reason, got.Code, want.Code)
		}
	}
}
