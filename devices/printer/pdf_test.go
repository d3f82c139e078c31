package printer_test

import (
	"errors"
	"testing"

	"pue/devices/printer"
)

func TestOnlyAWholePDFThatRunsNothingIsPrinted(t *testing.T) {
	const end = "\ntrailer <</Root 1 0 R>>\n%%EOF\n"
	for name, c := range map[string]struct {
		pdf  string
		want error
	}{
		"a plain one":                  {"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj" + end, nil},
		"letters like a program's":     {"%PDF-1.7\n1 0 obj <</Length 9>>\nstream\n/JS /Encrypt\nendstream endobj" + end, nil},
		"a name that begins like one":  {"%PDF-1.7\n1 0 obj <</JSX 1 /Launched 2>> endobj" + end, nil},
		"no PDF":                       {"<html>" + end, printer.ErrNotPDF},
		"one that is cut short":        {"%PDF-1.7\n1 0 obj <</Type/Catalog", printer.ErrNotPDF},
		"one that asks for a password": {"%PDF-1.7\ntrailer <</Encrypt 5 0 R/Root 1 0 R>>\n%%EOF", printer.ErrEncrypted},
		"a program":                    {"%PDF-1.7\n1 0 obj <</OpenAction <</S/JavaScript/JS(app.alert)>>>> endobj" + end, printer.ErrActive},
		"a program behind a stream":    {"%PDF-1.7\n1 0 obj <</Length 1>>\r\nstream\r\nx\r\nendstream endobj 2 0 obj <</S/Launch>> endobj" + end, printer.ErrActive},
		"a program in disguise":        {"%PDF-1.7\n1 0 obj <</S/J#61va#53cript>> endobj" + end, printer.ErrActive},
		"more than is printed":         {"%PDF-1.7\n" + string(make([]byte, 8<<20)) + end, printer.ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			if err := printer.CheckPDF([]byte(c.pdf)); !errors.Is(err, c.want) {
				t.Errorf("the verdict is %v; want %v", err, c.want)
			}
		})
	}
}

func FuzzCheckPDF(f *testing.F) {
	f.Add([]byte("%PDF-1.7\n1 0 obj <</Length 9>>\nstream\nx\nendstream\n%%EOF"))
	f.Add([]byte("%PDF-stream\r\nstream\n/J#5"))
	f.Fuzz(func(t *testing.T, pdf []byte) {
		if err := printer.CheckPDF(pdf); err == nil && len(pdf) < len("%PDF-%%EOF") {
			t.Errorf("%q is printed", pdf)
		}
	})
}
