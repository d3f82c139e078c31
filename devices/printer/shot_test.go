package printer_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pue/devices/printer/printersim"
)

var (
	shots  = flag.String("shots", "", "directory to write pictures of the receipts into")
	update = flag.Bool("update", false, "write the golden files anew")
)

func writeShot(t testing.TB, r printersim.Receipt) {
	t.Helper()
	if *shots == "" {
		return
	}
	name := fmt.Sprintf("%s-%d.png", strings.ReplaceAll(t.Name(), "/", "-"), r.Number)
	if err := os.WriteFile(filepath.Join(*shots, name), r.PNG(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// golden compares got with testdata/name, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it and run with -update if it is right. got:\n%s", name, got)
	}
}
