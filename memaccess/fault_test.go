package memaccess_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/internal/protocoltest"
	"github.com/volint/volint/memaccess/source"
)

// becomes waits until a number is what it must become.
func becomes(t *testing.T, what string, want int64, now func() int64) {
	t.Helper()
	for end := time.Now().Add(time.Minute); now() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: %d, want %d", what, now(), want)
		}
	}
}

func (s *testServer) clients() int64 { return s.Counters().Clients }

type testServer struct{ *memaccess.Server }

// A client that takes no answers is disconnected in the end, and others are served
// all the time.
func TestClientThatNeverReads(t *testing.T) {
	server := &testServer{&memaccess.Server{Source: machine(), WriteTimeout: 200 * time.Millisecond}}
	path := start(t, server.Server)
	stuck := dial(t, path)
	for range 10 {
		send(t, stuck, header(1, 4*gib, 2*mib))
	}
	other := dial(t, path)
	for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
		protocoltest.Stays(t, other)
	}
	becomes(t, "clients", 1, server.clients)
	protocoltest.Stays(t, other)
}

// So is one that stops in the middle of a request, and one that asks nothing.
func TestClientThatStalls(t *testing.T) {
	for name, sent := range map[string][]byte{
		"half a header":    header(1, 0, 1)[:10],
		"half a write":     header(2, 0x1000, 100),
		"half a list":      header(0x81, 1000, 16000),
		"half, behind one": append(header(1, 0x1000, 1), header(1, 0, 1)[:23]...),
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, start(t, &memaccess.Server{Source: machine(), WriteTimeout: time.Millisecond, IdleTimeout: -1}))
			send(t, conn, sent)
			_, _ = io.Copy(io.Discard, conn) // ends
		})
	}
	t.Run("silence", func(t *testing.T) {
		conn := dial(t, start(t, &memaccess.Server{Source: machine(), IdleTimeout: time.Millisecond, WriteTimeout: -1}))
		protocoltest.Ends(t, conn)
	})
	t.Run("silence behind a request", func(t *testing.T) {
		conn := dial(t, start(t, &memaccess.Server{Source: machine(), IdleTimeout: 100 * time.Millisecond}))
		protocoltest.Stays(t, conn)
		protocoltest.Ends(t, conn)
	})
}

// A client that asks now and then loses its thread in between, and one of many has
// none.
func TestThreads(t *testing.T) {
	path := start(t, &memaccess.Server{Source: machine()})
	var conns []net.Conn
	for range 100 {
		conns = append(conns, dial(t, path))
	}
	for range 3 {
		for _, conn := range conns {
			protocoltest.Stays(t, conn)
		}
		time.Sleep(100 * time.Millisecond)
	}
	// Long answers, taken when all threads have given up on their clients.
	for _, conn := range conns[:40] {
		send(t, conn, header(1, 4*gib, 2*mib))
	}
	time.Sleep(100 * time.Millisecond)
	for _, conn := range conns[:40] {
		if got := receive(t, conn, 2*mib+1); !bytes.Equal(got, concat(contents(4*gib, 2*mib), yes)) {
			t.Fatal("a long answer is another")
		}
	}
}

// Clients that come and go leave no goroutine and no descriptor.
func TestClientsThatVanish(t *testing.T) {
	server := &testServer{&memaccess.Server{Source: machine(), MaxClients: 2000}}
	path := start(t, server.Server)
	stays := dial(t, path)
	protocoltest.Stays(t, stays)
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)
	for i := range 1000 {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		b := header(1, 4*gib, 2*mib)
		switch i % 4 {
		case 0:
			b = nil
		case 1:
			b = b[:1+i%23]
		case 2:
			b[0] = 0
		}
		_, _ = conn.Write(b)
		_ = conn.Close()
	}
	becomes(t, "clients ever", 1001, func() int64 { return server.Counters().Accepted })
	becomes(t, "clients", 1, server.clients)
	becomes(t, "goroutines more", 0, func() int64 { return int64(max(0, runtime.NumGoroutine()-goroutines)) })
	protocoltest.Stays(t, stays) // and has a thread again, not one of the poller's descriptors
	if now := openFiles(t); now > descriptors {
		t.Errorf("%d descriptors are open, and were %d", now, descriptors)
	}
}

// Clients beyond the limit are disconnected and counted, and make room when they go.
func TestMaxClients(t *testing.T) {
	server := &testServer{&memaccess.Server{Source: machine(), MaxClients: 2}}
	path := start(t, server.Server)
	first, second, third := dial(t, path), dial(t, path), dial(t, path)
	protocoltest.Stays(t, first)
	protocoltest.Stays(t, second)
	protocoltest.Ends(t, third)
	if c := server.Counters(); c.Refused != 1 || c.Accepted != 2 || c.Clients != 2 {
		t.Errorf("%+v", c)
	}
	_ = second.Close()
	becomes(t, "clients", 1, server.clients)
	protocoltest.Stays(t, dial(t, path))
}

// What clients announce takes no memory before it comes.
func TestAnnouncedLengths(t *testing.T) {
	server := &testServer{&memaccess.Server{Source: machine(), MaxClients: 1000, Limit: 1 << 40, Writable: true}}
	path := start(t, server.Server)
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	const clients = 200
	for i := range clients {
		b := header(0x81, 65536, 65536*16)
		if i%2 == 0 {
			b = header(2, 4*gib, 1<<39)
		}
		send(t, dial(t, path), append(b, zeros(100)...))
	}
	becomes(t, "clients", clients, server.clients)
	protocoltest.Stays(t, dial(t, path))
	if now := used(); now > before+clients*(100*kib) {
		t.Errorf("%d clients that announce much take %d bytes", clients, now-before)
	}
}

// crowded is a listener that has no descriptors left, some times.
type crowded struct {
	net.Listener
	times atomic.Int32
}

func (c *crowded) Accept() (net.Conn, error) {
	if c.times.Add(1)%2 == 1 {
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return c.Listener.Accept()
}

func TestNoDescriptorsLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := memaccess.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server := &memaccess.Server{Source: machine()}
	ended := make(chan error)
	go func() { ended <- server.Serve(&crowded{Listener: l}) }()
	for range 3 {
		protocoltest.Stays(t, dial(t, path))
	}
	_ = server.Close()
	if err := <-ended; !errors.Is(err, memaccess.ErrServerClosed) {
		t.Errorf("Serve = %v", err)
	}
}

// A listener that fails for another reason ends Serve, and the clients stay.
func TestListenerFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := memaccess.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server := &memaccess.Server{Source: machine()}
	ended := make(chan error)
	go func() { ended <- server.Serve(l) }()
	conn := dial(t, path)
	protocoltest.Stays(t, conn)
	_ = l.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v", err)
	}
	protocoltest.Stays(t, conn)
	_ = server.Close()
}

// A dump that is cut while it is served fails from there on, as one request and in a
// list, and the server stays.
func TestTruncated(t *testing.T) {
	dump := filepath.Join(t.TempDir(), "dump.raw")
	if err := os.WriteFile(dump, contents(0, 512*kib), 0o600); err != nil {
		t.Fatal(err)
	}
	memory, err := source.Open(dump, "raw")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	server := &memaccess.Server{Source: memory}
	conn := dial(t, start(t, server))
	check := func(what string, request, want []byte) {
		t.Helper()
		go func() { _, _ = conn.Write(request) }()
		if got := receive(t, conn, len(want)); !bytes.Equal(got, want) {
			i := 0
			for got[i] == want[i] {
				i++
			}
			t.Errorf("%s: byte %d of %d is %d, want %d", what, i, len(want), got[i], want[i])
		}
	}
	check("before", header(1, 0, 512*kib), concat(contents(0, 512*kib), yes))
	if err := os.Truncate(dump, 128*kib); err != nil {
		t.Fatal(err)
	}
	check("what is there", header(1, 0, 128*kib), concat(contents(0, 128*kib), yes))
	check("what is gone", header(1, 128*kib, 4096), zeros(4097))
	check("much that is gone", header(1, 128*kib, 300*kib), zeros(300*kib+1))
	check("the edge", header(1, 128*kib-100, 200), zeros(201))
	check("a list", list(100, 50, 128*kib, 10, 128*kib-4, 8, 1000, 1), concat(contents(100, 50), zeros(18), contents(1000, 1), []byte{1, 0, 0, 1}))
	check("some together", concat(header(1, 5, 5), header(1, 200*kib, 5), header(1, 6, 5)), concat(contents(5, 5), yes, zeros(6), contents(6, 5), yes))
	// A long one: what went out before it failed stands.
	send(t, conn, header(1, 0, 300*kib))
	if got := receive(t, conn, 300*kib+1); got[300*kib] != 0 || !bytes.Equal(got[128*kib:], zeros(172*kib+1)) {
		t.Error("a long read over the edge does not fail, or has bytes of nowhere")
	}
	check("afterwards", header(1, 0, 8), concat(contents(0, 8), yes))
	if c := server.Counters(); c.Failed != 7 {
		t.Errorf("%d failed", c.Failed)
	}
}
