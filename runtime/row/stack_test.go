//go:build !race

// The race detector has every pointer that is converted kept on the heap, and has
// pools forget what they are given.

package row_test

import "testing"

// TestNewRowStaysOnTheStack: a row that is declared where it is used costs nothing.
func TestNewRowStaysOnTheStack(t *testing.T) {
	frame := taskNamed("init").Append(nil)
	if n := testing.AllocsPerRun(10, func() {
		var m task
		if err := m.Decode(frame); err != nil || !m.HasName() {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAppendAllocatesNothing: not for lists, messages and maps either.
func TestAppendAllocatesNothing(t *testing.T) {
	m, buffer := full(), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { buffer = m.Append(buffer[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
