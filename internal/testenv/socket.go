package testenv

import (
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
