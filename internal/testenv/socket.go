package testenv

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// Socket returns a path for a UNIX socket, which may have 107 bytes: those of
// t.TempDir hold the test's name.
func Socket(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "pmem")
}

// Serve talks to each client of a socket, in a goroutine of its own, until the test's
// end. The connection is closed when talk returns.
func Serve(t testing.TB, talk func(net.Conn)) (path string) {
	t.Helper()
	path = Socket(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				talk(conn)
			}()
		}
	}()
	return path
}
