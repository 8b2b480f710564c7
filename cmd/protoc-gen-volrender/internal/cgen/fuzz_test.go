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
// same ones, on messages with every kind of field.
func TestFuzzTarget(t *testing.T) {
	clang := testenv.Tool(t, "clang")
	request := plugintest.Request(t, golden(t, "scalars"), nil, "")
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
		t.Run(f.Path, func(t *testing.T) {
			program := ctest.Link(t, filepath.Base(clang), []string{
				"-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all",
				"-I", dir, `-DHEADER="` + f.C.Header + `"`, "-DCOMMANDS=" + f.C.Commands,
			}, filepath.Join(ctest.Runtime(), "fuzz", "decode.c"), filepath.Join(ctest.Runtime(), "volint.c"), filepath.Join(dir, f.C.Source))
			corpus := t.TempDir()
			for i, m := range f.Messages {
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
			out, err := exec.Command(program, "-runs=30000", "-seed=1", "-max_len=600", "-artifact_prefix="+corpus+"/", corpus).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
