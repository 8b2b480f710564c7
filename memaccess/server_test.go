package memaccess_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// memory is a Writer whose byte at an address can be told from the address. The
// byte at bad can't be read or written.
type memory struct {
	runs []memaccess.Run
	bad  uint64

	mu      sync.Mutex
	written map[uint64]byte
}

var errBad = errors.New("bad memory")

func content(addr uint64) byte { return byte(addr*7 + addr>>8 + 1) }

func contents(addr, n uint64) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = content(addr + uint64(i))
	}
	return b
}

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range p {
		addr := uint64(off) + uint64(i)
		if m.bad != 0 && addr == m.bad {
			return i, errBad
		}
		p[i] = content(addr)
		if b, ok := m.written[addr]; ok {
			p[i] = b
		}
	}
	return len(p), nil
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, b := range p {
		if m.bad != 0 && uint64(off)+uint64(i) == m.bad {
			return i, errBad
		}
		m.written[uint64(off)+uint64(i)] = b
	}
	return len(p), nil
}

func (m *memory) Runs() []memaccess.Run        { return m.runs }
func (m *memory) Name() string                 { return "test" }
func (m *memory) Identity() memaccess.Identity { return memaccess.Identity{} }
func (m *memory) Close() error                 { return nil }

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// machine is laid out as a PC: memory below and above the hole for devices, two
// runs that touch, and a bad byte.
func machine() *memory {
	return &memory{
		runs: []memaccess.Run{
			{Start: 0x1000, Length: mib}, {Start: 4 * gib, Length: mib}, {Start: 4*gib + mib, Length: mib},
		},
		bad:     0x90000,
		written: make(map[uint64]byte),
	}
}

const (
	lowEnd  = 0x1000 + mib
	highEnd = 4*gib + 2*mib
)

func header(kind byte, addr, length uint64) []byte {
	h := make([]byte, 24)
	h[0] = kind
	binary.LittleEndian.PutUint64(h[8:], addr)
	binary.LittleEndian.PutUint64(h[16:], length)
	return h
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func zeros(n int) []byte { return make([]byte, n) }

var (
	yes = []byte{1}
	no  = []byte{0}
)

// start serves on a new socket.
func start(t testing.TB, s *memaccess.Server) (path string) {
	t.Helper()
	return memorytest.ServeBy(t, s, testenv.Socket(t))
}

func dial(t testing.TB, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func send(t testing.TB, conn net.Conn, b []byte) {
	t.Helper()
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, conn net.Conn, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(conn, b); err != nil {
		t.Fatal(err)
	}
	return b
}

// The same suite tests the server in C.
func TestProtocol(t *testing.T) {
	for name, source := range map[string]func() memaccess.Source{
		"reads":   func() memaccess.Source { return machine() },
		"vectors": func() memaccess.Source { return &vectors{machine()} },
	} {
		t.Run(name, func(t *testing.T) {
			protocoltest.Run(t, func(t *testing.T, o protocoltest.Options) func(testing.TB) net.Conn {
				path := start(t, &memaccess.Server{Source: source(), Limit: o.Limit, FailHoles: o.FailHoles, Writable: o.Writable})
				return func(t testing.TB) net.Conn { return dial(t, path) }
			})
		})
	}
}

// vectors is memory that reads many ranges at once.
type vectors struct{ *memory }

func (v *vectors) ReadVector(ranges []memaccess.Range) error {
	return memaccess.ReadAll(v.memory, ranges)
}

const helloMagic = 0x544E494C4F56

// An answer of up to 64 KiB comes in one write: its readers read once.
func TestOneWrite(t *testing.T) {
	ours, theirs := net.Pipe() // whose Read never joins writes
	server := &memaccess.Server{Source: machine()}
	l := newPipeListener(theirs)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	for _, length := range []uint64{1, 4096, 64 * kib} {
		send(t, ours, header(1, 0x1000, length))
		b := make([]byte, length+2)
		if n, err := ours.Read(b); n != int(length)+1 || err != nil {
			t.Errorf("a read of %d bytes came as %d bytes, %v", length, n, err)
		}
	}
}

// pipeListener gives one connection.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener(conn net.Conn) *pipeListener {
	l := &pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.conns <- conn
	return l
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{} }

// Close ends the clients, one that reads nothing too, and removes the socket.
func TestClose(t *testing.T) {
	path := testenv.Socket(t)
	l, err := memaccess.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server := &memaccess.Server{Source: machine()}
	ended := make(chan error)
	go func() { ended <- server.Serve(l) }()
	idle, slow := dial(t, path), dial(t, path)
	send(t, idle, header(1, 0x1000, 1))
	receive(t, idle, 2)
	send(t, slow, header(1, 4*gib, 2*mib))
	receive(t, slow, 1)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, memaccess.ErrServerClosed) {
		t.Errorf("Serve = %v", err)
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("the client is still connected")
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if err := server.Serve(newPipeListener(nil)); !errors.Is(err, memaccess.ErrServerClosed) {
		t.Errorf("Serve after Close = %v", err)
	}
	if err := server.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}
