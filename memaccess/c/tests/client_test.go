package tests

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// client is C's client in a process of its own.
type client struct{ *testenv.Program }

// startClient starts testdata/client.c and returns the first thing that it says:
// "ready", or why it did not connect.
func startClient(t *testing.T, path string, options ...string) (c *client, said string) {
	t.Helper()
	cmd := exec.Command(program(t, "clang", addressSanitizer, "client.c"), append([]string{path}, options...)...)
	c = &client{testenv.Start(t, cmd)}
	return c, c.Line(t)
}

func connect(t *testing.T, path string, options ...string) *client {
	t.Helper()
	c, said := startClient(t, path, options...)
	if said != "ready" {
		t.Fatalf("the client says %q", said)
	}
	return c
}

// expect has the client obey a line, and checks what it says.
func (c *client) expect(t *testing.T, line, want string) {
	t.Helper()
	if got := c.Tell(t, line); got != want {
		t.Errorf("%.80s: the client says\n%q, want\n%q", line, got, want)
	}
}

// sum is what the client says of bytes.
func sum(b []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(b)
	return fmt.Sprintf("%016x", h.Sum64())
}

func sumAt(addr, n uint64) string { return sum(protocoltest.Contents(addr, n)) }

// guest is memory of a Go server.
type guest struct {
	mu      sync.Mutex
	bytes   map[uint64]byte
	file    *os.File
	changes []string
}

func (g *guest) ReadAt(p []byte, off int64) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range p {
		addr := uint64(off) + uint64(i)
		if addr == protocoltest.Bad {
			return i, errors.New("bad memory")
		}
		b, ok := g.bytes[addr]
		if !ok {
			b = protocoltest.Content(addr)
		}
		p[i] = b
	}
	return len(p), nil
}

func (g *guest) WriteAt(p []byte, off int64) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, b := range p {
		g.bytes[uint64(off)+uint64(i)] = b
	}
	return len(p), nil
}

func (g *guest) Runs() []memaccess.Run {
	var runs []memaccess.Run
	for _, r := range protocoltest.Runs {
		runs = append(runs, memaccess.Run(r))
	}
	return runs
}

func (g *guest) Name() string                 { return "a guest" }
func (g *guest) Identity() memaccess.Identity { return memaccess.Identity{Image: "sha256:1"} }
func (g *guest) Close() error                 { return nil }

func (g *guest) Changes() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changes
}

// filed is a guest with a file for its first run and its last.
type filed struct{ *guest }

func (f filed) File(run memaccess.Run) (*os.File, int64) {
	switch run.Start {
	case 0x1000:
		return f.file, 0x100
	case 4*protocoltest.GiB + protocoltest.MiB:
		return f.file, 0x100 + protocoltest.MiB
	}
	return nil, 0
}

// fileOf makes a file of the runs that filed has in it, behind 0x100 other bytes. It
// tells that it was read, since it is good at the bad address.
func fileOf(t *testing.T) *os.File {
	t.Helper()
	b := make([]byte, 0x100)
	b = append(b, protocoltest.Contents(0x1000, protocoltest.MiB)...)
	b = append(b, protocoltest.Contents(4*protocoltest.GiB+protocoltest.MiB, protocoltest.MiB)...)
	path := filepath.Join(t.TempDir(), "memory")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func serve(t *testing.T, s *memaccess.Server) (path string) {
	t.Helper()
	return memorytest.ServeBy(t, s, testenv.Socket(t))
}

const (
	low  = protocoltest.LowEnd
	high = protocoltest.HighEnd
)

// readsEverything checks what can be read and what can't.
func (c *client) readsEverything(t *testing.T, bad string) {
	t.Helper()
	c.expect(t, "read 0x2000 100", sumAt(0x2000, 100))
	c.expect(t, "read 0x2000 0", sum(nil))
	c.expect(t, "read 0x100000000 0x200000", sumAt(4*protocoltest.GiB, 2*protocoltest.MiB))
	c.expect(t, "read 0x1000fff00 0x200", sumAt(0x1000fff00, 0x200))
	c.expect(t, fmt.Sprintf("read %d 8", low-4), fmt.Sprintf("1 %x 8 bytes at 0x%x can't be read", low-4, low-4))
	c.expect(t, fmt.Sprintf("read %d 8", low), fmt.Sprintf("1 %x 8 bytes at 0x%x can't be read", low, low))
	c.expect(t, fmt.Sprintf("read %d 8", uint64(high)-4), fmt.Sprintf("1 %x 8 bytes at 0x%x can't be read", uint64(high)-4, uint64(high)-4))
	c.expect(t, "read 0xfffffffffffffffc 8", "1 fffffffffffffffc 8 bytes at 0xfffffffffffffffc can't be read")
	c.expect(t, "read 0x8fff8 16", bad)
	c.expect(t, fmt.Sprintf("many 0x2000 100 %d 8 0x3000 0 %d 3 0x100000000 0x100001 0x1000 1", low-4, uint64(high)),
		strings.Join([]string{sumAt(0x2000, 100), "-" + sum(make([]byte, 8)), sum(nil), "-" + sum(make([]byte, 3)),
			sumAt(4*protocoltest.GiB, 0x100001), sumAt(0x1000, 1)}, " "))
	c.expect(t, "many", "")
}

const badRead = "1 8fff8 16 bytes at 0x8fff8 can't be read"

func TestClientOfGoServer(t *testing.T) {
	runs := " 1000+100000 100000000+100000 100100000+100000"
	t.Run("socket", func(t *testing.T) {
		g := &guest{bytes: make(map[uint64]byte)}
		c := connect(t, serve(t, &memaccess.Server{Source: g, Limit: 100000}))
		c.expect(t, "about", "features 1 longest 100000 process 0 started 0 image 'sha256:1' name 'a guest' change ''"+runs)
		c.readsEverything(t, badRead)
		c.expect(t, "pointer 0x2000 1", "none")
		c.expect(t, "write 0x2000 abc", "2 0 the server's memory can only be read")
		c.expect(t, "pause 0", "2 0 the server does not stop its guest")
		g.mu.Lock()
		g.changes = append(g.changes, "the guest was reset")
		g.mu.Unlock()
		c.expect(t, "refresh", "ok")
		c.expect(t, "about", "features 1 longest 100000 process 0 started 0 image 'sha256:1' name 'a guest' change 'the guest was reset'"+runs)
	})
	t.Run("writable", func(t *testing.T) {
		c := connect(t, serve(t, &memaccess.Server{Source: &guest{bytes: make(map[uint64]byte)}, Writable: true, Limit: 7}))
		c.expect(t, "write 0x2000 a longer text", "ok")
		c.expect(t, "read 0x2000 13", sum([]byte("a longer text")))
		c.expect(t, fmt.Sprintf("write %d abcd", low-2), fmt.Sprintf("1 %x 4 bytes at 0x%x can't be written", low-2, low-2))
		c.expect(t, "read 0x3000 30", sumAt(0x3000, 30))
	})
	for _, options := range [][]string{nil, {"no-mapping"}} {
		t.Run(fmt.Sprint("descriptors ", options), func(t *testing.T) {
			g := filed{&guest{bytes: make(map[uint64]byte), file: fileOf(t)}}
			c := connect(t, serve(t, &memaccess.Server{Source: g}), options...)
			c.expect(t, "about", "features 3 longest 67108864 process 0 started 0 image 'sha256:1' name 'a guest' change ''"+runs)
			c.readsEverything(t, sumAt(0x8fff8, 16)) // which the file has
			pointer := sumAt(0x2000, 100)
			if options != nil {
				pointer = "none"
			}
			c.expect(t, "pointer 0x2000 100", pointer)
			c.expect(t, fmt.Sprintf("pointer %d 8", low-4), "none")
			c.expect(t, "pointer 0x100000000 8", "none") // which lies in no file
			c.expect(t, "refresh", "ok")
			c.expect(t, "read 0x2000 100", sumAt(0x2000, 100))
		})
	}
	t.Run("descriptors not wanted", func(t *testing.T) {
		g := filed{&guest{bytes: make(map[uint64]byte), file: fileOf(t)}}
		c := connect(t, serve(t, &memaccess.Server{Source: g}), "no-descriptors")
		c.readsEverything(t, sumAt(0x8fff8, 16))
		c.expect(t, "pointer 0x2000 100", "none")
	})
	// What a file that was cut does not have is asked of the server.
	t.Run("a file is cut", func(t *testing.T) {
		g := filed{&guest{bytes: make(map[uint64]byte), file: fileOf(t)}}
		c := connect(t, serve(t, &memaccess.Server{Source: g}), "no-mapping")
		c.expect(t, "read 0x2000 100", sumAt(0x2000, 100))
		if err := os.Truncate(g.file.Name(), 0x2000); err != nil {
			t.Fatal(err)
		}
		c.expect(t, "read 0x2000 100", sumAt(0x2000, 100))
		c.expect(t, "read 0x80000 100", sumAt(0x80000, 100))
		c.expect(t, "refresh", "ok") // the file is not long enough for its run any more
		c.expect(t, "read 0x2000 100", sumAt(0x2000, 100))
	})
	t.Run("the server goes", func(t *testing.T) {
		s := &memaccess.Server{Source: &guest{bytes: make(map[uint64]byte)}}
		c := connect(t, serve(t, s))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		c.expect(t, "read 0x2000 100", "4 0 the server closed the connection")
		c.expect(t, "read 0x2000 100", "4 0 the connection to the server is closed")
		c.expect(t, "refresh", "4 0 the connection to the server is closed")
	})
}

func TestClientOfCServer(t *testing.T) {
	everyWay(t, func(t *testing.T, start func(t *testing.T, options ...string) *host) {
		for _, tt := range []struct{ name, bad, options string }{
			{"socket", badRead, ""},
			{"files", sumAt(0x8fff8, 16), "files=1"},
			{"some files", sumAt(0x8fff8, 16), "files=2"},
			{"files of a dump", sumAt(0x8fff8, 16), "files=2 dump"},
			{"small requests", badRead, "limit=4000"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				h := start(t, append(strings.Fields(tt.options), "pause", "writable")...)
				c := connect(t, h.path)
				c.readsEverything(t, tt.bad)
				c.expect(t, "write 0x2000 new", "ok")
				c.expect(t, "read 0x2000 3", sum([]byte("new")))
				c.expect(t, "pause 0", "ok")
				if got := h.Tell(t, "guest"); got != "stands 1 0" {
					t.Errorf("the guest is %s", got)
				}
				c.expect(t, "continue", "ok")
				c.expect(t, "continue", "2 0 the guest was not stopped for this client any more: it may have run")
				c.expect(t, "pause 1", "ok") // and ends by itself
			})
		}
	})
}
