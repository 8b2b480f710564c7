package qemutest

import (
	"encoding/binary"
	"testing"
	"time"
)

// The boot sector runs, its counter counts, and markers are where they should be.
func TestGuestCounts(t *testing.T) {
	const addr, value = 0x800000, 0x1122334455667788
	g := Start(t, Options{Boot: Counter(), Backend: Memfd, Markers: map[uint64]uint64{addr: value}})
	for count := uint32(0); count < 2; {
		b := g.Physical(MarkerAddress, 8)
		if binary.LittleEndian.Uint32(b) == Marker {
			count = binary.LittleEndian.Uint32(b[4:])
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got := binary.LittleEndian.Uint64(g.Physical(addr, 8)); got != value {
		t.Errorf("at %#x is %#x, want %#x", addr, got, uint64(value))
	}
	if got := g.Status(); got != "running" {
		t.Errorf("the guest is %s", got)
	}
	g.Quit()
}

func TestManagedGuestAnswers(t *testing.T) {
	g := Start(t, Options{Machine: "q35", Managed: true})
	g.connect(g.QMP).Close()
}
