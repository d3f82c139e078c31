package pcsc_test

import (
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/pcsc"
)

// recorder keeps the commands that pass.
type recorder struct {
	smartcard.Transport
	commands [][]byte
}

func (r *recorder) Transmit(apdu []byte) ([]byte, error) {
	r.commands = append(r.commands, slices.Clone(apdu))
	return r.Transport.Transmit(apdu)
}

// contactPace is what a byte takes on the contacts of a card that was not asked to
// hurry: 11 etu of 31 clocks each, at 4 MHz (TA1 = 18, ISO/IEC 7816-3 §8.3).
const contactPace = 85 // microseconds

// BenchmarkIdentity reads a card through our code, and sends the same commands
// bare through the same stack, in turns. x-bare is the one over the other, by the
// medians, because other work on the machine disturbs a few of many.
//
// The instant card answers at once, as none does: there the quotient shows what
// our code costs, and that is the price of calls that can be left behind. The
// paced one takes the time that its bytes take on the line of a real one.
func BenchmarkIdentity(b *testing.B) {
	for _, c := range []struct {
		name, person string
		pace         int
	}{
		{"CNS/instant", "anna", 0},
		{"CNS/paced", "anna", contactPace},
		{"CIE/instant", "carla", 0},
		{"CIE/paced", "carla", contactPace},
	} {
		b.Run(c.name, func(b *testing.B) {
			bench, readers := newBench(b), pcsc.New(slog.New(slog.DiscardHandler))
			e := watch(b, readers)
			e.see(first, smartcard.EmptySlot)
			bench.order("stretch 0 %s", c.person)
			e.see(first, smartcard.CardIn)
			transport, judge := connect(b, readers, first), anchors(b)
			r := &recorder{Transport: transport}
			if _, err := open(b, r).Identity(now); err != nil {
				b.Fatal(err)
			}
			bare := newRival(b, first)
			bench.order("pace 0 %d", c.pace)

			own := func() error {
				card, err := smartcard.Open(transport, judge)
				if err == nil {
					_, err = card.Identity(now)
				}
				return err
			}
			theirs := func() error {
				for _, apdu := range r.commands {
					if _, err := bare.card.Transmit(apdu); err != nil {
						return err
					}
				}
				return nil
			}
			turns := [2]func() error{own, theirs}
			var times [2][]time.Duration
			for i := 0; b.Loop(); i++ {
				for n := range turns {
					who := (i + n) % 2
					start := time.Now()
					if err := turns[who](); err != nil {
						b.Fatal(err)
					}
					times[who] = append(times[who], time.Since(start))
				}
			}
			we, bareTime := median(times[0]), median(times[1])
			b.ReportMetric(float64(we)/float64(bareTime), "x-bare")
			b.ReportMetric(float64(we-bareTime)/1e3, "µs-more")
			b.ReportMetric(float64(we)/1e3, "µs/identity")
			b.ReportMetric(float64(len(r.commands)), "apdus")
			if c.person == "anna" {
				b.ReportMetric(openSCCommands(b, bench), "apdus-opensc")
			}
		})
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// openSCCommands counts what OpenSC sends for the same: the personal data and
// the certificate, when it need not find out first what card it is.
func openSCCommands(b *testing.B, bench *bench) float64 {
	b.Helper()
	bench.order("pace 0 0")
	before := commands(b, bench)
	newJudge(b).onlyCNS()
	says(b, "", "pkcs15-tool", "--read-data-object", "EF_DatiPersonali", "--read-certificate", "01")
	return commands(b, bench) - before
}

func commands(b *testing.B, bench *bench) float64 {
	b.Helper()
	n, err := strconv.ParseFloat(bench.order("commands 0"), 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}
