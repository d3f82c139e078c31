package faults

import (
	"math/rand/v2"
	"syscall"
	"testing"

	"pue/packaging/journeys/faults/lossy"
)

// failures is at how many places of a disk something fails.
const failures = 100

// TestAFailingBarrierThatForgetsLosesNothingAcknowledged is about the worst a
// disk does under Linux: the barrier fails, what it was for is gone, and the page
// cache shows it all the same. At the end the power is cut.
func TestAFailingBarrierThatForgetsLosesNothingAcknowledged(t *testing.T) {
	onBadDisk(t, func(place int, _ *rand.Rand) lossy.Fault {
		return lossy.Fault{At: place, Kind: lossy.Barrier, Error: syscall.EIO, Forget: true}
	})
}

// TestAFailingDiskThatIsFullForAWhileLosesNothingAcknowledged lets writes find
// the disk full, several in a row, and room again afterwards.
func TestAFailingDiskThatIsFullForAWhileLosesNothingAcknowledged(t *testing.T) {
	onBadDisk(t, func(place int, random *rand.Rand) lossy.Fault {
		return lossy.Fault{At: place, Kind: lossy.Write, Error: syscall.ENOSPC, Lasting: random.IntN(30)}
	})
}

func onBadDisk(t *testing.T, fault func(place int, random *rand.Rand) lossy.Fault) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	random, seed := seeded(t)
	hits, restarts, acknowledged, refused, unknown := 0, 0, 0, 0, 0
	for place := 1; place <= failures && !t.Failed(); place++ {
		c := newChain(t)
		f := fault(place, random)
		disk := lossy.New(nil)
		disk.Plan(f, nil)
		s, starts := c.untilItGoesOn(disk, place/lifeLong+f.Lasting+after)
		restarts += starts - 1
		if disk.Count(f.Kind) >= f.At {
			hits++
		}
		acknowledged, refused, unknown = acknowledged+len(s.stored), refused+len(s.failed), unknown+len(s.unknown)
		c.files, c.living = disk.Survivors(lossy.Nothing, random), s.stored
		for _, id := range s.unknown {
			c.maybe[id] = true
		}
		if !c.wantWhole() || t.Failed() {
			t.Errorf("seed %d: fault %+v; the terminal said %+v", seed, f, s)
		}
	}
	t.Logf("seed %d: faults at %d places, %d restarts of the terminal, %d submissions acknowledged and recovered, %d refused, %d unknown",
		seed, hits, restarts, acknowledged, refused, unknown)
	if hits == 0 || acknowledged == 0 {
		t.Error("no fault was hit")
	}
}

// untilItGoesOn runs a terminal on disk, starts it again when it ends by itself,
// as systemd does, and demands that it comes to work without a fault.
func (c *chain) untilItGoesOn(disk *lossy.Disk, puts int) (all said, starts int) {
	c.t.Helper()
	const most = 40 // each start writes, so that any fault passes before
	for starts = 1; ; starts++ {
		s := c.on(disk, program("steps", params{INPS: c.inps, From: starts * 1000, Count: puts}), nil)
		all.stored = append(all.stored, s.stored...)
		all.failed = append(all.failed, s.failed...)
		all.unknown = append(all.unknown, s.unknown...)
		all.trouble = append(all.trouble, s.trouble...)
		if s.done && len(s.trouble) == 0 && len(s.stored) > 0 && s.stored[len(s.stored)-1] == idOf(starts*1000+puts-1) {
			return all, starts
		}
		if starts == most {
			c.t.Errorf("the queue did not go on after the fault: %+v", s)
			return all, starts
		}
	}
}
