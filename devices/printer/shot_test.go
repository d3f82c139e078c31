package printer_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pue/devices/printer/printersim"
)

var shots = flag.String("shots", "", "directory to write pictures of the receipts into")

func writeShot(t *testing.T, r printersim.Receipt) {
	t.Helper()
	if *shots == "" {
		return
	}
	name := filepath.Join(*shots, fmt.Sprintf("%s-%d.png", t.Name(), r.Number))
	if err := os.WriteFile(name, r.PNG(), 0o600); err != nil {
		t.Fatal(err)
	}
}
