package printersim

import "io"

// Decode prints data at once on a fresh printer of that name and returns the
// printer. What was not cut at the end is torn off.
func Decode(name string, data []byte) *Sim {
	s := New(name)
	line, err := s.Line()
	if err != nil {
		panic("printersim: a fresh printer has no cable: " + err.Error())
	}
	defer line.Close()
	go io.Copy(io.Discard, line) // its answers; ends when the line is closed
	if _, err := line.Write(data); err != nil {
		panic("printersim: a fresh printer takes no bytes: " + err.Error())
	}
	s.Tear()
	return s
}
