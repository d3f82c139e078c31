package outbox

import (
	"errors"
	"testing"

	"pue/kiosk/audit"
)

func TestTheProofOfWhatIsFiledCanBeHadAndThatIsOnRecord(t *testing.T) {
	k := newTerminal(t)
	filed, waiting := k.put(parcel(1)), k.put(parcel(2))
	if _, err := k.Confirm(t.Context(), confirmed(parcel(1))); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Proof(t.Context(), filed.ID); err != nil || string(got) != string(confirmed(parcel(1)).Signed) {
		t.Errorf("proof %q, %v", got, err)
	}
	if got, err := k.Proof(t.Context(), waiting.ID); !errors.Is(err, ErrNotFiled) || got != nil {
		t.Errorf("proof %q, %v, want ErrNotFiled", got, err)
	}
	if n := k.tells()[audit.ConfirmationShown]; n != 1 {
		t.Errorf("%d audit lines, want one", n)
	}
}
