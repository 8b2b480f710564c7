package fuzz

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
)

// TestC: rows by generated C, under the sanitizers.
func TestC(t *testing.T) {
	t.Parallel()
	c := compiled(t)
	if *native > 0 {
		fuzzed(t, c, linkC(t, c, "clang", "-O1", "-DFUZZ", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"))
		return
	}
	compare(t, c, start(t, linkC(t, c, "gcc", "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")), 3)
}

// TestGuardedC: nothing is read before or behind a frame, nothing is written into
// it, or in place only into it and the byte behind it; and nothing is written but
// into the struct and the arena. This is the code that people link, optimised, and
// once more as the tables that volint.c reads.
func TestGuardedC(t *testing.T) {
	t.Parallel()
	c := goldenSchema(t)
	for name, flag := range map[string]string{"fast": "-DVOLINT_FAST", "small": "-DVOLINT_SMALL"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, c, start(t, linkC(t, c, "gcc", "-O2", "-DGUARD", flag)), 2)
		})
	}
}

// linkC makes a program that has generated C of a schema.
func linkC(t *testing.T, c *schema.Compiled, compiler string, flags ...string) string {
	t.Helper()
	testenv.Uses(t, "internal/fuzz/testee", "gen/c")
	dir := t.TempDir()
	sources := append(generateC(t, c, dir), testeeFile("testee.c"), filepath.Join(ctest.Runtime(), "volint.c"))
	shipped := filepath.Join(testenv.Root(), "gen", "c")
	for _, name := range []string{"any", "duration", "struct", "timestamp", "wrappers"} {
		sources = append(sources, filepath.Join(shipped, "google", "protobuf", name+".volrender.c"))
	}
	return ctest.Link(t, compiler, append([]string{"-std=c11", "-g", "-I", dir, "-I", shipped}, flags...), sources...)
}

// generateC generates C and a header that lists what there is, and returns the
// sources.
func generateC(t *testing.T, c *schema.Compiled, dir string) []string {
	t.Helper()
	var header strings.Builder
	var sources []string
	for _, name := range generate(t, c, dir, "lang=c") {
		if strings.HasSuffix(name, ".c") {
			sources = append(sources, filepath.Join(dir, name))
		} else {
			fmt.Fprintf(&header, "#include %q\n", name)
		}
	}
	header.WriteString("static const volint_command types[] = {\n")
	for _, root := range c.Roots {
		fmt.Fprintf(&header, "    {%q, NULL, NULL, &%s_message},\n", root, strings.ReplaceAll(root, ".", "_"))
	}
	header.WriteString("    {NULL, NULL, NULL, NULL},\n};\n")
	guarded := "#ifndef TYPES_H\n#define TYPES_H\n" + header.String() + "#endif\n"
	if err := os.WriteFile(filepath.Join(dir, "types.h"), []byte(guarded), 0o666); err != nil {
		t.Fatal(err)
	}
	return sources
}
