package outbox

import (
	"fmt"
	"hash/crc32"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// wait is a back-off as it survives a restart: the wall clock may be set at any
// time, and after a power cut it may begin in 1970. So a wait is kept as its
// length, and its end in the time of one boot, which nobody sets.
type wait struct {
	ms   uint32 // its length
	boot uint32 // which boot
	due  uint32 // s since that boot
}

// waitMost is the longest wait that is believed when it is read back.
const waitMost = busyMost + retryMost

// clock is the time since the machine was switched on.
type clock interface {
	// Boot is a number that the next boot will not have.
	Boot() uint32
	// Since is the time since the boot, sleep included.
	Since() time.Duration
}

// until is a wait that begins now.
func until(c clock, left time.Duration) wait {
	left = min(max(left, 0), waitMost)
	return wait{
		ms:   uint32(left.Milliseconds()),
		boot: c.Boot(),
		due:  uint32((c.Since() + left + time.Second - 1) / time.Second),
	}
}

// left is what is left of a wait: exactly, to the second, in the boot in which
// it began, and all of it in another.
func (w wait) left(c clock) time.Duration {
	whole := min(time.Duration(w.ms)*time.Millisecond, waitMost)
	if w.boot != c.Boot() {
		return whole
	}
	return min(max(time.Duration(w.due)*time.Second-c.Since(), 0), whole)
}

// kernelClock asks Linux.
type kernelClock struct{ boot uint32 }

// newKernelClock reads which boot this is.
func newKernelClock() (kernelClock, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id") // random(4)
	if err != nil {
		return kernelClock{}, fmt.Errorf("telling this boot from others: %w", err)
	}
	return kernelClock{crc32.ChecksumIEEE(id)}, nil
}

func (k kernelClock) Boot() uint32 { return k.boot }

func (k kernelClock) Since() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0 // every wait is then as long as it was at first
	}
	return time.Duration(t.Nano())
}
