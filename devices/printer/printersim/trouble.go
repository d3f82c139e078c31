package printersim

// troubles are what keeps a printer from printing, with the sensors that say so.
type troubles struct {
	paperOut, coverOpen bool
	paperLow            bool // no trouble yet, but on the same sensors
	hot                 bool // head too hot; ends by itself
	broken              bool // unrecoverable

	bladeStuck, bladeError bool // the cause, and the error that the next cut makes of it
	jam, jamError          bool
	badLine                bool // no trouble for the printer: it prints what it could read
}

// stopped says that nothing is printed for now. The printer is offline.
func (t troubles) stopped() bool {
	return t.paperOut || t.coverOpen || t.hot || t.inError()
}

// inError is what DLE EOT 2 calls an error, apart from heat.
func (t troubles) inError() bool { return t.broken || t.bladeError || t.jamError }

// clear ends the errors whose causes are gone.
func (t *troubles) clear() {
	t.bladeError = t.bladeError && t.bladeStuck
	t.jamError = t.jamError && t.jam
}

// SetPaper puts a full roll in or takes the roll out.
func (s *Sim) SetPaper(in bool) { s.turn(func() { s.paperOut, s.paperLeft = !in, 0 }) }

// SetPaperLeft lets the roll end after so many more millimetres.
func (s *Sim) SetPaperLeft(mm float64) { s.turn(func() { s.paperOut, s.paperLeft = mm <= 0, mm }) }

// SetPaperLow covers the near-end sensor; printing goes on.
func (s *Sim) SetPaperLow(low bool) { s.turn(func() { s.paperLow = low }) }

// SetCover opens or closes the cover. Nothing is printed while it is open. A
// person who opens it also clears away what jammed, if it lets go: closing it
// ends errors whose causes are gone.
func (s *Sim) SetCover(open bool) {
	s.turn(func() {
		if s.coverOpen && !open {
			s.clear()
		}
		s.coverOpen = open
	})
}

// SetHot makes the head too hot to print, or lets it cool.
func (s *Sim) SetHot(hot bool) { s.turn(func() { s.hot = hot }) }

// SetCutterJam blocks the blade: the next cut fails, and the printer is in error.
// Freeing the blade is not enough where the printer knows DLE ENQ: it then waits
// for that, or for the cover to be opened and closed.
func (s *Sim) SetCutterJam(stuck bool) {
	s.turn(func() {
		s.bladeStuck = stuck
		s.unlatch(stuck)
	})
}

// SetJam crumples the paper: an error at once. It ends as that of
// [Sim.SetCutterJam] does.
func (s *Sim) SetJam(jam bool) {
	s.turn(func() {
		s.jam, s.jamError = jam, s.jamError || jam
		s.unlatch(jam)
	})
}

// unlatch ends an error with its cause on printers that wait for no command.
func (s *Sim) unlatch(cause bool) {
	if !cause && !s.model.recovery {
		s.clear()
	}
}

// SetLineErrors lets a Custom tell of bytes that it could not read (RS232 error).
func (s *Sim) SetLineErrors(on bool) { s.turn(func() { s.badLine = on }) }

// SetBroken is an error that no command ends.
func (s *Sim) SetBroken(broken bool) { s.turn(func() { s.broken = broken }) }

// SetMute makes the printer print without ever answering.
func (s *Sim) SetMute(mute bool) { s.turn(func() { s.muted = mute }) }

// PowerCycle switches the printer off and on: what it received, its modes and its
// automatic status are gone; pictures in its flash and the paper stay.
func (s *Sim) PowerCycle() {
	s.turn(s.restart)
}

func (s *Sim) restart() {
	s.dropInput()
	s.reset()
	s.automatic = automatic{}
	s.counters.starts++
	s.clear()
}

// SwitchOff switches the printer off, as [Sim.PowerCycle] has it. Until it is switched on
// it answers nothing, and forgets what the line brings; one that asks the line to wait
// goes on doing so.
func (s *Sim) SwitchOff() {
	s.turn(func() {
		s.restart()
		s.off = true
		s.buffer.open()
	})
}

// SwitchOn ends SwitchOff.
func (s *Sim) SwitchOn() {
	s.turn(func() {
		s.off = false
		s.buffer.open()
	})
}

// recover is DLE ENQ n: 1 goes on from the line of the error, 2 throws away what
// was received.
func (s *Sim) recover(n byte) {
	if !s.bladeError && !s.jamError {
		return // only for errors that end so, and not for the end of paper
	}
	if n == 2 {
		s.dropInput()
	}
	s.clear()
}

// dropInput throws away what was received and not printed.
func (s *Sim) dropInput() {
	s.buffer.bytes, s.command, s.raster, s.line, s.owedCut = nil, nil, nil, nil, nil
}
