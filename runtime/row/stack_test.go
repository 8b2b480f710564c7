//go:build !race

// The race detector has every pointer that is converted kept on the heap.

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
