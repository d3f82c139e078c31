package session

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
)

// TestTheLogDoesNotDependOnThePIN types two PINs that the card refuses alike. A
// digit, or anything made of one, that reached the log would make it differ; the
// clock is the same in both.
func TestTheLogDoesNotDependOnThePIN(t *testing.T) {
	testCertificate()
	logOf := func(pin string) (log string) {
		synctest.Test(t, func(t *testing.T) {
			w := live(t)
			w.touch(Start, "")
			w.touch(Continue, "")
			w.slot(smartcard.CardIn)
			w.typePIN(pin)
			w.wants(t, PIN)
			log = w.log.String()
		})
		return log
	}
	if d := cmp.Diff(logOf("90817263"), logOf("55555555")); d != "" {
		t.Errorf("two PINs leave two logs:\n%s", d)
	}
}
