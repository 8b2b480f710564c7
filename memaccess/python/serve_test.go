package python_test

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"sync/atomic"
	"testing"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

// serve serves memory by volint's own server.
func serve(t testing.TB, memory memaccess.Source) (path string) {
	t.Helper()
	return memorytest.Serve(t, memory)
}

func serveBy(t testing.TB, server *memaccess.Server) (path string) {
	t.Helper()
	return memorytest.ServeBy(t, server, testenv.Socket(t))
}

// raw opens a dump.
func raw(t testing.TB, path string) memaccess.Source {
	t.Helper()
	s, err := source.Raw(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// original is a server that works as the emulator's does: it knows no hello, takes
// a request only whole, answers a page's length or less in a hole with zeros, past
// the end too, and misses a client that leaves without a word.
type original struct {
	habits

	connections, unsaid, faults, requests atomic.Int64
}

// habits are what originals differ in.
type habits struct {
	memory memaccess.Source
	// strict makes reads in holes fail, as a server of a dump does.
	strict bool
	// patience is the number of the one request that ends a connection without an
	// answer; 0 is none.
	patience int64
	// terse leaves the zeros of a read that fails out, and sends some byte in place
	// of the status, as LibVMI's patch for QEMU does.
	terse bool
}

func (o *original) serve(t testing.TB) (path string) {
	t.Helper()
	return testenv.Serve(t, func(conn net.Conn) {
		o.connections.Add(1)
		o.talk(conn)
	})
}

func (o *original) talk(conn net.Conn) {
	defer conn.Close()
	for {
		header := make([]byte, 24)
		n, err := conn.Read(header)
		if err != nil {
			o.unsaid.Add(1) // the original would spin here
			return
		}
		if n != len(header) {
			o.faults.Add(1) // and fall out of step here
			return
		}
		if o.requests.Add(1) == o.patience {
			return
		}
		addr, length := binary.LittleEndian.Uint64(header[8:]), binary.LittleEndian.Uint64(header[16:])
		switch header[0] {
		case 0:
			return
		case 1:
			if length > 64<<20 {
				o.faults.Add(1)
				return
			}
			answer := o.read(addr, length)
			if o.terse && answer[length] == 0 {
				answer = []byte{0x5a}
			}
			_, err = conn.Write(answer)
		default:
			_, err = conn.Write([]byte{0})
		}
		if err != nil {
			return
		}
	}
}

func (o *original) read(addr, length uint64) []byte {
	answer := make([]byte, length+1)
	touched := false
	for _, run := range o.memory.Runs() {
		if addr >= run.Start && addr+length <= run.End() {
			if _, err := o.memory.ReadAt(answer[:length], int64(addr)); err != nil && err != io.EOF {
				clear(answer)
				return answer
			}
			answer[length] = 1
			return answer
		}
		touched = touched || addr < run.End() && addr+length > run.Start
	}
	if !touched && length <= 4096 && !o.strict {
		answer[length] = 1
	}
	return answer
}

// check looks at what clients must not do to an original server.
func (o *original) check(t *testing.T) {
	t.Helper()
	if n := o.faults.Load(); n > 0 {
		t.Errorf("%d requests that an original server can't take", n)
	}
	if n := o.unsaid.Load(); n > 0 {
		t.Errorf("%d connections were left without quit", n)
	}
}

// machine is memory with holes: what a dump holds, at other addresses.
type machine struct {
	memaccess.Source
	parts []part
}

// part is a run, and where in the dump its bytes are.
type part struct {
	run    memaccess.Run
	offset uint64
}

func (m *machine) Runs() []memaccess.Run {
	var runs []memaccess.Run
	for _, p := range m.parts {
		runs = append(runs, p.run)
	}
	return runs
}

func (m *machine) ReadAt(b []byte, addr int64) (int, error) {
	for _, p := range m.parts {
		if uint64(addr) >= p.run.Start && uint64(addr)+uint64(len(b)) <= p.run.End() {
			return m.Source.ReadAt(b, addr-int64(p.run.Start)+int64(p.offset))
		}
	}
	return 0, os.ErrInvalid
}
