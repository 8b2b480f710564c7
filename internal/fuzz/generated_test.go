//go:build generated

package fuzz

import (
	"flag"
	"fmt"
	"runtime"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

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

// tryAll tries random messages of all types.
func tryAll(t *testing.T, all []*structs) {
	t.Helper()
	c := compiled(t)
	everything(t, c, 5, func(kind int, batch [][]byte) {
		for _, message := range batch {
			all[kind].try(t, message)
		}
	})
}

// commandsFor finds the generated rows of types.
func commandsFor(types []protoreflect.MessageDescriptor) ([]*structs, error) {
	var all []*structs
	for _, md := range types {
		found := false
		for _, c := range row.Commands() {
			if c.Message.FullName == string(md.FullName()) {
				all, found = append(all, newStructs(md, c.New)), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no package has a row of %s", md.FullName())
		}
	}
	return all, nil
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
