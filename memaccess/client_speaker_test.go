package memaccess_test

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
)

const (
	vectored = 1 << iota
	passes
	pauses
	writable
	live
)

// speaker is a server of its own making, which says what a test wants it to: whole
// answers of the protocol, or, by lies, others.
type speaker struct {
	memory   memaccess.Writer
	features uint32
	limit    uint64
	identity memaccess.Identity
	files    []*os.File
	spots    []spot // where runs lie in files
	// trouble is what a hello tells.
	trouble atomic.Value
	// most is how many connections are taken; 0 is any number.
	most int64
	// lies answer in place of the speaker, by the type of the request.
	lies map[byte]lie

	connections, requests, vectors atomic.Int64
	mu                             sync.Mutex
	open                           []*net.UnixConn
	paused                         atomic.Int64
}

// lie answers a request; false ends the connection.
type lie func(conn *net.UnixConn, addr, length uint64) bool

// says is a lie that is always the same.
func says(b ...byte) lie {
	return func(conn *net.UnixConn, _, _ uint64) bool { _, err := conn.Write(b); return err == nil }
}

func hangsUp(*net.UnixConn, uint64, uint64) bool { return false }

type spot struct {
	run    memaccess.Run
	index  uint32
	offset uint64
}

// listen serves on a new socket.
func (s *speaker) listen(t testing.TB) (path string) {
	t.Helper()
	path = testenv.Socket(t)
	s.listenAt(t, path)
	return path
}

func (s *speaker) listenAt(t testing.TB, path string) (stop func()) {
	t.Helper()
	if s.limit == 0 {
		s.limit = 64 * mib
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Add(1)
	go func() {
		defer served.Done()
		for {
			conn, err := l.AcceptUnix()
			if err != nil {
				return
			}
			if n := s.connections.Add(1); s.most > 0 && n > s.most {
				_ = conn.Close()
				continue
			}
			s.mu.Lock()
			s.open = append(s.open, conn)
			s.mu.Unlock()
			served.Add(1)
			go func() {
				defer served.Done()
				s.talk(conn)
			}()
		}
	}()
	stop = sync.OnceFunc(func() {
		_ = l.Close()
		s.hangUp()
		served.Wait()
	})
	t.Cleanup(stop)
	return stop
}

// lie sets what answers requests of a type.
func (s *speaker) lie(kind byte, answer lie) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lies == nil {
		s.lies = make(map[byte]lie)
	}
	s.lies[kind] = answer
}

func (s *speaker) lieOf(kind byte) lie {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lies[kind]
}

// hangUp closes what is open.
func (s *speaker) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.open {
		_ = conn.Close()
	}
	s.open = nil
}

func (s *speaker) talk(conn *net.UnixConn) {
	pausing := false
	defer func() {
		if pausing {
			s.paused.Add(-1)
		}
		_ = conn.Close()
	}()
	for {
		h := make([]byte, 24)
		if _, err := io.ReadFull(conn, h); err != nil || h[0] == 0 {
			return
		}
		s.requests.Add(1)
		kind, addr, length := h[0], binary.LittleEndian.Uint64(h[8:]), binary.LittleEndian.Uint64(h[16:])
		if lie := s.lieOf(kind); lie != nil {
			if !lie(conn, addr, length) {
				return
			}
			continue
		}
		var out []byte
		switch {
		case kind == 1 && length <= s.limit:
			out = s.read(addr, length)
		case kind == 2 && length <= s.limit:
			data := make([]byte, length)
			if _, err := io.ReadFull(conn, data); err != nil {
				return
			}
			out = no
			if s.features&writable != 0 {
				if _, err := s.memory.WriteAt(data, int64(addr)); err == nil {
					out = yes
				}
			}
		case kind == 0x80:
			out = s.hello()
		case kind == 0x81 && length == 16*addr && addr <= 65536:
			if out = s.vector(conn, addr); out == nil {
				return
			}
		case kind == 0x82:
			if s.pass(conn, s.table(), s.files) != nil {
				return
			}
			continue
		case kind == 0x83 && s.features&pauses != 0:
			pausing, out = true, yes
			s.paused.Add(1)
		case kind == 0x84 && pausing:
			pausing, out = false, yes
			s.paused.Add(-1)
		case kind < 3 || kind == 0x81:
			return
		default:
			out = no
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// read is the answer to a read.
func (s *speaker) read(addr, length uint64) []byte {
	out := make([]byte, length+1)
	for _, r := range s.memory.Runs() {
		if length == 0 || addr >= r.Start && addr+length <= r.End() {
			if _, err := s.memory.ReadAt(out[:length], int64(addr)); err == nil {
				out[length] = 1
			} else {
				clear(out)
			}
			break
		}
	}
	return out
}

func (s *speaker) vector(conn io.Reader, count uint64) []byte {
	s.vectors.Add(1)
	list := make([]byte, 16*count)
	if _, err := io.ReadFull(conn, list); err != nil {
		return nil
	}
	var data, statuses []byte
	for i := range count {
		length := binary.LittleEndian.Uint64(list[16*i+8:])
		if uint64(len(data))+length > s.limit {
			return nil
		}
		answer := s.read(binary.LittleEndian.Uint64(list[16*i:]), length)
		data, statuses = append(data, answer[:length]...), append(statuses, answer[length])
	}
	return append(data, statuses...)
}

// block is a 1, a length and what follows it.
func block(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(binary.LittleEndian.AppendUint16(b, uint16(len(p))), p...)
		default:
			b, _ = binary.Append(b, binary.LittleEndian, p)
		}
	}
	return append(binary.LittleEndian.AppendUint32([]byte{1}, uint32(len(b))), b...)
}

func (s *speaker) hello() []byte {
	trouble, _ := s.trouble.Load().(string)
	runs := s.memory.Runs()
	return block(uint16(1), uint16(0), s.features, s.limit, uint32(len(runs)), runs,
		uint64(s.identity.Process), s.identity.Started, s.identity.Image, "a guest", trouble)
}

func (s *speaker) table() []byte {
	b := []any{uint16(1), uint16(len(s.files)), uint32(len(s.spots))}
	for _, at := range s.spots {
		b = append(b, at.run, at.index, uint32(0), at.offset)
	}
	return block(b...)
}

// pass sends an answer with descriptors on its first byte.
func (s *speaker) pass(conn *net.UnixConn, answer []byte, files []*os.File) error {
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	_, _, err := conn.WriteMsgUnix(answer[:1], syscall.UnixRights(fds...), nil)
	if err == nil {
		_, err = conn.Write(answer[1:])
	}
	return err
}

// An original differs in how it answers reads that fail.
type original struct {
	strict bool // no zeros in holes
	alone  bool // a failure is a status alone
}

// original takes the extension away, and makes the speaker answer as an original.
func (s *speaker) original(o original) *speaker {
	s.lie(1, func(conn *net.UnixConn, addr, length uint64) bool {
		out := s.read(addr, length)
		hole := !slices.ContainsFunc(s.memory.Runs(), func(r memaccess.Run) bool { return addr < r.End() && addr+length > r.Start })
		switch {
		case hole && length <= 4096 && !o.strict:
			out[length] = 1
		case out[length] == 0 && o.alone:
			out = no
		}
		_, err := conn.Write(out)
		return err == nil
	})
	for _, kind := range []byte{0x80, 0x81, 0x82, 0x83, 0x84} {
		s.lie(kind, says(0))
	}
	return s
}
