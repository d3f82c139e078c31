package session

import (
	"pue/devices"
	"pue/kiosk/paper"
)

// A document on A4 has a slip: what it is, how many sheets, where to get it again. It
// goes with the sheets, or stands for them while they cannot be printed.

// mayPrintSlip: the answer has a document, and its slip can be printed now. What is
// about anybody's health gets none.
func (s *State) mayPrintSlip() bool {
	a := s.Citizen.Answer
	return a != nil && a.Document != nil && a.printable() && s.Printer.State == devices.Ready
}

// printSlip prints it; onPaper: the sheets came out.
func (t *turn) printSlip(onPaper bool) {
	a := t.s.Citizen.Answer
	t.print(Order{Kind: PaperPersonal, Certificate: &paper.Certificate{
		Service: a.Service, AsOf: a.AsOf, Pages: a.Document.Pages, OnPaper: onPaper,
	}}, AnswerPage)
}

// slipAfterSheets: the sheets are out, and their slip can follow.
func (s *State) slipAfterSheets() bool {
	return s.Screen == Printed && s.Print.Order.Kind == PaperSheets && s.mayPrintSlip()
}
