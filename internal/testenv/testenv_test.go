package testenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootHoldsTheModule(t *testing.T) {
	if _, err := os.Stat(filepath.Join(Root(), "internal", "testenv", "testenv.go")); err != nil {
		t.Errorf("Root() = %q does not hold this package: %v", Root(), err)
	}
}

// recorder is a test that notes how it was ended.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Skipf(format string, args ...any)  { r.skipped = sprint(format, args) }
func (r *recorder) Fatalf(format string, args ...any) { r.failed = sprint(format, args) }

func sprint(format string, args []any) string {
	for _, arg := range args {
		format = strings.Replace(format, "%s", arg.(string), 1)
	}
	return format
}

func TestNeed(t *testing.T) {
	tests := []struct {
		name            string
		have            bool
		require         string
		skipped, failed string
	}{
		{name: "there", have: true, require: "1"},
		{name: "skips", require: "", skipped: "SKIP(tool): frobnicator is missing: make one"},
		{name: "fails", require: "1", failed: "frobnicator is missing, and VOLINT_REQUIRE_TOOLS=1: make one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(RequireVariable, tt.require)
			r := &recorder{TB: t}
			Need(r, tt.have, "frobnicator", "make one")
			if r.skipped != tt.skipped || r.failed != tt.failed {
				t.Errorf("skipped %q, failed %q; want %q, %q", r.skipped, r.failed, tt.skipped, tt.failed)
			}
		})
	}
}

func TestToolThatDoesNotExistIsMissing(t *testing.T) {
	if path, ok := findTool("frobnicator-that-nobody-has"); ok {
		t.Errorf("findTool found %q", path)
	}
}

func TestCompilerThatRefusesItsFlagsIsMissing(t *testing.T) {
	gcc := Compiler(t, "gcc")
	r := &recorder{TB: t}
	t.Setenv(RequireVariable, "")
	if Compiler(r, "gcc", "-lno-such-library"); !strings.Contains(r.skipped, "gcc with -lno-such-library") {
		t.Errorf("%s with a library that nobody has: skipped %q", gcc, r.skipped)
	}
}

func TestImageIsUnpacked(t *testing.T) {
	info, err := os.Stat(Image(t))
	if err != nil || info.Size() != ImageSize {
		t.Errorf("Stat = %v, %v; want %d bytes", info, err, ImageSize)
	}
}
