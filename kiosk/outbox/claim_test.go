package outbox

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func someClaims() *claims {
	return newClaims("PUE-0421", []byte("0123456789abcdef"))
}

func claim(t testing.TB, c *claims, seq uint64) string {
	t.Helper()
	code, err := c.code(seq)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestClaimCodesAreUniqueAndDoNotCount(t *testing.T) {
	c := someClaims()
	seen := map[string]uint64{}
	var previous string
	for seq := uint64(1); seq <= 50_000; seq++ {
		code := claim(t, c, seq)
		if other, ok := seen[code]; ok {
			t.Fatalf("%d and %d are both %s", other, seq, code)
		}
		seen[code] = seq
		if previous != "" && code[:len(code)-8] == previous[:len(previous)-8] {
			t.Errorf("%s follows %s", code, previous)
		}
		previous = code
	}
	if claim(t, newClaims("PUE-0421", []byte("fedcba9876543210")), 1) == claim(t, c, 1) {
		t.Error("two installations count alike")
	}
}

func TestMixingIsAPermutation(t *testing.T) {
	for range 20_000 {
		var key [16]byte
		for i := range key {
			key[i] = byte(rand.Uint32())
		}
		c, n := newClaims("PUE-0421", key[:]), rand.Uint64()&claimMask
		if got := c.unmix(c.mix(n)); got != n {
			t.Fatalf("%d came back as %d", n, got)
		}
	}
}

func TestTheNumbersDoNotRunOutSilently(t *testing.T) {
	c := someClaims()
	claim(t, c, claimMask)
	if code, err := c.code(claimMask + 1); err == nil {
		t.Errorf("got %s", code)
	}
}

// checks does what whoever types a code off a receipt must do.
func checks(terminal, code string) bool {
	body := strings.ReplaceAll(strings.TrimPrefix(code, terminal+"-"), "-", "")
	return alphabet[check(terminal, body[:claimLen-1])] == body[claimLen-1]
}

func TestOneWrongCharacterOrTwoExchangedAreNoticed(t *testing.T) {
	c := someClaims()
	for seq := uint64(1); seq < 60; seq++ {
		code := []byte(claim(t, c, seq))
		if !checks("PUE-0421", string(code)) {
			t.Fatalf("%s does not fit itself", code)
		}
		from := len("PUE-0421-")
		for i := from; i < len(code); i++ {
			if code[i] == '-' {
				continue
			}
			for _, r := range alphabet {
				if wrong := replaced(code, i, byte(r)); wrong != string(code) {
					wantNoticed(t, wrong)
				}
			}
			for j := i + 1; j < len(code); j++ {
				if code[j] != '-' && code[i] != code[j] {
					swapped := []byte(replaced(code, i, code[j]))
					wantNoticed(t, replaced(swapped, j, code[i]))
				}
			}
		}
	}
}

func replaced(code []byte, i int, with byte) string {
	return string(code[:i]) + string(with) + string(code[i+1:])
}

func wantNoticed(t *testing.T, code string) {
	t.Helper()
	if checks("PUE-0421", code) {
		t.Errorf("%s is taken for a code", code)
	}
}

func TestACodeOfAnotherTerminalIsNotOurs(t *testing.T) {
	other := newClaims("PUE-0422", []byte("0123456789abcdef"))
	for seq := uint64(1); seq < 50; seq++ {
		code := claim(t, other, seq)
		wantNoticed(t, strings.Replace(code, "PUE-0422", "PUE-0421", 1))
	}
}
