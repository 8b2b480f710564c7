// Package ctest compiles C for tests: as every standard that volint's C supports,
// warnings as errors, or with the sanitizers.
package ctest

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

// warnings are those that volint's C is held to, and more.
var warnings = []string{"-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wcast-qual", "-Wconversion", "-Werror"}

// Dialect is a compiler and the standard that it is asked for.
type Dialect struct {
	Compiler, Std string
}

// Dialects are what volint's C is for.
var Dialects = []Dialect{
	{"gcc", "c99"}, {"gcc", "c11"}, {"gcc", "gnu17"},
	{"g++", "c++11"}, {"g++", "c++17"}, {"g++", "c++20"},
	{"clang", "c99"}, {"clang", "c17"}, {"clang++", "c++11"}, {"clang++", "c++20"},
}

// Name names a dialect for t.Run.
func (d Dialect) Name() string { return d.Compiler + "-" + d.Std }

// flags are the dialect's.
func (d Dialect) flags() []string {
	flags := []string{"-std=" + d.Std}
	if strings.HasPrefix(d.Std, "c++") {
		flags = append(flags, "-x", "c++")
	}
	return flags
}

// Runtime is the folder of volint.h and volint.c.
func Runtime() string { return filepath.Join(testenv.Root(), "runtime", "c") }

// Check compiles sources, by their full paths, without linking, under all
// warnings; extra comes before the sources.
func Check(t testing.TB, d Dialect, extra []string, sources ...string) {
	t.Helper()
	args := append(d.flags(), warnings...)
	args = append(args, "-O1", "-c", "-I", Runtime())
	args = append(args, extra...)
	run(t, d.Compiler, append(args, sources...)...)
}

// Sanitized links a program with the address and undefined-behaviour sanitizers,
// volint.c included, and returns its path.
func Sanitized(t testing.TB, extra []string, sources ...string) string {
	t.Helper()
	args := append([]string{"-std=c99", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"}, warnings...)
	return Link(t, "gcc", append(args, extra...), append(sources, filepath.Join(Runtime(), "volint.c"))...)
}

// Link compiles and links a program and returns its path.
func Link(t testing.TB, compiler string, flags []string, sources ...string) string {
	t.Helper()
	testenv.Compiler(t, compiler, sanitizers(flags)...)
	binary := filepath.Join(t.TempDir(), "program")
	args := append(append([]string{"-I", Runtime(), "-o", binary}, flags...), sources...)
	run(t, compiler, append(args, "-lpthread")...)
	return binary
}

// sanitizers are those of the flags that need libraries which a compiler may lack.
func sanitizers(flags []string) []string {
	return slices.DeleteFunc(slices.Clone(flags), func(flag string) bool {
		return !strings.HasPrefix(flag, "-fsanitize=")
	})
}

func run(t testing.TB, compiler string, args ...string) {
	t.Helper()
	testenv.Uses(t, "runtime/c")
	cmd := exec.Command(testenv.Tool(t, compiler), args...)
	// Where object files go that no -o gives a place.
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", compiler, strings.Join(args, " "), err, out)
	}
	if len(out) > 0 {
		t.Errorf("%s says:\n%s", compiler, out)
	}
}

// Refused compiles a source that must not compile, and returns what the compiler
// says.
func Refused(t testing.TB, flags []string, source string) string {
	t.Helper()
	args := append([]string{"-fsyntax-only", "-I", Runtime()}, flags...)
	out, err := exec.Command(testenv.Tool(t, "gcc"), append(args, source)...).CombinedOutput()
	if err == nil {
		t.Fatalf("%s compiles", source)
	}
	return string(out)
}
