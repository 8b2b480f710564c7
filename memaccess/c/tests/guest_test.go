package tests

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// everyWay runs a test on servers of each kind.
func everyWay(t *testing.T, test func(t *testing.T, start func(t *testing.T, options ...string) *host)) {
	t.Helper()
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			test(t, func(t *testing.T, options ...string) *host {
				t.Helper()
				return startHost(t, w.flags, w.way, options...)
			})
		})
	}
}

// goesOn waits until the guest runs.
func (h *host) goesOn(t *testing.T) (state string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if state = h.Tell(t, "guest"); strings.HasPrefix(state, "runs") {
			return state
		}
	}
	t.Fatalf("the guest still stands: %s", state)
	return ""
}

func TestPause(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t, "dump", "pause")
		a, b := h.dial(t), h.dial(t)
		if f := protocoltest.SayHello(t, a).Features; f != 4|1 {
			t.Errorf("features %b", f)
		}
		for i, s := range []struct {
			client int
			kind   byte
			answer byte
			guest  string
		}{
			{0, protocoltest.Continue, 0, "runs 0 0"},
			{0, protocoltest.Pause, 1, "stands 1 0"},
			{1, protocoltest.Continue, 0, "stands 1 0"},
			{1, protocoltest.Pause, 1, "stands 1 0"},
			{1, protocoltest.Pause, 1, "stands 1 0"}, // one a connection
			{0, protocoltest.Continue, 1, "stands 1 0"},
			{0, protocoltest.Continue, 0, "stands 1 0"},
			{1, protocoltest.Continue, 1, "runs 1 1"},
			{1, protocoltest.Pause, 1, "stands 2 1"},
		} {
			conn := a
			if s.client == 1 {
				conn = b
			}
			if got := protocoltest.Ask(t, conn, s.kind, 0); got != s.answer {
				t.Errorf("step %d: %d, want %d", i, got, s.answer)
			}
			if got := h.Tell(t, "guest"); got != s.guest {
				t.Errorf("step %d: the guest is %s, want %s", i, got, s.guest)
			}
		}
		_ = b.Close() // without a word
		if got := h.goesOn(t); got != "runs 2 2" {
			t.Errorf("the guest is %s", got)
		}
		protocoltest.Stays(t, a)
	})
}

// A guest that somebody else stopped stays so.
func TestPauseOfStanding(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t, "pause", "stands")
		conn := h.dial(t)
		for _, kind := range []byte{protocoltest.Pause, protocoltest.Continue} {
			if got := protocoltest.Ask(t, conn, kind, 0); got != 1 {
				t.Errorf("request %x: %d", kind, got)
			}
			if got := h.Tell(t, "guest"); got != "stands 0 0" {
				t.Errorf("after request %x the guest is %s", kind, got)
			}
		}
	})
}

func TestPauseEnds(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		t.Run("asked", func(t *testing.T) {
			h := start(t, "pause")
			conn := h.dial(t)
			protocoltest.Ask(t, conn, protocoltest.Pause, 1)
			h.goesOn(t)
			if got := protocoltest.Ask(t, conn, protocoltest.Continue, 0); got != 0 {
				t.Error("the client is not told that the guest went on before")
			}
			protocoltest.Stays(t, conn)
		})
		t.Run("longest", func(t *testing.T) {
			h := start(t, "pause", "hold=1")
			protocoltest.Ask(t, h.dial(t), protocoltest.Pause, 1<<63)
			h.goesOn(t)
		})
		t.Run("turns", func(t *testing.T) {
			h := start(t, "pause", "hold=20")
			a, b := h.dial(t), h.dial(t)
			for end := time.Now().Add(time.Minute); ; {
				protocoltest.Ask(t, a, protocoltest.Pause, 0)
				protocoltest.Ask(t, b, protocoltest.Pause, 0)
				if !strings.HasSuffix(h.Tell(t, "guest"), " 0") {
					return
				}
				if time.Now().After(end) {
					t.Fatal("clients that take turns hold the guest for ever")
				}
			}
		})
		t.Run("stop", func(t *testing.T) {
			h := start(t, "pause")
			protocoltest.Ask(t, h.dial(t), protocoltest.Pause, 0)
			h.End(t) // which waits: the guest's state is checked by the host itself
		})
	})
}

// What was before the client came is not told, what is later is, to each hello.
func TestChanges(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t, "dump", "image=sha256:0")
		h.Tell(t, "change it began")
		conn := h.dial(t)
		protocoltest.Stays(t, conn) // so that it is connected before the next change
		want := [3]string{"sha256:0", "test", ""}
		if diff := cmp.Diff(want, protocoltest.SayHello(t, conn).Words(t)); diff != "" {
			t.Errorf("hello (-want +got):\n%s", diff)
		}
		h.Tell(t, "change the guest was reset")
		want[2] = "the guest was reset"
		if diff := cmp.Diff(want, protocoltest.SayHello(t, conn).Words(t)); diff != "" {
			t.Errorf("the second hello (-want +got):\n%s", diff)
		}
		if words := protocoltest.SayHello(t, h.dial(t)).Words(t); words[2] != "" {
			t.Errorf("a new client is told %q", words[2])
		}
		h.Tell(t, "change "+strings.Repeat("x", 240))
		if words := protocoltest.SayHello(t, conn).Words(t); words[2] != strings.Repeat("x", 200) {
			t.Errorf("a long change is told as %q", words[2])
		}
	})
}

// A live guest is that of the server's process.
func TestLive(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t)
		about := protocoltest.SayHello(t, h.dial(t))
		if about.Features != 16|1 {
			t.Errorf("features %b", about.Features)
		}
		process, started := binary.LittleEndian.Uint64(about.Tail), binary.LittleEndian.Uint64(about.Tail[8:])
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		words := bytes.Fields(stat[bytes.LastIndexByte(stat, ')'):]) // from the second
		if process != uint64(h.Process.Pid) || fmt.Sprint(started) != string(words[20]) {
			t.Errorf("process %d started at %d, want %d at %s", process, started, h.Process.Pid, words[20])
		}
	})
}

// Memory is plugged in while a client is connected.
func TestRunsChange(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t)
		conn := h.dial(t)
		if runs := protocoltest.SayHello(t, conn).Runs; len(runs) != 3 {
			t.Errorf("runs %v", runs)
		}
		if got := h.Tell(t, "overlap"); !strings.Contains(got, "run 1 of memory, at 0x1000") {
			t.Errorf("runs that overlap: %s", got)
		}
		if got := h.Tell(t, "plug"); got != "plugged" {
			t.Fatal(got)
		}
		want := append(protocoltest.Runs[:3:3], protocoltest.Stretch{Start: 8 * protocoltest.GiB, Length: protocoltest.MiB})
		if diff := cmp.Diff(want, protocoltest.SayHello(t, conn).Runs); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		protocoltest.Stays(t, conn)
	})
}

// A host that does not know where memory is serves as an original does.
func TestNoRuns(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		conn := start(t, "no-runs", "pause", "writable").dial(t)
		for _, header := range [][]byte{
			protocoltest.Header(protocoltest.Hello, protocoltest.Magic, 0), protocoltest.Header(protocoltest.Vectored, 1, 16),
			protocoltest.Header(protocoltest.Descriptor, 0, 0), protocoltest.Header(protocoltest.Pause, 0, 0),
		} {
			protocoltest.Send(t, conn, header)
			if got := protocoltest.Receive(t, conn, 1); got[0] != 0 {
				t.Errorf("a request of type %x is answered %d", header[0], got)
			}
		}
		protocoltest.Send(t, conn, protocoltest.Header(protocoltest.Read, protocoltest.LowEnd-2, 4))
		if got := protocoltest.Receive(t, conn, 5); !bytes.Equal(got, make([]byte, 5)) {
			t.Errorf("a read into a hole: %x", got)
		}
		protocoltest.Stays(t, conn)
	})
}

func TestCounters(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t, "writable")
		conn := h.dial(t)
		_ = h.dial(t).Close()
		protocoltest.Send(t, conn, protocoltest.Header(protocoltest.Read, 0x1000, 100))
		protocoltest.Receive(t, conn, 101)
		protocoltest.Send(t, conn, append(protocoltest.Header(protocoltest.Write, 0x1000, 3), "abc"...))
		protocoltest.Receive(t, conn, 1)
		protocoltest.Send(t, conn, protocoltest.List(0x1000, 8, protocoltest.HighEnd, 8))
		protocoltest.Receive(t, conn, 18)
		want := "1 2 0 3 1 108 3"
		for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			got := h.Tell(t, "counters")
			if got == want {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("counters %s, want %s", got, want)
			}
		}
	})
}
