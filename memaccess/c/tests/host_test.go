package tests

import (
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

func folder() string { return filepath.Join(testenv.Root(), "memaccess", "c") }

func source(names ...string) string { return filepath.Join(append([]string{folder()}, names...)...) }

// addressSanitizer and threadSanitizer are what programs of the tests are built with.
var (
	addressSanitizer = []string{"-std=c99", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"}
	threadSanitizer  = []string{"-std=c99", "-g", "-O1", "-fsanitize=thread"}
)

// programs are the binaries by their flags and sources: they are built once.
var programs sync.Map

// program builds a program of testdata, with volint_memory.c, and returns its path.
func program(t *testing.T, compiler string, flags []string, name string) string {
	t.Helper()
	testenv.Uses(t, "memaccess/c")
	key := compiler + strings.Join(flags, " ") + name
	if path, ok := programs.Load(key); ok {
		return path.(string)
	}
	path := ctest.Link(kept{t}, compiler, append([]string{"-I", folder()}, flags...), source("testdata", name), source("volint_memory.c"))
	programs.Store(key, path)
	return path
}

// kept is a test whose temporary folder outlives it.
type kept struct{ *testing.T }

func (k kept) TempDir() string { return keep(k.T) }

// ways are how a server runs, and what finds its faults.
var ways = []struct {
	name, way string
	flags     []string
}{
	{"pumped", "pumped", addressSanitizer},
	{"threaded", "threaded", addressSanitizer},
	{"threaded, raced", "threaded", threadSanitizer},
}

// host is a server in a process of its own.
type host struct {
	*testenv.Program
	path string
}

// startHost starts testdata/host.c. At the test's end it must end well, with nothing
// said by a sanitizer.
func startHost(t *testing.T, flags []string, way string, options ...string) *host {
	t.Helper()
	h := tryHost(t, flags, testenv.Socket(t), way, options...)
	if line := h.Line(t); line != "ready" {
		t.Fatalf("the server says %q", line)
	}
	return h
}

func tryHost(t *testing.T, flags []string, path, way string, options ...string) *host {
	t.Helper()
	cmd := exec.Command(program(t, "gcc", flags, "host.c"), append([]string{path, way}, options...)...)
	return &host{testenv.Start(t, cmd), path}
}

func (h *host) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", h.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestProtocol(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			program(t, "gcc", w.flags, "host.c") // before the parallel ones
			protocoltest.Run(t, func(t *testing.T, o protocoltest.Options) func(testing.TB) net.Conn {
				return startHost(t, w.flags, w.way, append([]string{"dump"}, words(o)...)...).dial
			})
		})
	}
}
