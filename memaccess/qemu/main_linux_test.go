package qemu

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// TestMain lets the test binary be the process that holds a guest.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case HolderCommand:
			if err := Hold(context.Background()); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		case "open":
			openAndSay(os.Args[2])
		case "pause-and-wait": // a caller, to be killed
			pauseAndWait(os.Args[2], os.Args[3])
		case "pause-again-and-again": // the same
			pauseAgain(os.Args[2])
		}
	}
	os.Exit(m.Run())
}

func holderOfTests() []string {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return []string{self, HolderCommand}
}

// pauseAndWait stops a guest, says so, and stays.
func pauseAndWait(path, hold string) {
	for_, err := time.ParseDuration(hold)
	if err != nil {
		panic(err)
	}
	s, err := Open(context.Background(), path, Options{Holder: holderOfTests()})
	if err != nil {
		panic(err)
	}
	if _, err := s.(memaccess.Pauser).Pause(context.Background(), for_); err != nil {
		panic(err)
	}
	fmt.Println("stands")
	select {}
}

// pauseAgain stops and continues a guest for ever.
func pauseAgain(path string) {
	s, err := Open(context.Background(), path, Options{Holder: holderOfTests()})
	if err != nil {
		panic(err)
	}
	for {
		release, err := s.(memaccess.Pauser).Pause(context.Background(), time.Hour)
		if err != nil {
			panic(err)
		}
		if err := release(); err != nil {
			panic(err)
		}
		fmt.Println("again")
	}
}

// open opens a guest's memory.
func open(t *testing.T, g *qemutest.Guest, o Options) *memory {
	t.Helper()
	o.Holder = holderOfTests()
	o.Timeout = time.Minute // of a test machine that does much else
	s, err := Open(context.Background(), g.QMP, o)
	if err != nil {
		t.Fatal(hinted(err))
	}
	t.Cleanup(func() { s.Close() })
	switch s := s.(type) {
	case *memory:
		return s
	case *writable:
		return s.memory
	}
	t.Fatalf("a %T", s)
	return nil
}

// hinted is an error and its advice, as a person sees them.
func hinted(err error) string {
	var h interface{ Hint() string }
	if !errors.As(err, &h) {
		return fmt.Sprintf("%v (without a hint)", err)
	}
	return err.Error() + " | " + h.Hint()
}

func read(t *testing.T, s memaccess.Source, addr uint64, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := s.ReadAt(b, int64(addr)); err != nil {
		t.Fatal(hinted(err))
	}
	return b
}

// count is what the counting boot sector has counted.
func count(t *testing.T, s memaccess.Source) uint32 {
	t.Helper()
	return binary.LittleEndian.Uint32(read(t, s, qemutest.CounterAddress, 4))
}

// eventually waits until something is so. Nothing is measured by it: a test that
// waits in vain ends with the test's own time-out, or this one.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not happen", what)
		}
	}
}

// resident is how much memory a process has, shared and its own.
func resident(t *testing.T, process int) uint64 {
	t.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", process))
	if err != nil {
		t.Fatal(err)
	}
	var kib uint64
	for line := range strings.Lines(string(statm)) {
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &kib); err == nil {
			return kib << 10
		}
	}
	t.Fatalf("no Rss in %s", statm)
	return 0
}

// allocated is how much memory the file of a guest's memory has, whoever uses it.
func allocated(t *testing.T, m *memory) uint64 {
	t.Helper()
	runs := m.Runs()
	file, _ := m.File(runs[len(runs)-1])
	if file == nil {
		return 0
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return uint64(info.Sys().(*syscall.Stat_t).Blocks) * 512
}
