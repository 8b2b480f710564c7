package cgen_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

// The fuzz target of runtime/c is run for a fixed number of inputs, always the
// same ones, on messages with every kind and shape of field.
func TestFuzzTarget(t *testing.T) {
	for _, folder := range []string{"scalars", "shapes"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			fuzz(t, folder)
		})
	}
}

func fuzz(t *testing.T, folder string) {
	clang := testenv.Tool(t, "clang")
	request := plugintest.Request(t, golden(t, folder), nil, "")
	files, err := protodesc.NewFiles(&descriptorpb.FileDescriptorSet{File: request.ProtoFile})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plugintest.Build(t, request)
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, p)
	for _, f := range p.Files {
		if len(f.Commands()) == 0 {
			continue
		}
		t.Run(f.Path, func(t *testing.T) {
			program := ctest.Link(t, filepath.Base(clang), []string{
				"-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all",
				"-I", dir, "-I", filepath.Join(testenv.Root(), "gen", "c"), `-DHEADER="` + f.C.Header + `"`, "-DCOMMANDS=" + f.C.Commands,
			}, append(linked(t, dir, p, f), filepath.Join(ctest.Runtime(), "fuzz", "decode.c"), filepath.Join(ctest.Runtime(), "volint.c"))...)
			corpus := t.TempDir()
			for i, m := range f.Commands() {
				d, err := files.FindDescriptorByName(protoreflect.FullName(m.FullName))
				if err != nil {
					t.Fatal(err)
				}
				for j, frame := range samples(d.(protoreflect.MessageDescriptor)) {
					if j%40 != 0 {
						continue
					}
					name := filepath.Join(corpus, fmt.Sprintf("%s-%d", m.Name, j))
					if err := os.WriteFile(name, append([]byte{byte(i)}, frame...), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			out, err := exec.Command(program, "-runs=20000", "-seed=1", "-max_len=1200", "-artifact_prefix="+corpus+"/", corpus).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
