package ui

import "pue/kiosk/session"

// printStep is one line of what happens to a paper.
type printStep struct {
	Key       string
	Done, Now bool
}

// PrintSteps are what happens between the touch and the paper in the hand.
func (p page) PrintSteps() []printStep {
	steps := []printStep{{Key: "printing.step.sending"}, {Key: "printing.step.printing"}, {Key: "printing.step.take"}}
	now := 0
	if p.Print.Progress == session.PrintingPaper {
		now = 1
	}
	for i := range steps {
		steps[i].Done, steps[i].Now = i < now, i == now
	}
	return steps
}
