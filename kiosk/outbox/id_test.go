package outbox

import "testing"

func TestAnIDIsReadInTheOneFormInWhichItIsWritten(t *testing.T) {
	const good = "0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5e"
	if id, err := parseID(good); err != nil || id.String() != good {
		t.Errorf("%s became %s, %v", good, id, err)
	}
	for _, bad := range []string{
		"", "0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5", good + "0", "0192F0C1-7a3e-7c55-9d1b-3f2a6b8c4d5e",
		"0192f0c1x7a3e-7c55-9d1b-3f2a6b8c4d5e", "0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5g", "0192f0c17-a3e-7c55-9d1b-3f2a6b8c4d5e",
	} {
		if id, err := parseID(bad); err == nil {
			t.Errorf("%q was read as %s", bad, id)
		}
	}
}

func FuzzIDsComeBackAsTheyWere(f *testing.F) {
	f.Add("0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5e")
	f.Add("VRDNNA61A41H501X")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := parseID(s); err == nil && id.String() != s {
			t.Errorf("%q became %q", s, id)
		}
	})
}
