// Package testenv gives tests the tools that they can't do without: a Python
// that has Volatility, a C compiler, buf, the memory image. A tool that is not
// there skips the test by name and with the reason; where VOLINT_REQUIRE_TOOLS
// is 1, as in CI, it fails the test instead, so that a green run has run
// everything.
//
// What `make setup` installs lies in .tools, below the root of the repository.
package testenv

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// RequireVariable is the environment variable that turns a skip for want of a
// tool into a failure.
const RequireVariable = "VOLINT_REQUIRE_TOOLS"

// modulePath tells the module's root from that of a module nested in it.
const modulePath = "module github.com/volint/volint\n"

var root = sync.OnceValue(findRoot)

// Root returns the root of the repository. It panics outside of one: a test
// always runs inside.
func Root() string { return root() }

func findRoot() string {
	dir, err := os.Getwd()
	if err != nil {
		panic("testenv: " + err.Error())
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(mod, []byte(modulePath)) {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			panic("testenv: not inside the repository")
		}
		dir = up
	}
}

// Fixture returns the folder of the memory image. It serves as Volatility 3's
// symbol folder and as Volatility 2's plugin and profile folder as it is.
func Fixture() string { return filepath.Join(Root(), "testdata", "linux-6.1-tiny") }

// Need skips the test, or fails it where tools are required, unless there is
// what it needs. The reason names what is missing and how to get it.
func Need(t testing.TB, have bool, what, how string) {
	t.Helper()
	switch {
	case have:
	case os.Getenv(RequireVariable) == "1":
		t.Fatalf("%s is missing, and %s=1: %s", what, RequireVariable, how)
	default:
		t.Skipf("SKIP(tool): %s is missing: %s", what, how)
	}
}

// Uses tells go's test cache that the outcome depends on these files and, for
// folders, on all files below: what another program reads on the test's behalf
// (a C compiler, Python) is not seen by the cache, and an old "ok" would stand
// in for a run. Paths are relative to the root.
func Uses(t testing.TB, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := statAll(filepath.Join(Root(), path)); err != nil {
			t.Fatalf("testenv: %v", err)
		}
	}
}

// statAll stats a file, or a folder's files: package testing logs each of these
// calls for the cache.
func statAll(path string) error {
	return filepath.WalkDir(path, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			_, err = os.Stat(path)
		}
		return err
	})
}
