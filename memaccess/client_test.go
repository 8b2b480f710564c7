package memaccess_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
)

func connect(t testing.TB, path string) *memaccess.Client {
	t.Helper()
	c, err := memaccess.Dial(context.Background(), path)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// emulated is machine as an original serves it: where runs touch, it sees one. The
// bad byte is where nobody looks for memory.
func emulated() *memory {
	m := machine()
	m.runs = []memaccess.Run{{Start: 0x1000, Length: mib}, {Start: 4 * gib, Length: 2 * mib}}
	m.bad = 0x98000
	return m
}

// checkMemory reads what machine has, and what it does not have.
func checkMemory(t *testing.T, source memaccess.Source) {
	t.Helper()
	for _, tt := range []struct{ addr, n uint64 }{
		{0x1000, 1}, {0x1000, 0}, {0x1234, 4096}, {lowEnd - 8, 8}, {4 * gib, 2 * mib}, {4*gib + mib - 10, 20}, {4 * gib, 70000},
	} {
		got := make([]byte, tt.n)
		n, err := source.ReadAt(got, int64(tt.addr))
		if uint64(n) != tt.n || err != nil || !bytes.Equal(got, contents(tt.addr, tt.n)) {
			t.Errorf("%d bytes at %#x: %d, %v", tt.n, tt.addr, n, err)
		}
	}
	for _, tt := range []struct{ addr, n uint64 }{
		{0, 1}, {0xfff, 2}, {lowEnd - 1, 2}, {lowEnd, 1}, {2 * gib, 4096}, {highEnd, 1}, {highEnd - 4, 8}, {1 << 62, 8}, {1<<63 - 1, 8},
	} {
		if n, err := source.ReadAt(make([]byte, tt.n), int64(tt.addr)); err == nil || uint64(n) >= tt.n {
			t.Errorf("%d bytes at %#x, where not all of them are: %d, %v", tt.n, tt.addr, n, err)
		}
	}
	if _, err := source.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("a negative address can be read")
	}
	if _, err := source.ReadAt(make([]byte, 0x9000), 0x90000-5); err == nil {
		t.Error("the bad byte can be read")
	}
}

// checkVector reads ranges, good and bad ones mixed.
func checkVector(t *testing.T, source memaccess.Source) {
	t.Helper()
	var ranges []memaccess.Range
	for i := range 300 {
		ranges = append(ranges, memaccess.Range{Addr: 4*gib + uint64(i)*6000, Data: make([]byte, i*37%9000), Err: errBad})
	}
	ranges = append(ranges, memaccess.Range{Addr: 0x2000, Data: make([]byte, mib-0x1000)}) // with the bad byte in it
	ranges = append(ranges, memaccess.Range{Addr: lowEnd, Data: make([]byte, 8)}, memaccess.Range{Addr: 0x90000, Data: make([]byte, 0x9000)},
		memaccess.Range{Addr: 1<<64 - 1, Data: make([]byte, 2)}, memaccess.Range{Addr: 0x1000, Data: make([]byte, 8)}, memaccess.Range{Addr: 7})
	err := memaccess.ReadAll(source, ranges)
	var first error
	for _, r := range ranges {
		good := r.Addr >= 4*gib && r.Addr+uint64(len(r.Data)) <= highEnd && r.Addr < 1<<63 || r.Addr == 0x1000 || len(r.Data) == 0
		if good != (r.Err == nil) || good && !bytes.Equal(r.Data, contents(r.Addr, uint64(len(r.Data)))) {
			t.Errorf("%d bytes at %#x: %v", len(r.Data), r.Addr, r.Err)
		}
		if first == nil {
			first = r.Err
		}
	}
	if err == nil || err != first {
		t.Errorf("ReadAll = %v, want the first range's %v", err, first)
	}
}

// The same memory is the same through every kind of server.
func TestClient(t *testing.T) {
	tests := []struct {
		name string
		*speaker
		requests int64 // at most, for 300 ranges; 0 is any number
	}{
		{name: "singles", speaker: &speaker{}},
		{name: "a small limit", speaker: &speaker{limit: 5000}},
		{name: "a limit of a byte less than a request", speaker: &speaker{limit: mib - 1, features: vectored}},
		{name: "vectored", speaker: &speaker{features: vectored}, requests: 6},
		{name: "vectored, a small limit", speaker: &speaker{features: vectored, limit: 10000}},
		{name: "a live guest", speaker: &speaker{features: vectored | live, identity: memaccess.Identity{Process: 77, Started: 99}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.speaker
			s.memory = machine()
			c := connect(t, s.listen(t))
			if diff := cmp.Diff(machine().Runs(), c.Runs()); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			if c.Name() != "a guest" || c.Identity() != tt.identity || !c.Extended() || c.CanWrite() || c.CanPause() {
				t.Errorf("name %q, identity %+v", c.Name(), c.Identity())
			}
			checkMemory(t, c)
			before := s.requests.Load()
			checkVector(t, c)
			if n := s.requests.Load() - before; tt.requests > 0 && n > tt.requests {
				t.Errorf("%d requests for the ranges, want %d at most", n, tt.requests)
			}
		})
	}
}

// An original server does not tell where its memory is.
func TestClientOfOriginal(t *testing.T) {
	for _, o := range []original{{}, {alone: true}, {strict: true}, {strict: true, alone: true}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			s := (&speaker{memory: emulated(), features: writable}).original(o)
			c := connect(t, s.listen(t))
			if diff := cmp.Diff(emulated().runs, c.Runs()); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			checkMemory(t, c)
			checkVector(t, c)
			if n := s.connections.Load(); n != 1 {
				t.Errorf("%d connections, want one", n)
			}
			if !c.Identity().Live() || c.Extended() || c.Changes() != nil {
				t.Errorf("identity %+v, changes %v", c.Identity(), c.Changes())
			}
			if _, err := c.WriteAt([]byte("hi"), 0x1000); err != nil {
				t.Errorf("WriteAt = %v", err)
			}
		})
	}
}

// One that hangs up on a type that it does not know is asked nothing more of the
// kind.
func TestClientOfOriginalThatHangsUp(t *testing.T) {
	s := (&speaker{memory: emulated()}).original(original{})
	s.lie(0x80, hangsUp)
	checkMemory(t, connect(t, s.listen(t)))
}

// A QMP socket is told from a memory server that goes wrong.
func TestClientOfMonitor(t *testing.T) {
	s := &speaker{memory: machine(), lies: map[byte]lie{0x80: says([]byte(`{"QMP": {}}`)...)}}
	_, err := memaccess.Dial(context.Background(), s.listen(t))
	var e *memaccess.Error
	if !errors.As(err, &e) || !strings.Contains(e.Msg, "is a QMP socket") || !strings.Contains(e.Advice, "qemu:/") {
		t.Errorf("Dial: %#v", err)
	}
}

// Less memory than a probe is long, more than a guess takes, none.
func TestClientFindsRuns(t *testing.T) {
	for _, runs := range [][]memaccess.Run{
		{{Start: 0, Length: 1}},
		{{Start: 0, Length: 8191}},
		{{Start: 0, Length: 8192}},
		{{Start: 0, Length: 640 << 10}, {Start: mib, Length: 3*gib - mib}, {Start: 4 * gib, Length: 61 * gib}},
		{{Start: 0, Length: 16 * gib}},
	} {
		s := (&speaker{memory: &blank{runs: runs}}).original(original{strict: true})
		c := connect(t, s.listen(t))
		if diff := cmp.Diff(runs, c.Runs()); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	}
	s := (&speaker{memory: &blank{}}).original(original{})
	if _, err := memaccess.Dial(context.Background(), s.listen(t)); err == nil || hint(err) == "" {
		t.Errorf("Dial of a server without memory = %v", err)
	}
}

// blank is memory of any size, all zeros.
type blank struct {
	memory
	runs []memaccess.Run
}

func (b *blank) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }
func (b *blank) Runs() []memaccess.Run                 { return b.runs }

func hint(err error) string {
	var e *memaccess.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Hint()
}

// Readers side by side get connections of their own, as many as the server takes.
func TestClientSideBySide(t *testing.T) {
	for _, most := range []int64{0, 1, 2} {
		s := &speaker{memory: machine(), most: most, features: vectored}
		c := connect(t, s.listen(t))
		var readers sync.WaitGroup
		for i := range 16 {
			readers.Add(1)
			go func() {
				defer readers.Done()
				for j := range 100 {
					addr := 4*gib + uint64(i*1000+j*100)
					got := make([]byte, 3000)
					if _, err := c.ReadAt(got, int64(addr)); err != nil || !bytes.Equal(got, contents(addr, 3000)) {
						t.Errorf("at most %d connections: a read beside others: %v", most, err)
						return
					}
				}
			}()
		}
		readers.Wait()
	}
}

func TestClientWrites(t *testing.T) {
	m := machine()
	c := connect(t, (&speaker{memory: m, features: writable}).listen(t))
	data := bytes.Repeat([]byte("written "), 20000)
	if n, err := c.WriteAt(data, 4*gib+mib-1000); n != len(data) || err != nil {
		t.Errorf("WriteAt = %d, %v", n, err)
	}
	got := make([]byte, len(data))
	if _, err := c.ReadAt(got, 4*gib+mib-1000); err != nil || !bytes.Equal(got, data) {
		t.Errorf("what was written is not there: %v", err)
	}
	for _, addr := range []int64{-1, 0, lowEnd - 1, 0x90000} {
		if _, err := c.WriteAt([]byte("xx"), addr); err == nil {
			t.Errorf("a write at %#x succeeds", addr)
		}
	}
	c = connect(t, (&speaker{memory: m}).listen(t))
	if _, err := c.WriteAt([]byte("x"), 0x1000); hint(err) == "" {
		t.Errorf("a write to a server that takes none = %v", err)
	}
}

// A server that is silent, goes away, or is another one later.
func TestClientLosesServer(t *testing.T) {
	ctx := context.Background()
	if _, err := memaccess.Dial(ctx, filepath.Join(t.TempDir(), "none")); err == nil || hint(err) == "" {
		t.Errorf("Dial where nobody serves = %v", err)
	}
	silent := func(*net.UnixConn, uint64, uint64) bool { time.Sleep(time.Second); return false }

	s := &speaker{memory: machine(), lies: map[byte]lie{0x80: silent}}
	path := s.listen(t)
	if _, err := memaccess.DialPatience(ctx, path, 20*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) || hint(err) == "" {
		t.Errorf("Dial of a silent server = %v", err)
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := memaccess.Dial(short, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Dial with a context that ends = %v", err)
	}

	s = &speaker{memory: machine(), lies: map[byte]lie{1: silent}}
	c, err := memaccess.DialPatience(ctx, s.listen(t), 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.ReadAt(make([]byte, 8), 0x1000); !errors.Is(err, os.ErrDeadlineExceeded) || hint(err) == "" {
		t.Errorf("a read of a silent server = %v", err)
	}
	s.lie(1, func(conn *net.UnixConn, _, _ uint64) bool {
		_, err := conn.Write([]byte{1})
		for err == nil {
			time.Sleep(5 * time.Millisecond)
			_, err = conn.Write([]byte{1})
		}
		return false
	})
	if _, err := c.ReadAt(make([]byte, mib), 0x1000); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a read of a server that never comes to an end = %v", err)
	}
}

// A connection that was idle and closed is made anew, if the server is the same.
func TestClientConnectsAgain(t *testing.T) {
	read := func(c *memaccess.Client) error {
		_, err := c.ReadAt(make([]byte, 8), 0x1000)
		return err
	}
	s := &speaker{memory: machine(), features: live | writable, identity: memaccess.Identity{Process: 5}}
	path := s.listen(t)
	c := connect(t, path)
	if err := read(c); err != nil {
		t.Fatal(err)
	}
	s.hangUp()
	if err := read(c); err != nil {
		t.Errorf("a read after the server closed an idle connection: %v", err)
	}
	s.hangUp()
	if _, err := c.WriteAt([]byte("x"), 0x1000); err != nil {
		t.Errorf("a write after that: %v", err)
	}
	if changes := c.Changes(); len(changes) != 1 || !strings.Contains(changes[0], "not known") {
		t.Errorf("changes %q, want that something may have happened meanwhile", changes)
	}

	s = &speaker{memory: machine(), identity: memaccess.Identity{Image: "one"}}
	path = s.listen(t) + "2"
	stop := s.listenAt(t, path)
	c = connect(t, path)
	stop()
	if err := read(c); err == nil || hint(err) == "" {
		t.Errorf("a read after the server ended: %v", err)
	}
	_ = os.Remove(path)
	(&speaker{memory: machine(), identity: memaccess.Identity{Image: "two"}}).listenAt(t, path)
	if err := read(c); err == nil || !strings.Contains(err.Error(), "another memory") {
		t.Errorf("a read of another server's memory: %v", err)
	}

	s = (&speaker{memory: emulated()}).original(original{})
	c = connect(t, s.listen(t))
	s.hangUp()
	if err := read(c); err == nil {
		t.Error("an original's connection is made anew, and nobody knows what it serves now")
	}
	_ = c.Close()
	if err := read(c); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a read of a closed client = %v", err)
	}
}

// A guest's memory may become more.
func TestClientOfMoreMemory(t *testing.T) {
	s := &speaker{memory: machine(), features: live, identity: memaccess.Identity{Process: 5}}
	c := connect(t, s.listen(t))
	later := machine()
	later.runs = append(later.runs, memaccess.Run{Start: 8 * gib, Length: mib})
	s.lie(0x80, func(conn *net.UnixConn, _, _ uint64) bool {
		_, err := conn.Write((&speaker{memory: later, features: live, limit: mib, identity: s.identity}).hello())
		return err == nil
	})
	s.lie(1, func(conn *net.UnixConn, addr, length uint64) bool {
		_, err := conn.Write((&speaker{memory: later}).read(addr, length))
		return err == nil
	})
	memaccess.Forget(c)
	if _, err := c.ReadAt(make([]byte, 8), 8*gib); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(later.runs, c.Runs()); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

// What happens to a guest is told once.
func TestClientChanges(t *testing.T) {
	m := machine()
	s := &speaker{memory: m, features: live, identity: memaccess.Identity{Process: 5}}
	c := connect(t, s.listen(t))
	if got := c.Changes(); len(got) != 0 {
		t.Errorf("changes %q of a guest to which nothing happened", got)
	}
	s.trouble.Store("the guest was reset")
	for range 2 {
		if diff := cmp.Diff([]string{"the guest was reset"}, c.Changes()); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	}
	s.hangUp()
	s.lie(0x80, hangsUp)
	if got := c.Changes(); len(got) != 2 || got[1] != "the guest's memory server went away" {
		t.Errorf("changes %q of a guest whose server is gone", got)
	}
}

func TestClientPauses(t *testing.T) {
	ctx := context.Background()
	s := &speaker{memory: machine(), features: pauses | live, identity: memaccess.Identity{Process: 5}}
	c := connect(t, s.listen(t))
	for range 2 {
		release, err := c.Pause(ctx, time.Minute)
		if err != nil || s.paused.Load() != 1 {
			t.Fatalf("Pause = %v, %d paused", err, s.paused.Load())
		}
		checkMemory(t, c)
		for range 2 {
			if err := release(); err != nil || s.paused.Load() != 0 {
				t.Errorf("release = %v, %d paused", err, s.paused.Load())
			}
		}
	}
	if _, err := c.Pause(ctx, 0); err != nil {
		t.Fatal(err)
	}
	_ = c.Close() // as the client's end would
	for s.paused.Load() != 0 {
		time.Sleep(time.Millisecond)
	}

	s.lie(0x83, func(*net.UnixConn, uint64, uint64) bool { time.Sleep(50 * time.Millisecond); return true })
	s.lie(0x84, says(0))
	c = connect(t, s.listen(t))
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := c.Pause(short, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Pause with a context that ends = %v", err)
	}
	s.lie(0x83, nil)
	release, err := c.Pause(ctx, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := release(); err == nil || hint(err) == "" {
		t.Errorf("release after the hold was over = %v", err)
	}
	if _, err := connect(t, (&speaker{memory: machine()}).listen(t)).Pause(ctx, 0); hint(err) == "" {
		t.Errorf("Pause where the server has none = %v", err)
	}
}
