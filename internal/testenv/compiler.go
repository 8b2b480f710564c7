package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Compiler returns the path of a C compiler that links programs with these
// flags. One that is there without its sanitizers' libraries counts as missing.
func Compiler(t testing.TB, name string, flags ...string) string {
	t.Helper()
	path := Tool(t, name)
	if len(flags) > 0 {
		what := name + " with " + strings.Join(flags, " ")
		Need(t, links(t, path, flags), what, howToGetRuntime(name, flags))
	}
	return path
}

// linked remembers what links did, by compiler and flags.
var linked sync.Map

// links reports whether a compiler makes a program with these flags.
func links(t testing.TB, compiler string, flags []string) bool {
	key := compiler + " " + strings.Join(flags, " ")
	if known, ok := linked.Load(key); ok {
		return known.(bool)
	}
	source := "int main(void) { return 0; }\n"
	if strings.Contains(key, "=fuzzer") { // which brings a main of its own
		source = "int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);\n" +
			"int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { (void)data; return size > 1u << 30; }\n"
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "probe.c")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatalf("testenv: %v", err)
	}
	args := append([]string{"-o", filepath.Join(dir, "probe"), file}, flags...)
	ok := exec.Command(compiler, args...).Run() == nil
	linked.Store(key, ok)
	return ok
}

func howToGetRuntime(name string, flags []string) string {
	for _, flag := range flags {
		if library, ok := strings.CutPrefix(flag, "-l"); ok {
			return "install the library, on Debian with `apt-get install lib" + library + "-dev`"
		}
	}
	if strings.HasPrefix(name, "clang") {
		return "install clang's runtime, on Debian with `apt-get install libclang-rt-dev g++`"
	}
	return "install the libraries of its sanitizers, libasan and libubsan"
}
