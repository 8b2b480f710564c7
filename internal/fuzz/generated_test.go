//go:build generated

package fuzz

import (
	"flag"
	"runtime"
	"testing"

	"github.com/volint/volint/runtime/row"
)

// TestGo and TestBoundsGo run these, with the packages that they need.

func TestGenerated(t *testing.T) {
	all, err := commandsFor(compiled(t).Messages)
	if err != nil {
		t.Fatal(err)
	}
	tryAll(t, all)
}

func FuzzGenerated(f *testing.F) {
	all, err := commandsFor(compiled(f).Messages)
	if err != nil {
		f.Fatal(err)
	}
	fuzzAll(f, all)
}

var (
	trap = flag.String("trap", "", "the message that TestTrap decodes")
	size = flag.Int("size", 0, "its size")
)

// TestTrap decodes one message, once, and tells what memory that took.
func TestTrap(t *testing.T) {
	message := traps(*size)[*trap]
	var r row.Row
	for _, c := range row.Commands() {
		if c.Message.FullName == limits {
			r = c.New()
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_ = r.Decode(message)
	runtime.ReadMemStats(&after)
	t.Logf("memory %d", after.TotalAlloc-before.TotalAlloc)
}
