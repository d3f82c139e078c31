package outbox

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func someClaims() claims {
	return newClaims("PUE-0421", []byte("0123456789abcdef"))
}

func claim(t testing.TB, c claims, seq uint64) string {
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
		if previous != "" && code[:len(code)-3] == previous[:len(previous)-3] {
			t.Errorf("%s follows %s", code, previous)
		}
		previous = code
	}
	if claim(t, newClaims("PUE-0421", []byte("fedcba9876543210")), 1) == claim(t, c, 1) {
		t.Error("two installations count alike")
	}
}

// unmix undoes mix, which proves that no two numbers share a code.
func (c claims) unmix(n uint64) uint64 {
	for i := len(c.factors) - 1; i >= 0; i-- {
		const shift = claimBits/2 + 1 // more than half: one step undoes it
		n ^= n >> shift
		inverse := c.factors[i] // Newton's iteration modulo a power of two
		for range 6 {
			inverse *= 2 - c.factors[i]*inverse
		}
		n = n * inverse & claimMask
	}
	return n
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

func TestACodeIsUnderstoodAsPeopleTypeIt(t *testing.T) {
	c := someClaims()
	for seq := uint64(1); seq < 500; seq++ {
		code := claim(t, c, seq)
		short := strings.TrimPrefix(code, "PUE-0421-")
		for _, typed := range []string{
			code, strings.ToLower(code), short, strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " "),
			strings.ReplaceAll(short, "0", "O"), strings.ReplaceAll(short, "1", "l"), strings.ReplaceAll(code, "0", "o"),
			" " + short + "\n", strings.Join(strings.Split(short, ""), "."),
		} {
			if got, err := NormalClaim("PUE-0421", typed); err != nil || got != code {
				t.Fatalf("%q is %q, %v, want %s", typed, got, err, code)
			}
		}
	}
}

func TestOneWrongCharacterOrTwoExchangedAreNoticed(t *testing.T) {
	c := someClaims()
	for seq := uint64(1); seq < 60; seq++ {
		code := []byte(claim(t, c, seq))
		from := len(code) - claimLen - 1
		for i := from; i < len(code); i++ {
			if code[i] == '-' {
				continue
			}
			for _, r := range alphabet {
				if wrong := replaced(code, i, byte(r)); wrong != string(code) {
					wantNoClaim(t, wrong)
				}
			}
			for j := i + 1; j < len(code); j++ {
				if code[j] != '-' && code[i] != code[j] {
					swapped := []byte(replaced(code, i, code[j]))
					wantNoClaim(t, replaced(swapped, j, code[i]))
				}
			}
		}
	}
}

func replaced(code []byte, i int, with byte) string {
	return string(code[:i]) + string(with) + string(code[i+1:])
}

func wantNoClaim(t *testing.T, typed string) {
	t.Helper()
	if got, err := NormalClaim("PUE-0421", typed); !errors.Is(err, ErrClaim) {
		t.Errorf("%s is taken for %s", typed, got)
	}
}

func TestACodeOfAnotherTerminalIsNotOurs(t *testing.T) {
	other := newClaims("PUE-0422", []byte("0123456789abcdef"))
	for seq := uint64(1); seq < 50; seq++ {
		code := claim(t, other, seq)
		wantNoClaim(t, code)
		wantNoClaim(t, strings.TrimPrefix(code, "PUE-0422-"))
	}
}

func TestAnEntryIsFoundByItsCode(t *testing.T) {
	k := newTerminal(t)
	k.put(parcel(1))
	want := k.put(parcel(2))
	got, ok := k.ByClaim(strings.ToLower(strings.TrimPrefix(want.Claim, "PUE-0421-")))
	if !ok || got.ID != want.ID {
		t.Errorf("got %+v, %v", got, ok)
	}
	for _, typed := range []string{"", "PUE-0421", claim(t, k.claims, 77)} {
		if e, ok := k.ByClaim(typed); ok {
			t.Errorf("%q found %s", typed, e.Claim)
		}
	}
}

func FuzzANormalClaimIsNormal(f *testing.F) {
	f.Add("PUE-0421", "PUE-0421-7K3F-9M2X")
	f.Add("PUE-0421", "7k3f 9m2x")
	f.Add("A", "ùùùùùùùù")
	f.Fuzz(func(t *testing.T, terminal, typed string) {
		if !terminalID.MatchString(terminal) {
			t.Skip("not a terminal")
		}
		code, err := NormalClaim(terminal, typed)
		if err != nil {
			return
		}
		if again, err := NormalClaim(terminal, code); err != nil || again != code {
			t.Errorf("%q is %q, which is %q, %v", typed, code, again, err)
		}
	})
}
