package python_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
)

// host is a machine whose memory lies in a file, elsewhere than by its addresses,
// as an emulator's does.
type host struct {
	file  *os.File
	parts []part
	// unfiled is the start of a run that only the server can read; -1 is none.
	unfiled int64
	// unreadable is a page that can't be read at all; 0 is none.
	unreadable uint64
	live       bool
	// reset is a file: where it is, the guest was reset.
	reset string

	mu     sync.Mutex
	stands bool
	pauses int
}

const hostEnd = 4*gib + 64*kib + 5

// hostParts are memory below 1 MiB, above it, and above 4 GiB.
func hostParts() []part {
	return []part{
		{memaccess.Run{Start: 0, Length: 0xa0000}, 3*mib + 512},
		{memaccess.Run{Start: mib, Length: 2*mib + 123}, 100},
		{memaccess.Run{Start: 4 * gib, Length: 64*kib + 5}, 2*mib + 300},
	}
}

func newHost(t testing.TB) *host {
	t.Helper()
	path := filepath.Join(t.TempDir(), "memory")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	h := &host{file: file, parts: hostParts(), unfiled: -1, reset: path + ".reset"}
	for _, p := range h.parts {
		b := make([]byte, p.run.Length)
		_, _ = pattern(nil).ReadAt(b, int64(p.run.Start))
		if _, err := file.WriteAt(b, int64(p.offset)); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h *host) Runs() []memaccess.Run { return (&machine{parts: h.parts}).Runs() }
func (h *host) Name() string          { return "host" }
func (h *host) Close() error          { return nil }

func (h *host) Identity() memaccess.Identity {
	if h.live {
		return memaccess.Identity{Process: os.Getpid(), Started: 1}
	}
	return memaccess.Identity{Image: "an image"}
}

// offset is where in the file an address is.
func (h *host) offset(addr, n uint64) int64 {
	for _, p := range h.parts {
		if addr >= p.run.Start && addr+n <= p.run.End() {
			return int64(addr - p.run.Start + p.offset)
		}
	}
	return -1
}

func (h *host) ReadAt(b []byte, addr int64) (int, error) {
	end := uint64(addr) + uint64(len(b))
	if h.unreadable > 0 && uint64(addr) < h.unreadable+4*kib && end > h.unreadable {
		return 0, io.ErrUnexpectedEOF
	}
	return h.file.ReadAt(b, h.offset(uint64(addr), uint64(len(b))))
}

func (h *host) WriteAt(b []byte, addr int64) (int, error) {
	return h.file.WriteAt(b, h.offset(uint64(addr), uint64(len(b))))
}

func (h *host) File(run memaccess.Run) (*os.File, int64) {
	if int64(run.Start) == h.unfiled {
		return nil, 0
	}
	file, err := os.Open(h.file.Name()) // for reading only; the process ends soon
	if err != nil {
		return nil, 0
	}
	return file, h.offset(run.Start, run.Length)
}

func (h *host) Changes() []string {
	if _, err := os.Stat(h.reset); err != nil {
		return nil
	}
	return []string{"the guest was reset"}
}

func (h *host) Pause(context.Context, time.Duration) (func() error, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stands = true
	h.pauses++
	return func() error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.stands = false
		return nil
	}, nil
}

// onlyServer is a host that passes no files.
type onlyServer struct{ *host }

func (onlyServer) File(memaccess.Run) (*os.File, int64) { return nil, 0 }

// each runs a test for both clients.
func each(t *testing.T, test func(t *testing.T, interpreter, module string)) {
	for _, c := range clients {
		interpreter := c.python(t)
		t.Run(c.module, func(t *testing.T) { test(t, interpreter, c.module) })
	}
}

// hostEdges are reads of a host, through files or not.
func hostEdges() []call {
	low, high := uint64(mib+2*mib+123), uint64(hostEnd)
	return []call{
		{do("runs"), runsOf(pattern((&machine{parts: hostParts()}).Runs()))},
		{do("read", 0, 16), there(0, 16)},
		{do("read", 0x9fff0, 64), there(0x9fff0, 16)},
		{do("read", mib, 4*mib), there(mib, 2*mib+123)},
		{do("read", mib+1, 5000), there(mib+1, 5000)},
		{do("read", low-1, 1), there(low-1, 1)},
		{do("read", low, 8), nothing(0)},
		{do("read", uint64(4*gib-1), 8), nothing(0)},
		{do("read", uint64(4*gib+5), 8), there(4*gib+5, 8)},
		{do("read", high-3, 8), there(high-3, 3)},
		{do("read", -1, 8), nothing(0)},
		{do("read", 0, 0), nothing(0)},
		{do("readable", low-1), true},
		{do("readable", low), false},
		{do("valid", mib, 2*mib+123), true},
		{do("valid", mib, 2*mib+124), false},
		{do("valid", 0x9ffff, 2), false},
		{do("valid", high-1, 1), true},
		{do("zread", 0x9fffe, 4), shown(append(hostBytes(0x9fffe, 2), 0, 0))},
		{do("zread", 0x9f000, 0x62000), shown(bytes.Join([][]byte{hostBytes(0x9f000, 0x1000), make([]byte, 0x60000), hostBytes(mib, 0x1000)}, nil))},
		{do("zread", high, 10), nothing(10)},
		{do("read each", [][]uint64{{mib, 10}, {low - 2, 4}, {4 * gib, 3}, {2 * gib, 1}, {mib + 7, mib + 1}, {0, 64 * kib}}),
			[]any{there(mib, 10), nil, there(4*gib, 3), nil, there(mib+7, mib+1), there(0, 64*kib)}},
		{do("in child", "read", mib+5, 5000), there(mib+5, 5000)},
		{do("in child", "read each", [][]uint64{{mib, 10}, {4 * gib, 3}}), []any{there(mib, 10), there(4*gib, 3)}},
		{do("read", mib+9, 5000), there(mib+9, 5000)},
	}
}

func hostBytes(addr, n uint64) []byte {
	b := make([]byte, n)
	_, _ = pattern(nil).ReadAt(b, int64(addr))
	return b
}

// Files that the server passes are read without it.
func TestFiles(t *testing.T) {
	each(t, func(t *testing.T, interpreter, module string) {
		h := newHost(t)
		server := &memaccess.Server{Source: h}
		ask(t, interpreter, module, serveBy(t, server), hostEdges())
		got := server.Counters()
		if diff := cmp.Diff([]uint64{0, 0, 1, 1}, []uint64{got.Requests["read"], got.Requests["vectored"],
			got.Requests["hello"], got.Requests["descriptor"]}); diff != "" {
			t.Errorf("reads, vectored reads, hellos and requests for descriptors (-want +got):\n%s", diff)
		}
	})
}

// What lies in no file comes from the server, many pages at once.
func TestVectored(t *testing.T) {
	each(t, func(t *testing.T, interpreter, module string) {
		server := &memaccess.Server{Source: onlyServer{newHost(t)}}
		ask(t, interpreter, module, serveBy(t, server), hostEdges())
		if n := server.Counters().Requests["vectored"]; n == 0 {
			t.Error("no vectored reads")
		}
		partly := newHost(t)
		partly.unfiled = mib
		server = &memaccess.Server{Source: partly}
		ask(t, interpreter, module, serveBy(t, server), hostEdges())
		if got := server.Counters().Requests; got["vectored"] == 0 || got["descriptor"] != 1 {
			t.Errorf("requests: %v", got)
		}
		ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: onlyServer{newHost(t)}, Limit: 4096}), hostEdges())
	})
}

// Without ctypes, Python 2.7 has no way to take a descriptor.
func TestWithoutCtypes(t *testing.T) {
	calls := append([]call{{do("hide ctypes"), nil}}, hostEdges()...)
	server := &memaccess.Server{Source: newHost(t)}
	ask(t, clients[0].python(t), clients[0].module, serveBy(t, server), calls)
	if got := server.Counters().Requests; got["vectored"] == 0 || got["descriptor"] != 0 {
		t.Errorf("requests: %v", got)
	}
}

// A page that can't be read costs itself, however much is asked for at once.
func TestUnreadablePage(t *testing.T) {
	const bad = mib + 100*4*kib
	behind := func(n uint64) []byte {
		return bytes.Join([][]byte{hostBytes(bad-10, 10), make([]byte, 4*kib), hostBytes(bad+4*kib, n)}, nil)
	}
	calls := []call{
		{do("read", mib, mib), there(mib, bad-mib)},
		{do("read", bad, 1), nothing(0)},
		{do("read", bad+4*kib, mib), there(bad+4*kib, mib)},
		{do("readable", bad-1), true},
		{do("readable", bad+4095), false},
		{do("readable", bad+4096), true},
		{do("valid", mib, mib), false},
		{do("valid", bad+4096, mib), true},
		{do("zread", bad-10, 10+4*kib+mib), shown(behind(mib))},
		{do("read each", [][]uint64{{bad - 1, 1}, {bad - 1, 2}, {bad + 4096, 10}}),
			[]any{there(bad-1, 1), nil, there(bad+4096, 10)}},
	}
	each(t, func(t *testing.T, interpreter, module string) {
		h := newHost(t)
		h.unreadable = bad
		ask(t, interpreter, module, serveBy(t, &memaccess.Server{Source: onlyServer{h}}), calls)
		old := &original{habits: habits{memory: onlyServer{h}}}
		ask(t, interpreter, module, old.serve(t), calls)
		old.check(t)
	})
}
