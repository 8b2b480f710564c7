package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
)

// referenceVariable makes the test's binary the reference testee. It holds the
// path of a descriptor set.
const referenceVariable = "VOLINT_CONFORMANCE_REFERENCE"

func TestMain(m *testing.M) {
	set := os.Getenv(referenceVariable)
	if set == "" {
		os.Exit(m.Run())
	}
	r, err := loadReference(set)
	if err == nil {
		err = r.serve(os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// What the runner sends and how it asks, in two runs of the generator: the
// editions have messages of the same names, which one run would take for commands
// of the same name.
var (
	syntaxFiles = []string{
		"conformance/conformance.proto",
		"google/protobuf/test_messages_proto2.proto",
		"google/protobuf/test_messages_proto3.proto",
	}
	editionFiles = []string{
		"google/protobuf/test_messages_proto2_editions.proto",
		"google/protobuf/test_messages_proto3_editions.proto",
		"google/protobuf/test_messages_edition2023.proto",
	}
)

// protoc runs protoc on some of these files.
func protoc(t *testing.T, files []string, args ...string) {
	t.Helper()
	_, protos := testenv.ConformanceRunner(t)
	args = append(append([]string{"-I" + protos}, args...), files...)
	if out, err := exec.Command(testenv.Protoc(t), args...).CombinedOutput(); err != nil {
		t.Fatalf("protoc: %v\n%s", err, out)
	}
}

// generate has protoc-gen-volrender write what it makes of all the files into a
// folder.
func generate(t *testing.T, folder, parameter string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, files := range [][]string{syntaxFiles, editionFiles} {
		protoc(t, files, "--plugin=protoc-gen-volrender="+testenv.Build(t, "./cmd/protoc-gen-volrender"),
			"--volrender_out="+folder, "--volrender_opt="+parameter)
	}
}

// TestReference: protobuf-go passes all of it, so what fails elsewhere is not the
// harness's fault.
func TestReference(t *testing.T) {
	t.Parallel()
	testenv.ConformanceRunner(t) // says that it is missing before anything is made
	set := filepath.Join(t.TempDir(), "set.binpb")
	protoc(t, slices.Concat(syntaxFiles, editionFiles), "--include_imports", "--descriptor_set_out="+set)
	o := drive(t, "/usr/bin/env", referenceVariable+"="+set, os.Args[0])
	if diff := cmp.Diff(map[string]string{}, o.failed); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}
