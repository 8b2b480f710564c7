package conformance

import (
	"path/filepath"
	"testing"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

// TestC: a reader is generated for each message. Of the sanitizers it has the one
// that sees steps outside of a frame: the other makes gcc take half a minute.
func TestC(t *testing.T) {
	t.Parallel()
	flags, sources := prepareC(t)
	flags = append(flags, "-std=c99", "-O1", "-fsanitize=address")
	testee := ctest.Link(t, "gcc", flags, append(sources, filepath.Join(ctest.Runtime(), "volint.c"))...)
	compare(t, drive(t, testee), "known/c.txt")
}

// TestCSmall: tables alone are generated, and the runtime reads them.
func TestCSmall(t *testing.T) {
	t.Parallel()
	flags, sources := prepareC(t)
	testee := ctest.Sanitized(t, append(flags, "-DVOLINT_SMALL"), sources...)
	compare(t, drive(t, testee), "known/c.txt")
}

// prepareC generates the code, and returns what the testee is made of, without
// the runtime.
func prepareC(t *testing.T) (flags, sources []string) {
	t.Helper()
	testenv.ConformanceRunner(t)
	testee, shipped := "internal/conformance/testee/c", "gen/c"
	testenv.Uses(t, testee, shipped)
	generated := t.TempDir()
	generate(t, generated, "lang=c")
	for _, folder := range []string{
		filepath.Join(testenv.Root(), testee),
		filepath.Join(testenv.Root(), shipped, "google", "protobuf"),
		filepath.Join(generated, "conformance"),
		filepath.Join(generated, "google", "protobuf"),
	} {
		files, err := filepath.Glob(filepath.Join(folder, "*.c"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		sources = append(sources, files...)
	}
	return []string{"-I", generated, "-I", filepath.Join(testenv.Root(), shipped)}, sources
}
