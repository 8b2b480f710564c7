// Package memorytest serves memory to what tests run, and gives them Volatility's
// plug-in folder for it.
package memorytest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/python"
)

// Serve serves memory on a socket until the test's end.
func Serve(t testing.TB, memory memaccess.Source) (path string) {
	t.Helper()
	return ServeBy(t, &memaccess.Server{Source: memory}, testenv.Socket(t))
}

// ServeBy has a server serve on a socket until the test's end. It returns the path.
func ServeBy(t testing.TB, server *memaccess.Server, path string) string {
	t.Helper()
	l, err := memaccess.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; !errors.Is(err, memaccess.ErrServerClosed) {
			t.Errorf("Serve = %v", err)
		}
	})
	return path
}

// PlugIn is a plug-in folder with the client for a version of Volatility.
func PlugIn(t testing.TB, version int) (folder string) {
	t.Helper()
	testenv.Uses(t, "memaccess/python")
	folder = t.TempDir()
	name, content := python.Source(version)
	if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}
