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

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
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
	path = testenv.Socket(t)
	l, err := memaccess.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-ended; !errors.Is(err, memaccess.ErrServerClosed) {
			t.Errorf("Serve = %v", err)
		}
	})
	return path
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

// Each row of the protocol's table: what is sent, all of the answer, and whether
// the connection stays.
func TestAnswers(t *testing.T) {
	garbage := header(1, 0x2000, 4)
	copy(garbage[1:8], "garbage")
	tests := []struct {
		name   string
		send   []byte
		answer []byte
		server *memaccess.Server
		ends   bool
	}{
		{name: "read", send: header(1, 0x2000, 100), answer: concat(contents(0x2000, 100), yes)},
		{name: "garbage in the padding", send: garbage, answer: concat(contents(0x2000, 4), yes)},
		{name: "a byte", send: header(1, 0x1000, 1), answer: concat(contents(0x1000, 1), yes)},
		{name: "64 KiB", send: header(1, 0x1000, 64*kib), answer: concat(contents(0x1000, 64*kib), yes)},
		{name: "a run to its end", send: header(1, 4*gib, 2*mib), answer: concat(contents(4*gib, 2*mib), yes)},
		{name: "over touching runs", send: header(1, 4*gib+mib-8, 16), answer: concat(contents(4*gib+mib-8, 16), yes)},
		{name: "nothing", send: header(1, 0x2000, 0), answer: yes},
		{name: "nothing in a hole", send: header(1, 2*gib, 0), answer: yes},

		{name: "over the end", send: header(1, highEnd-4, 8), answer: zeros(9)},
		{name: "past the end", send: header(1, highEnd, 4), answer: zeros(5)},
		{name: "far past the end", send: header(1, 1<<63, 4), answer: zeros(5)},
		{name: "around the last address", send: header(1, ^uint64(0)-1, 4), answer: zeros(5)},
		{name: "a long read past the end", send: header(1, highEnd, mib), answer: zeros(mib + 1)},
		{name: "into a hole", send: header(1, lowEnd-4, 8), answer: zeros(9)},
		{name: "out of a hole", send: header(1, 4*gib-4, 8), answer: zeros(9)},
		{name: "over a hole", send: header(1, lowEnd-4, 4*mib), answer: zeros(4*mib + 1)},
		{name: "out of the first hole", send: header(1, 0xffe, 4), answer: zeros(5)},
		{name: "in a hole", send: header(1, lowEnd, 4096), answer: concat(zeros(4096), yes)},
		{name: "in the first hole", send: header(1, 0, 8), answer: concat(zeros(8), yes)},
		{name: "in a hole, more than a page", send: header(1, lowEnd, 4097), answer: zeros(4098)},
		{name: "in a hole that fails", send: header(1, lowEnd, 8), answer: zeros(9), server: &memaccess.Server{FailHoles: true}},
		{name: "bad memory", send: header(1, 0x90000-8, 16), answer: zeros(17)},
		{name: "bad memory before other chunks", send: header(1, 0x90000, 200*kib), answer: zeros(200*kib + 1)},

		{name: "write to a read-only server", send: concat(header(2, 0x2000, 4), []byte("abcd"), header(1, 0x2000, 4)),
			answer: concat(no, contents(0x2000, 4), yes)},
		{name: "a long write to a read-only server", send: concat(header(2, 0x2000, 100*kib), zeros(100*kib), header(1, 0x2000, 4)),
			answer: concat(no, contents(0x2000, 4), yes)},
		{name: "write", send: concat(header(2, 0x2000, 4), []byte("abcd"), header(1, 0x1fff, 6)), server: &memaccess.Server{Writable: true},
			answer: concat(yes, contents(0x1fff, 1), []byte("abcd"), contents(0x2004, 1), yes)},
		{name: "a long write", send: concat(header(2, 0x2000, 100*kib), zeros(100*kib), header(1, 0x2000, 100*kib)), server: &memaccess.Server{Writable: true},
			answer: concat(yes, zeros(100*kib), yes)},
		{name: "write to a hole", send: concat(header(2, lowEnd-2, 4), []byte("abcd"), header(1, lowEnd-2, 2)), server: &memaccess.Server{Writable: true},
			answer: concat(no, contents(lowEnd-2, 2), yes)},
		{name: "write to bad memory", send: concat(header(2, 0x90000, 4), []byte("abcd"), header(1, 0x2000, 1)), server: &memaccess.Server{Writable: true},
			answer: concat(no, contents(0x2000, 1), yes)},

		{name: "unknown types", send: concat(header(3, 1, 1<<62), header(0xff, 2, 3), header(1, 0x2000, 2)),
			answer: concat(no, no, contents(0x2000, 2), yes)},
		{name: "hello without the magic", send: concat(header(0x80, 1, 0), header(1, 0x2000, 2)), answer: concat(no, contents(0x2000, 2), yes)},
		{name: "hello with a length", send: header(0x80, helloMagic, 1), answer: no},
		{name: "hello", send: concat(header(0x80, helloMagic, 0), header(1, 0x2000, 2)),
			answer: concat(hello(1, 64*mib, machine().runs), contents(0x2000, 2), yes)},
		{name: "hello of a server that can be written", send: header(0x80, helloMagic, 0), server: &memaccess.Server{Writable: true, Limit: 8 * mib},
			answer: hello(9, 8*mib, machine().runs)},

		{name: "quit", send: concat(header(0, 0, 0), header(1, 0x2000, 2)), ends: true},
		{name: "quit with garbage", send: header(0, 1<<60, 1<<62), ends: true},
		{name: "the limit", send: header(1, 0x2000, 4*kib), server: &memaccess.Server{Limit: 4 * kib}, answer: concat(contents(0x2000, 4*kib), yes)},
		{name: "over the limit", send: concat(header(1, 0x2000, 4*kib+1), header(1, 0x2000, 2)), server: &memaccess.Server{Limit: 4 * kib}, ends: true},
		{name: "far over the limit", send: header(1, 0x2000, 1<<62), ends: true},
		{name: "a write over the limit", send: header(2, 0x2000, 1<<62), ends: true},
		{name: "the longest of all", send: header(1, 0, ^uint64(0)), ends: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := tt.server
			if server == nil {
				server = &memaccess.Server{}
			}
			server.Source = machine()
			path := start(t, server)
			conn := dial(t, path)
			go func() { _, _ = conn.Write(tt.send) }()
			if diff := cmp.Diff(tt.answer, receive(t, conn, len(tt.answer)), cmp.Transformer("short", short)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if tt.ends {
				if _, err := conn.Read(make([]byte, 1)); err == nil {
					t.Error("the connection stays")
				}
				return
			}
			send(t, conn, header(1, 0x80000, 3))
			if got := receive(t, conn, 4); !bytes.Equal(got, concat(contents(0x80000, 3), yes)) {
				t.Errorf("the next answer is %x", got)
			}
		})
	}
}

const helloMagic = 0x544E494C4F56

// hello is the answer to a hello, as the protocol has it, of a source called "test"
// of which nothing else is known.
func hello(features uint32, limit uint64, runs []memaccess.Run) []byte {
	var b bytes.Buffer
	b.WriteByte(1)
	for _, v := range []any{uint32(20 + 16*len(runs) + 8 + 8 + 2 + 2 + 4 + 2), uint16(1), uint16(0), features, limit, uint32(len(runs))} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	for _, r := range runs {
		_ = binary.Write(&b, binary.LittleEndian, []uint64{r.Start, r.Length})
	}
	b.Write(make([]byte, 8+8+2)) // no process, no identity
	b.WriteString("\x04\x00test\x00\x00")
	return b.Bytes()
}

// short keeps a difference readable.
func short(b []byte) string {
	if len(b) <= 64 {
		return string(b)
	}
	return string(binary.BigEndian.AppendUint64(b[:32:32], uint64(len(b)))) + string(b[len(b)-32:])
}

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

// Requests and data that arrive byte by byte.
func TestPieces(t *testing.T) {
	conn := dial(t, start(t, &memaccess.Server{Source: machine()}))
	for _, b := range concat(header(1, 0x2000, 5), header(2, 0x2000, 3), []byte("abc"), header(1, 0x2003, 2)) {
		send(t, conn, []byte{b})
	}
	want := concat(contents(0x2000, 5), yes, no, contents(0x2003, 2), yes)
	if got := receive(t, conn, len(want)); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// A client that asks for much and reads nothing, one that sends half a request,
// and some that left, while others are served.
func TestManyClients(t *testing.T) {
	path := start(t, &memaccess.Server{Source: machine()})
	slow := dial(t, path)
	send(t, slow, header(1, 4*gib, 2*mib))
	half := dial(t, path)
	send(t, half, header(1, 0, 1)[:10])
	for range 100 {
		left := dial(t, path)
		send(t, left, header(1, 0x1000, 64*kib))
		_ = left.Close()
	}
	var clients sync.WaitGroup
	for i := range 20 {
		clients.Add(1)
		conn := dial(t, path)
		go func() {
			defer clients.Done()
			for j := range 50 {
				addr := uint64(0x1000 + i*5000 + j*100)
				if _, err := conn.Write(header(1, addr, 300)); err != nil {
					t.Error(err)
					return
				}
				got := make([]byte, 301)
				if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, concat(contents(addr, 300), yes)) {
					t.Errorf("client %d, read %d: %v", i, j, err)
					return
				}
			}
		}()
	}
	clients.Wait()
	if got := receive(t, slow, 2*mib+1); !bytes.Equal(got, concat(contents(4*gib, 2*mib), yes)) {
		t.Error("the slow client got something else")
	}
}

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
