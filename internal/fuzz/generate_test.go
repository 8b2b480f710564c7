package fuzz

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
)

// generate has protoc-gen-volrender write what it makes of a schema into a folder,
// and returns the files' names.
func generate(t testing.TB, c *schema.Compiled, folder, parameter string) []string {
	t.Helper()
	request, err := c.Request(parameter)
	if err != nil {
		t.Fatal(err)
	}
	plugin := exec.Command(testenv.Build(t, "./cmd/protoc-gen-volrender"))
	plugin.Stdin = bytes.NewReader(request)
	plugin.Stderr = os.Stderr
	out, err := plugin.Output()
	if err != nil {
		t.Fatal(err)
	}
	response := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(out, response); err != nil {
		t.Fatal(err)
	}
	if response.Error != nil {
		t.Fatalf("%s: %s", parameter, response.GetError())
	}
	var names []string
	for _, f := range response.File {
		path := filepath.Join(folder, f.GetName())
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(f.GetContent()), 0o666); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.GetName())
	}
	return names
}

// compare asks a testee about messages of all types, and holds its answers
// against what must come of them.
func compare(t *testing.T, c *schema.Compiled, p *testee, batches int) {
	t.Helper()
	everything(t, c, batches, func(kind int, batch [][]byte) {
		answers, err := p.ask(kind, batch)
		if err != nil {
			t.Fatalf("%s: %x: %v", c.Roots[kind], batch[len(answers)], err)
		}
		for i, a := range answers {
			same(t, c.Messages[kind], batch[i], a)
		}
	})
}
