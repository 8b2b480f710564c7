package tests

import (
	"context"
	"encoding/binary"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
)

// Go's client reads the guest of the example, which runs, is stopped and runs again.
func TestExample(t *testing.T) {
	testenv.Uses(t, "memaccess/c")
	emulator := ctest.Link(t, "gcc", append([]string{"-I", folder()}, addressSanitizer...),
		source("examples", "emulator.c"), source("volint_memory.c"))
	for _, way := range []string{"pumped", "threaded"} {
		t.Run(way, func(t *testing.T) {
			path := testenv.Socket(t)
			startExample(t, emulator, path, way)
			memory, err := memaccess.Dial(context.Background(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer memory.Close()
			want := []memaccess.Run{{Start: 0, Length: 1 << 20}, {Start: 4 << 30, Length: 1 << 20}}
			if diff := cmp.Diff(want, memory.Runs()); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			if !memory.Identity().Live() {
				t.Error("the guest is not live")
			}
			changes(t, memory)
			release, err := memory.Pause(context.Background(), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			first := count(t, memory)
			time.Sleep(20 * time.Millisecond)
			if second := count(t, memory); first != second {
				t.Errorf("the guest counted from %d to %d while it was to stand", first, second)
			}
			if err := release(); err != nil {
				t.Error(err)
			}
			changes(t, memory)
			if _, err := memory.WriteAt([]byte("written"), 4<<30); err != nil {
				t.Error(err)
			}
			b := make([]byte, 7)
			if _, err := memory.ReadAt(b, 4<<30); err != nil || string(b) != "written" {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
}

func startExample(t *testing.T, emulator, path, way string) {
	t.Helper()
	if line := testenv.Start(t, exec.Command(emulator, path, way)).Line(t); line != "serving on "+path {
		t.Fatal(line)
	}
}

func count(t *testing.T, memory memaccess.Source) uint32 {
	t.Helper()
	b := make([]byte, 4)
	if _, err := memory.ReadAt(b, 0x1000); err != nil {
		t.Fatal(err)
	}
	return binary.LittleEndian.Uint32(b)
}

// changes waits until the guest has counted.
func changes(t *testing.T, memory memaccess.Source) {
	t.Helper()
	first := count(t, memory)
	for end := time.Now().Add(time.Minute); count(t, memory) == first; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the guest does not run")
		}
	}
}
