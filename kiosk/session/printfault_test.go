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
		"bad-document":    FaultUnprepared,
		"failed":          FaultUnprepared,
		"printer-error":   FaultPrinterStuck,
	} {
		if got := printFault(reason); got != want {
			t.Errorf("%s is %s, want %s", reason, got.Code, want.Code)
		}
	}
}

func TestADocumentThatCouldNotBeNotedIsNoTroubleOfItsPrinter(t *testing.T) {
	if got := (Order{Kind: PaperSheets}).fault("failed"); got != FaultUnprepared {
		t.Errorf("it is %s, want %s", got.Code, FaultUnprepared.Code)
	}
}
