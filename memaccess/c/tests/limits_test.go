package tests

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// More clients than there may be are disconnected, and counted.
func TestTooManyClients(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t, "clients=2")
		a, b := h.dial(t), h.dial(t)
		protocoltest.Stays(t, a)
		protocoltest.Stays(t, b)
		protocoltest.Ends(t, h.dial(t))
		if counters := strings.Fields(h.Tell(t, "counters")); counters[2] != "1" {
			t.Errorf("%s clients were refused", counters[2])
		}
		protocoltest.Stays(t, a)
		_ = b.Close()
		for end := time.Now().Add(time.Minute); ; { // there is room for one again
			conn := h.dial(t)
			_, _ = conn.Write(protocoltest.Header(protocoltest.Read, 0x1000, 0))
			if n, _ := conn.Read(make([]byte, 1)); n == 1 {
				return
			}
			if time.Now().After(end) {
				t.Fatal("the place of a client that left is not given again")
			}
		}
	})
}

// Clients that do nothing are disconnected: without a request, in the middle of one,
// of what is to be written, of a list, and of an answer.
func TestPatience(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		for name, send := range map[string][]byte{
			"request": protocoltest.Header(protocoltest.Read, 0x1000, 1)[:9],
			"data":    append(protocoltest.Header(protocoltest.Write, 0x1000, 100), "abc"...),
			"list":    protocoltest.List(0x1000, 1, 0x1000, 1)[:40],
		} {
			t.Run(name, func(t *testing.T) {
				conn := start(t, "slow=20").dial(t)
				protocoltest.Send(t, conn, send)
				protocoltest.Ends(t, conn)
			})
		}
		t.Run("answer", func(t *testing.T) {
			conn := start(t, "slow=20").dial(t)
			protocoltest.Send(t, conn, protocoltest.Header(protocoltest.Read, 4*protocoltest.GiB, 2*protocoltest.MiB))
			untilCut(t, conn)
		})
		t.Run("nothing", func(t *testing.T) {
			protocoltest.Ends(t, start(t, "idle=20").dial(t))
		})
		t.Run("others stay", func(t *testing.T) {
			h := start(t, "slow=20")
			stays, conn := h.dial(t), h.dial(t)
			protocoltest.Stays(t, stays)
			protocoltest.Send(t, conn, []byte{1})
			protocoltest.Ends(t, conn)
			protocoltest.Stays(t, stays)
		})
	})
}

// untilCut waits, reading nothing, until the server has closed a connection.
func untilCut(t *testing.T, conn net.Conn) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := conn.Write([]byte{0}); err != nil {
			return
		}
	}
	t.Error("the connection stays")
}

// Closing a server that was forked away disturbs nobody.
func TestFork(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t, "files=1", "dump")
		conn, reads := h.dial(t), h.dial(t)
		protocoltest.Stays(t, conn)
		protocoltest.Send(t, reads, protocoltest.Header(protocoltest.Read, 4*protocoltest.GiB, 2*protocoltest.MiB))
		h.Tell(t, "fork")
		protocoltest.Stays(t, conn)
		protocoltest.Receive(t, reads, 2*protocoltest.MiB+1)
		protocoltest.Stays(t, h.dial(t))
		h.Tell(t, "fork")
		protocoltest.Stays(t, conn)
	})
}

// A callback that pumps the server again finds that it does nothing.
func TestNested(t *testing.T) {
	h := startHost(t, addressSanitizer, "pumped")
	h.Tell(t, "nested")
	conn := h.dial(t)
	for range 3 {
		protocoltest.Stays(t, conn)
	}
}

// Clients of a server that stops are disconnected, and its file is gone.
func TestStop(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		h := start(t)
		idle, slow, half := h.dial(t), h.dial(t), h.dial(t)
		protocoltest.Stays(t, idle)
		protocoltest.Send(t, slow, protocoltest.Header(protocoltest.Read, 4*protocoltest.GiB, 2*protocoltest.MiB))
		protocoltest.Receive(t, slow, 1)
		protocoltest.Send(t, half, []byte{1, 2})
		h.End(t)
		protocoltest.Ends(t, idle)
		protocoltest.Ends(t, half)
		if _, err := net.Dial("unix", h.path); err == nil || !strings.Contains(err.Error(), "no such file") {
			t.Errorf("dialling the socket: %v", err)
		}
	})
}

// Many callbacks at once, and one at a time.
func TestManyThreads(t *testing.T) {
	for _, options := range [][]string{nil, {"one-at-a-time"}} {
		t.Run(fmt.Sprint(options), func(t *testing.T) {
			h := startHost(t, threadSanitizer, "threaded", append(options, "pause", "files=1", "good")...)
			done := make(chan bool)
			for i := range 8 {
				conn := h.dial(t)
				go func() {
					defer func() { done <- true }()
					for j := range 200 {
						var request []byte
						size := 1
						switch (i + j) % 5 {
						case 0:
							request = protocoltest.Header(protocoltest.Read, 0x1000, 100000)
							size = 100001
						case 1:
							request = protocoltest.List(0x1000, 8, 0x2000, 4096)
							size = 8 + 4096 + 2
						case 2:
							request = protocoltest.Header(protocoltest.Pause, 1, 0)
						case 3:
							request = protocoltest.Header(protocoltest.Continue, 0, 0)
						case 4:
							request = protocoltest.Header(99, 0, 0)
						}
						_, _ = conn.Write(request)
						protocoltest.Receive(t, conn, size)
					}
				}()
			}
			for i := range 200 {
				h.Tell(t, []string{"plug", "change something", "counters"}[i%3])
			}
			for range 8 {
				<-done
			}
		})
	}
}
